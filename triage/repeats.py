"""What counts as the same: candidates in order, each with the probability that it is the one that was asked about.

The probability is a logistic function of how the candidate compares, how far it stands from its best rival, how long the
question is and how long the history. A candidate that says the same as another, or is its duplicate, is no rival of it. "This
is the same" is said of the first one only, and only from `REPEAT_FROM` on; down to `LIKE_FROM` it "looks like" it; below that,
nothing is said.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from triage.calibration import CALIBRATION, LIKE_FROM, REPEAT_FROM, Calibration
from triage.likeness import Comparer, Fingerprint, Match, alike

SAME_SYSTEM, SAME_THREAT = 0.15, 0.05
"""By which part of itself a candidate's rank grows where it is about the same system or threat. Set by hand: no public set has
them."""

RIVALS_MAX = 20
"""Candidates that are looked through for the best rival."""

STRAY = 0.25
"""The rank of a report that shares some words by chance, about: in a history of a few reports none may, and the first one found
would stand alone without that saying anything. Of the advisories' best rivals a quarter rank lower."""

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


@dataclass(frozen=True, slots=True)
class _Ranked:
    candidate: Candidate
    match: Match
    rank: float


def judge(comparer: Comparer, candidates: Iterable[Candidate], limit: int) -> list[Judged]:
    """The best candidates of at most `limit` issues, best first, scores falling; each issue once, by its best candidate.

    Of two that compare alike the older one comes first.
    """
    judged: dict[int, Judged] = {}
    ceiling = 1.0
    for one in evidence(comparer, candidates):
        if len(judged) == limit:
            break
        number, issue = one.candidate.number, one.candidate.issue
        if issue in judged:
            continue
        # The rank orders; a probability that would contradict it is held just below the one before.
        score = min(_probability(CALIBRATION, one.features), ceiling)
        ceiling = score * BELOW
        judged[issue] = Judged(number, issue, score, repeat=not judged and score >= REPEAT_FROM)
    return list(judged.values())


def evidence(comparer: Comparer, candidates: Iterable[Candidate]) -> Iterator[Evidence]:
    """What speaks for each candidate, best first."""
    ranked = _ranked(comparer, candidates)
    if not ranked:
        return
    first, lead = ranked[0], _lead(ranked)
    asked = math.log1p(len(comparer.question.counts))
    history = math.log1p(min(comparer.statistics.reports, HISTORY_MAX))
    for one in ranked:
        match = one.match
        gap = lead if _same(one, first) else one.rank / first.rank - 1
        features = (match.bm25, match.found, match.lead, match.in_title, match.report, gap, asked, history)
        yield Evidence(one.candidate, features)


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
    ranked.sort(key=lambda one: (-one.rank, one.candidate.number))
    return ranked


def _same(one: _Ranked, other: _Ranked) -> bool:
    if one is other or one.candidate.issue == other.candidate.issue:
        return True
    return alike(one.candidate.fingerprint, other.candidate.fingerprint)


def _lead(ranked: Sequence[_Ranked]) -> float:
    """How far the first one stands before its best rival, or a stray report where there is none better, as a part of its rank."""
    first, *others = ranked[: RIVALS_MAX + 1]
    rivals = (other.rank for other in others if not _same(first, other))
    rival = next(rivals, others[-1].rank if len(others) == RIVALS_MAX else 0.0)
    return max(0.0, 1 - max(rival, STRAY) / first.rank)
