"""What counts as the same: candidates in order, each with the probability that it is the one that was asked about.

The probability is a logistic function of how the candidate compares, how far it stands from its best rival, how long the
question is and how long the history. A candidate that says the same as another, or is its duplicate, is no rival of it. "This
is the same" is said of the first one only, and only from the calibration's threshold on; down to `LIKE_FROM` it "looks like" it;
below that, nothing is said.

Where there is a model of meaning (`triage.ports.Meaning`), the best candidates by words are compared by meaning, too: that joins
their rank, and is a ninth number of the probability, which then goes by a calibration of its own.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat

from triage.calibration import BY_MEANING, BY_WORDS, LIKE_FROM, Calibration
from triage.likeness import Comparer, Fingerprint, Match, Nearness, alike

SAME_SYSTEM, SAME_THREAT = 0.15, 0.05
"""By which part of itself a candidate's rank grows where it is about the same system or threat. Set by hand: no public set has
them."""

RIVALS_MAX = 20
"""Candidates that are looked through for the best rival."""

STRAY = 0.25
"""The rank of a report that shares some words by chance, about: in a history of a few reports none may, and the first one found
would stand alone without that saying anything. Of the advisories' best rivals a quarter rank lower."""

MEANT_MAX = 20
"""Candidates that are compared by meaning: the best by words."""

MEANING_SHARE, PLAIN_FROM = 0.8, 0.7
"""What the likeness by meaning adds to a candidate's rank where the model knows all of the question's words; less where it knows
fewer, down to nothing where it knows this share: names say more than it does."""

STRAY_MEANING = 0.4
"""The likeness by meaning of a report that shares some words by chance, about."""

HISTORY_MAX = 1000
"""A longer history counts as one of so many reports: the numbers were trained on none much longer."""

BELOW = 1 - 1e-6
LOGIT_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report that may be the one asked about, by its number. Duplicates of one report are of its issue, as it is itself."""

    number: int
    issue: int
    fingerprint: Fingerprint
    same_system: bool = False
    same_threat: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate as judged: the calibrated probability that it is the same, and whether to say so."""

    number: int
    issue: int
    score: float
    repeat: bool

    @property
    def like(self) -> bool:
        """Whether it is worth showing as possibly related."""
        return self.score >= LIKE_FROM


@dataclass(frozen=True, slots=True)
class Evidence:
    """A candidate with what its probability is computed from, in the order of `Calibration.weights`."""

    candidate: Candidate
    features: tuple[float, ...]

    @property
    def calibration(self) -> Calibration:
        """The numbers that belong to these features."""
        return BY_WORDS if len(self.features) == len(BY_WORDS.weights) else BY_MEANING


@dataclass(frozen=True, slots=True)
class _Ranked:
    candidate: Candidate
    match: Match
    rank: float
    meaning: float | None = None


Meant = Callable[[Sequence[int]], Nearness | None]
"""How near the reports with these numbers are to the question by meaning; None where it can't be told."""


def judge(comparer: Comparer, candidates: Iterable[Candidate], limit: int, meant: Meant | None = None) -> list[Judged]:
    """The best candidates of at most `limit` issues, best first, scores falling; each issue once, by its best candidate.

    Of two that compare alike the older one comes first.
    """
    judged: dict[int, Judged] = {}
    ceiling = 1.0
    for one in evidence(comparer, candidates, meant):
        if len(judged) == limit:
            break
        number, issue = one.candidate.number, one.candidate.issue
        if issue in judged:
            continue
        # The rank orders; a probability that would contradict it is held just below the one before.
        score = min(_probability(one.calibration, one.features), ceiling)
        ceiling = score * BELOW
        judged[issue] = Judged(number, issue, score, repeat=not judged and score >= one.calibration.repeat_from)
    return list(judged.values())


def evidence(comparer: Comparer, candidates: Iterable[Candidate], meant: Meant | None = None) -> Iterator[Evidence]:
    """What speaks for each candidate, best first."""
    ranked = _ranked(comparer, candidates)
    if not ranked:
        return
    nearness = meant([one.candidate.number for one in ranked[:MEANT_MAX]]) if meant else None
    stray = STRAY
    if nearness is not None:
        share = MEANING_SHARE * max(0.0, (nearness.plain - PLAIN_FROM) / (1 - PLAIN_FROM))
        ranked, stray = _by_meaning(ranked, nearness, share), STRAY + share * STRAY_MEANING
    first, lead = ranked[0], _lead(ranked, stray)
    asked = math.log1p(len(comparer.question.counts))
    history = math.log1p(min(comparer.statistics.reports, HISTORY_MAX))
    for one in ranked:
        match = one.match
        gap = lead if _same(one, first) else one.rank / first.rank - 1
        features = (match.bm25, match.found, match.lead, match.in_title, match.report, gap, asked, history)
        yield Evidence(one.candidate, features if one.meaning is None else (*features, one.meaning))


def _probability(calibration: Calibration, features: tuple[float, ...]) -> float:
    logit = calibration.bias + sum(map(float.__mul__, calibration.weights, features))
    return 1 / (1 + math.exp(-max(-LOGIT_MAX, min(LOGIT_MAX, logit))))


def _ranked(comparer: Comparer, candidates: Iterable[Candidate]) -> list[_Ranked]:
    ranked = []
    for candidate in candidates:
        match = comparer.compare(candidate.fingerprint)
        if match is not None:
            structure = 1 + SAME_SYSTEM * candidate.same_system + SAME_THREAT * candidate.same_threat
            ranked.append(_Ranked(candidate, match, match.rank * structure))
    return sorted(ranked, key=_order)


def _by_meaning(ranked: Iterable[_Ranked], nearness: Nearness, share: float) -> list[_Ranked]:
    """The candidates anew, by words and by meaning; those that were not compared by meaning are taken for far from it."""
    found = zip(ranked, chain(nearness.cosines, repeat(0.0)), strict=False)
    return sorted((replace(one, rank=one.rank + share * near, meaning=near) for one, near in found), key=_order)


def _order(one: _Ranked) -> tuple[float, int]:
    return -one.rank, one.candidate.number


def _same(one: _Ranked, other: _Ranked) -> bool:
    if one is other or one.candidate.issue == other.candidate.issue:
        return True
    return alike(one.candidate.fingerprint, other.candidate.fingerprint)


def _lead(ranked: Sequence[_Ranked], stray: float) -> float:
    """How far the first one stands before its best rival, or a stray report where there is none better, as a part of its rank."""
    first, *others = ranked[: RIVALS_MAX + 1]
    rivals = (other.rank for other in others if not _same(first, other))
    rival = next(rivals, others[-1].rank if len(others) == RIVALS_MAX else 0.0)
    return max(0.0, 1 - max(rival, stray) / first.rank)
