"""How long a person waits for the answer to the command and to each submit, as ratios to two floors in the same run.

All targets take the same requests in turn, round after round, the order turned about each time; a figure is the median of
the rounds' ratios. Before each of them everything has come to rest, what the one before left to be done included. p50 and
processor time hold on a busy machine, p99 does not: it is taken from the rounds that nobody disturbed, where there are two.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import tempfile
import time
import uuid
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import payloads
from tests.bench.client import Run, drive
from tests.bench.postgres import postgres_url
from tests.bench.processes import Target, environment, floor, mlbug
from tests.bench.quiet import Ticks, settle, was_undisturbed
from tests.bench.table import Row
from triage import bars

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS = ("command", "what", "gates", "questions")
PAUSE_S = (
    0.005  # "alone" is alone: what mlbug does after its answer (opening the dialog) is over before the next request
)
_TOLD = {"command": "ack of /mlbug", "what": "submit 1, what", "gates": "submit 2, gates"}
_TOLD["questions"] = "submit 3, questions: filed"
_EXPECT = {"command": b"", "what": b"Does the bar apply?", "gates": b"How bad is it?", "questions": b"Filed as "}


@dataclass(frozen=True)
class Measured:
    """One step on one target in one round."""

    run: Run
    cpu_ms: float
    is_quiet: bool

    @property
    def p50(self) -> float:
        return self.run.quantile(0.5) * 1e3

    @property
    def p99(self) -> float:
        return self.run.quantile(0.99) * 1e3


Results = dict[tuple[str, str, int], list[Measured]]


def measure(targets: list[Target], rounds: int, jobs: dict[int, int]) -> Results:
    """`jobs`: how many of each step, by how many at once."""
    found: Results = defaultdict(list)
    bar = bars.builtin()
    number = 0
    for target in targets:  # mlbug looks each person up once, beside the first request of theirs
        asyncio.run(drive(target.port, [payloads.command(n) for n in range(payloads.PEOPLE)], at_once=4))
    time.sleep(2)
    for turn in range(rounds + 1):  # the first only warms up
        for at_once, count in jobs.items():
            drafts = [uuid.uuid4().hex for _ in range(count)]
            bodies = {"command": [payloads.command(number + n) for n in range(count)]}
            for step in STEPS[1:]:
                bodies[step] = [payloads.submit(bar, step, d, number + n) for n, d in enumerate(drafts)]
            number += count
            for target in targets if turn % 2 else targets[::-1]:
                for step in STEPS:
                    one = _one(target, step, bodies[step], at_once)
                    if turn:
                        found[target.name, step, at_once].append(one)
    return found


def _one(target: Target, step: str, bodies: list[bytes], at_once: int) -> Measured:
    expect = _EXPECT[step] if target.name.startswith("mlbug") else b""
    is_quiet = settle()
    ticks, before = Ticks.now(), target.cpu_s()
    pause_s = PAUSE_S if at_once == 1 else 0.0
    run = asyncio.run(drive(target.port, bodies, at_once=at_once, expect=expect, pause_s=pause_s))
    if run.failures:
        raise RuntimeError(f"{target.name}, {step}: {dict(run.failures)}")
    is_quiet = is_quiet and was_undisturbed(ticks)
    if step == "command":  # what follows an answer belongs to its price
        settle()
    return Measured(run, (target.cpu_s() - before) / len(bodies) * 1e3, is_quiet)


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures."""
    jobs = {1: 60, 16: 160} if quick else {1: 200, 16: 480}
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="mlbug-bench-") as folder:
        slack = open_.enter_context(floor("slack"))
        opening = environment(slack.port, "") | {"OPENS_AT": f"http://127.0.0.1:{slack.port}/api/"}
        targets = [open_.enter_context(floor(which)) for which in ("bare", "bolt")]
        targets.append(open_.enter_context(floor("opening", opening)))
        sqlite = f"sqlite:///{Path(folder) / 'bench.db'}"
        databases = {"mlbug, SQLite": sqlite}
        if server := open_.enter_context(postgres_url()):
            databases["mlbug, PostgreSQL"] = server
        for name, url in databases.items():
            targets.append(open_.enter_context(mlbug(name, environment(slack.port, url), log=Path(folder) / "log")))
        found = measure(targets, 3 if quick else 5, jobs)
    yield from _floors(found)
    yield Row("one row kept safe from a power cut (fsync), p50", _fsync_ms(), "ms", note="a part of each submit below")
    for name in databases:
        yield from _ratios(found, name)


def _fsync_ms() -> float:
    took = []
    with tempfile.NamedTemporaryFile(prefix="mlbug-bench-") as file:
        for _ in range(40):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e3


def _floors(found: Results) -> Iterator[Row]:
    for name, told in (("bare", "bare server that checks the signature"), ("bolt", "bare Bolt app")):
        for step in ("command", "questions"):
            cases = found[name, step, 1]
            yield Row(f"{told}: {_TOLD[step].partition(':')[0]}, p50 alone", _median(m.p50 for m in cases), "ms")


def _ratios(found: Results, name: str) -> Iterator[Row]:
    postgres = "PostgreSQL" in name
    for step in STEPS:
        is_command = step == "command"
        of, bolt = found[name, step, 1], found["bolt", step, 1]
        told = f"{name}: {_TOLD[step]}"
        bare = _median(o.p50 / b.p50 for o, b in zip(of, found["bare", step, 1], strict=True))
        note = f"{_median(o.p50 for o in of):.2f} ms; {bare:.1f} x the bare server"
        must, good = (1.6, 1.1) if is_command else (3.0 if postgres else 2.0, 1.4)
        ratio = _median(o.p50 / b.p50 for o, b in zip(of, bolt, strict=True))
        yield Row(f"{told}, p50 alone", ratio, "x Bolt", must, good, note)
        floors = [("bolt", "x Bolt")] + [("opening", "x Bolt that opens a dialog, too")] * is_command
        must, good = (2.0, 1.3) if is_command else (2.5, 1.6)
        for at_once, (against, unit) in itertools.product((1, 16), floors):
            pairs = list(zip(found[name, step, at_once], found[against, step, at_once], strict=True))
            quiet = [(o, b) for o, b in pairs if o.is_quiet and b.is_quiet]
            counted = f"quiet {len(quiet)}/{len(pairs)}"
            pairs = quiet if len(quiet) > 1 else pairs
            note = f"{_median(o.p99 for o, _ in pairs):.1f} ms; {counted}"
            yield Row(f"{told}, p99 at {at_once}", _median(o.p99 / b.p99 for o, b in pairs), unit, must, good, note)
        must, good = (1.8, 1.0) if is_command else (2.0, 1.3)
        for against, unit in floors:
            note = f"{_cpu(found, name, step):.2f} ms" + ", the call that opens the dialog included" * is_command
            ratio = _cpu(found, name, step) / max(0.001, _cpu(found, against, step))
            yield Row(f"{told}, processor at 16", ratio, unit, must, good, note)


def _cpu(found: Results, name: str, step: str) -> float:
    return _median(m.cpu_ms for m in found[name, step, 16])


def _median(values: Iterator[float]) -> float:
    return statistics.median(values)
