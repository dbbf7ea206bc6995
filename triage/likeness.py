"""How much a report looks like a question: both as terms, compared by what their common terms are worth.

BM25 with the question's own counts leads. Three shares correct it where BM25 alone is blind: how much of the question's first
line was found, how much of the question stands in the title, and how much of the title was asked for. The constants were
measured on five public sets, see docs/finding-repeats.md.
"""

import math
import struct
import sys
from array import array
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice

from triage.words import TEXT_MAX, Term, is_common, plain, terms

K1 = 1.2
B = 0.75
K3 = 8.0
TITLE_WEIGHT = 3
COMMON_WEIGHT = 0.35
LEAD_SHARE, IN_TITLE_SHARE, TITLE_SHARE = 0.3, 0.3, 0.3
ALIKE = 0.8
QUESTION_TERMS_MAX = 400
READ_MAX = 500
"""Characters of a description, and of a question, that are compared by meaning."""

_HEAD = struct.Struct("<4H")
_MOST = 0xFFFF


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a report's words: its distinct terms, the title's first, with how often each was written.

    `counts` (a byte each) weigh the title's terms; `length` is their sum. `plain` and `plain_title` count the terms that are
    not common.
    """

    terms: "array[int]"
    counts: bytes
    in_title: int
    length: int
    plain_title: int
    plain: int

    def pack(self) -> bytes:
        """The fingerprint as bytes: eight of head, then four a term and one a count, all little-endian."""
        head = _HEAD.pack(self.in_title, min(self.length, _MOST), self.plain_title, self.plain)
        return head + _little(self.terms).tobytes() + self.counts

    @classmethod
    def unpack(cls, packed: bytes) -> "Fingerprint":
        """The fingerprint that was packed. Raises `ValueError` for bytes that are none."""
        size, rest = divmod(len(packed) - _HEAD.size, 5)
        if size < 0 or rest:
            raise ValueError("These bytes are no fingerprint.")
        in_title, length, plain_title, plain = _HEAD.unpack_from(packed)
        kept = array("I")
        kept.frombytes(packed[_HEAD.size : _HEAD.size + 4 * size])
        return cls(_little(kept), packed[_HEAD.size + 4 * size :], in_title, length, plain_title, plain)


def terms_of(packed: bytes) -> "array[int]":
    """The terms of a packed fingerprint."""
    kept = array("I")
    kept.frombytes(packed[_HEAD.size : _HEAD.size + 4 * ((len(packed) - _HEAD.size) // 5)])
    return _little(kept)


def fingerprint(title: str, description: str, system: str = "") -> Fingerprint:
    """Read a report. A title that only repeats how the description begins weighs no more than the description."""
    head = [] if is_repeated(title, description) else terms(title)
    # Counted once over all of them: the title's come first, as often as they weigh.
    kept = Counter(head * TITLE_WEIGHT + terms(f"{description}\n{system}" if system else description))
    if len(kept) > _MOST:
        kept = Counter(dict(islice(kept.items(), _MOST)))
    heading = set(head)
    return Fingerprint(
        terms=array("I", kept),
        counts=_bytes(kept.values()),
        in_title=len(heading),
        length=kept.total(),
        plain_title=plain(heading),
        plain=plain(kept),
    )


def is_repeated(title: str, description: str) -> bool:
    """Whether a title is no more than how the description begins."""
    stem = title.rstrip("… .").strip()
    return bool(stem) and description.lstrip().startswith(stem)


def as_read(title: str, description: str) -> str:
    """A report as it is compared by meaning: its title, unless that is repeated, on the first line, the description below."""
    beginning = description[:READ_MAX]
    return beginning if is_repeated(title, description) else f"{title}\n{beginning}"


def _bytes(counts: Collection[int]) -> bytes:
    try:
        return bytes(counts)
    except ValueError:
        return bytes(min(count, 255) for count in counts)


@dataclass(frozen=True, slots=True)
class Question:
    """A text that is looked for: how often it holds each term, and the terms of its first line."""

    counts: Counter[Term]
    lead: frozenset[Term]

    @classmethod
    def of(cls, text: str, system: str = "") -> "Question":
        """Read a question. A title goes on the first line, the description below it."""
        text = text[:TEXT_MAX].strip()
        first = text.partition("\n")[0]
        counts = Counter(dict(islice(Counter(terms(text)).items(), QUESTION_TERMS_MAX)))
        counts.update(term for term in set(terms(system)) if term not in counts)
        return cls(counts, frozenset(terms(first)) & counts.keys())


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of the reports that may be found: how many, their mean length, and how many hold each term asked for."""

    reports: int
    mean_length: float
    holding: Mapping[Term, int]

    def worth(self, term: Term) -> float:
        """What finding a term is worth: much where few reports hold it, little where it is common."""
        holding = min(self.holding.get(term, 0), self.reports)
        rarity = math.log1p((self.reports - holding + 0.5) / (holding + 0.5))
        return COMMON_WEIGHT * rarity if is_common(term) else rarity


@dataclass(frozen=True, slots=True)
class Match:
    """How a report compares with a question: `rank` orders reports, the others say why, as shares from 0 to 1.

    `bm25`: of what the question scores against itself. `found`, `lead`, `in_title`: of what the question's terms are worth, those
    found anywhere, those of its first line, those in the title. `report`: of the report's terms, those asked for.
    """

    rank: float
    bm25: float
    found: float
    lead: float
    in_title: float
    report: float


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near texts are to a question by meaning, a cosine each (1: the same).

    `plain`: which share of the question's words the model knows as words. Of names, which it takes to pieces, it knows little.
    """

    cosines: tuple[float, ...]
    plain: float


class Comparer:
    """Compares one question with many reports. `worths` says what finding each of its terms is worth."""

    def __init__(self, question: Question, statistics: Statistics) -> None:
        self.question, self.statistics = question, statistics
        self.worths = {term: statistics.worth(term) for term in question.counts}
        self._weights = {
            term: (worth * count * (K3 + 1) / (count + K3), worth, term in question.lead)
            for (term, count), worth in zip(question.counts.items(), self.worths.values(), strict=True)
        }
        self._slope = K1 * B / (statistics.mean_length or 1.0)
        stretch = K1 * (1 - B) + self._slope * question.counts.total()
        self._of_itself = sum(self._weights[term][0] * n / (n + stretch) for term, n in question.counts.items()) or 1.0
        self._mass = sum(self.worths.values()) or 1.0
        self._lead_mass = sum(self.worths[term] for term in question.lead) or 1.0

    def weight(self, term: Term) -> float:
        """What a term adds to a report's rank at most, about."""
        return self._weights[term][0]

    def compare(self, report: Fingerprint) -> Match | None:
        """Compare with a report; None where they share nothing but words that any sentence may hold."""
        counts = dict(zip(report.terms, report.counts, strict=True))
        held = self._weights.keys() & counts.keys()
        in_title = set(report.terms[: report.in_title]) & held
        stretch = K1 * (1 - B) + self._slope * report.length
        score = found = lead = title = 0.0
        asked = asked_title = 0
        for term in held:
            weight, worth, leads = self._weights[term]
            count = counts[term]
            score += weight * count / (count + stretch)
            found += worth
            if leads:
                lead += worth
            if not is_common(term):
                asked += 1
        for term in in_title:
            title += self._weights[term][1]
            asked_title += not is_common(term)
        if not asked:
            return None
        bm25, lead_share, in_title_share = score / self._of_itself, lead / self._lead_mass, title / self._mass
        title_share = asked_title / (report.plain_title or 1)
        return Match(
            rank=bm25 + LEAD_SHARE * lead_share + IN_TITLE_SHARE * in_title_share + TITLE_SHARE * title_share,
            bm25=bm25,
            found=found / self._mass,
            lead=lead_share,
            in_title=in_title_share,
            report=asked / (report.plain or 1),
        )


def alike(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two reports say the same: under one title, or with more than four fifths of all their terms in common."""
    titled = 0 < one.in_title == other.in_title
    if titled and one.terms[: one.in_title] == other.terms[: other.in_title]:
        return True
    first, second = set(one.terms), set(other.terms)
    return len(first & second) > ALIKE * len(first | second)


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":  # pragma: no cover  # no such machine at hand
        numbers = numbers[:]
        numbers.byteswap()
    return numbers
