"""The likeliest threats for a description in plain words: by the bar's keywords and its own texts, and with a reason.

Lexical and deterministic. A keyword is one or more words; a ``*`` at the end of a word stands for any ending. Each keyword
counts once, however often it is written, and a strong one as much as three weak ones. Words that the description shares
with a threat's name, summary, examples and variants count a little, more the fewer threats use them.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from triage.bar_parts import BugBar, Threat

STRONG = 3.0
WEAK = 1.0
ALIKE = 2.0
SHARED = 0.35
"""What a word counts that only one threat's own text has."""

TEXT_MAX = 12_000
"""Characters that are looked at; a title and a description are far shorter."""

SCORE_MIN = 1.0
"""Below this nothing more than common words spoke for a threat."""

QUOTES_MAX = 3
QUOTE_LENGTH_MAX = 40

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_ENDINGS = ("ings", "ing", "ies", "ed", "es", "s")
_STEM_MIN = 4
_SAYS_NOTHING = frozenset(
    re.findall(
        r"\w+",
        "about after also another answer before data does done everything from have input into itself made make model more"
        " much near other over same small some somebody something system take than that their them then they this train"
        " trained training under used what when where which with without",
    )
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A threat (by id), why (a sentence that quotes the description), and how strongly; scores compare within one call."""

    threat: str
    reason: str
    score: float


def suggest(bar: BugBar, text: str, limit: int = 3) -> list[Suggestion]:
    """Return up to ``limit`` threats that the text speaks of, likeliest first; empty where nothing fits."""
    index = _index(bar)
    words = [_Written(found.start(), found.end(), found.group().lower()) for found in _WORD.finditer(text[:TEXT_MAX])]
    hits: dict[str, dict[str, _Hit]] = {threat.id: {} for threat in bar.threats}
    for at in range(len(words)):
        for keyword in index.keywords_at(words, at):
            start, end = words[at].start, words[at + len(keyword.words) - 1].end
            hits[keyword.threat].setdefault(keyword.name, _Hit(keyword.weight, start, end))
    for word in words:
        for threat_id, weight in index.shared.get(_stem(word.lower), ()):
            hits[threat_id].setdefault(_stem(word.lower), _Hit(weight, word.start, word.end))
    ranked = sorted(
        ((sum(hit.weight for hit in found.values()), threat_id) for threat_id, found in hits.items() if found),
        key=lambda scored: (-scored[0], index.order[scored[1]]),
    )
    return [
        Suggestion(threat_id, _reason(text, hits[threat_id].values()), round(points, 3))
        for points, threat_id in ranked[:limit]
        if points >= SCORE_MIN
    ]


def with_reports(
    found: Iterable[Suggestion], alike: Iterable[tuple[str, str, float]], limit: int = 3
) -> list[Suggestion]:
    """Return the suggestions with what earlier reports add: each with its name, its threat, and how likely it is the same.

    A report counts less than a strong keyword, the less the less likely it is.
    """
    by_threat = {one.threat: one for one in found}
    for name, threat, likely in alike:
        before = by_threat.get(threat, Suggestion(threat, "", 0.0))
        told = f"{name} looks like it and was rated as this"
        reason = f"{before.reason}; {told}" if before.reason else told
        by_threat[threat] = Suggestion(threat, reason, round(before.score + ALIKE * likely, 3))
    return sorted(by_threat.values(), key=lambda one: -one.score)[:limit]


@dataclass(frozen=True, slots=True)
class _Written:
    start: int
    end: int
    lower: str


@dataclass(frozen=True, slots=True)
class _Hit:
    weight: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Keyword:
    threat: str
    name: str
    weight: float
    words: tuple[str, ...]


class _Index:
    """A bar's keywords by their first word, and the words of its own texts."""

    def __init__(self, bar: BugBar) -> None:
        self.order = {threat.id: number for number, threat in enumerate(bar.threats)}
        self._whole: dict[str, list[_Keyword]] = {}
        self._begun: dict[str, list[_Keyword]] = {}
        self._shortest = 99
        for threat in bar.threats:
            for weight, names in ((STRONG, threat.keywords.strong), (WEAK, threat.keywords.weak)):
                for name in names:
                    self._add(_Keyword(threat.id, name, weight, tuple(name.lower().split())))
        self.shared = _shared_words(bar.threats)

    def _add(self, keyword: _Keyword) -> None:
        first = keyword.words[0]
        if first.endswith("*"):
            self._begun.setdefault(first[:-1], []).append(keyword)
            self._shortest = min(self._shortest, len(first) - 1)
        else:
            self._whole.setdefault(first, []).append(keyword)

    def keywords_at(self, words: list[_Written], at: int) -> Iterator[_Keyword]:
        """Yield the keywords that begin with the word at a place."""
        first = words[at].lower
        candidates = [*self._whole.get(first, ())]
        for length in range(self._shortest, len(first) + 1):
            candidates += self._begun.get(first[:length], ())
        for keyword in candidates:
            following = words[at + 1 : at + len(keyword.words)]
            rest = keyword.words[1:]
            if len(following) == len(rest) and all(map(_matches, rest, following)):
                yield keyword


def _matches(pattern: str, word: _Written) -> bool:
    return word.lower.startswith(pattern[:-1]) if pattern.endswith("*") else word.lower == pattern


@lru_cache(maxsize=8)
def _index(bar: BugBar) -> _Index:
    return _Index(bar)


def _shared_words(threats: Iterable[Threat]) -> dict[str, list[tuple[str, float]]]:
    own: dict[str, set[str]] = {}
    for threat in threats:
        texts = [threat.name, threat.summary, threat.help, *threat.examples]
        texts += [part for variant in threat.variants for part in (variant.label, variant.help)]
        own[threat.id] = {_stem(found.group().lower()) for text in texts for found in _WORD.finditer(text)}
    users = Counter(stem for stems in own.values() for stem in stems)
    shared: dict[str, list[tuple[str, float]]] = {}
    for threat_id, stems in own.items():
        for stem in sorted(stems):
            rarity = math.log(len(own) / users[stem]) / math.log(max(2, len(own)))
            if len(stem) >= _STEM_MIN and stem not in _SAYS_NOTHING and users[stem] <= len(own) // 3:
                shared.setdefault(stem, []).append((threat_id, round(SHARED * rarity, 4)))
    return shared


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_MIN:
            return word[: -len(ending)]
    return word


def _reason(text: str, hits: Iterable[_Hit]) -> str:
    """Quote what weighs most, each word once, in the order in which it was written."""
    chosen: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: (-hit.weight, hit.start)):
        if len(chosen) < QUOTES_MAX and all(hit.end <= other.start or hit.start >= other.end for other in chosen):
            chosen.append(hit)
    quotes: dict[str, str] = {}
    for hit in sorted(chosen, key=lambda hit: hit.start):
        quote = " ".join(text[hit.start : hit.end].split())[:QUOTE_LENGTH_MAX]
        quotes.setdefault(quote.lower(), f"“{quote}”")
    *others, last = quotes.values()
    return f"you wrote {', '.join(others)} and {last}" if others else f"you wrote {last}"
