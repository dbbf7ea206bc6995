"""The engine alone: scoring one set of answers, proving a bar. Processor time of this thread, the best of several rounds."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from tests.bench.table import Row
from triage import bars
from triage.bar import UNKNOWN, BugBar, parse_bar
from triage.case import Case, Gates, ThreatCase
from triage.scoring import score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def cases(bar: BugBar, count: int, seed: int) -> list[Case]:
    """Sets of answers in bar, of all threats, a fifth of the answers unknown."""
    chance = random.Random(seed)  # noqa: S311  # must repeat
    made = []
    for number in range(count):
        threat = bar.threats[number % len(bar.threats)]
        answers = {q.id: UNKNOWN if chance.random() < 0.2 else chance.choice(q.options).id for q in threat.questions}
        gates = Gates(ml_target="yes", intent="malicious", others_affected="yes")
        made.append(Case(gates=gates, threats=(ThreatCase(threat=threat.id, answers=answers),)))
    return made


def best(work: Callable[[], object], per: int, rounds: int) -> float:
    """Seconds of this thread's processor for one of `per`."""
    fastest = float("inf")
    for _ in range(rounds):
        began = time.thread_time()
        work()
        fastest = min(fastest, time.thread_time() - began)
    return fastest / per


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures."""
    bar = bars.builtin()
    some = cases(bar, 180, seed=7)

    def score_all() -> None:
        for case in some:
            score(bar, case)

    rounds = 3 if quick else 15
    note = "180 sets of answers, a fifth unknown"
    yield Row("scoring one set of answers", best(score_all, len(some), rounds) * 1e6, "us", 50, 20, note)

    def keep_all() -> None:
        for case in some:
            score(bar, case).canonical()

    yield Row("the same, and its verdict as kept text", best(keep_all, len(some), rounds) * 1e6, "us")
    text = bars.builtin_text()
    yield Row("reading and proving a bar", best(lambda: parse_bar(text), 1, 2 if quick else 5) * 1e3, "ms", 300, 150)
