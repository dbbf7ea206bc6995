"""The history alone: processor and wall time of each transaction, on both databases. `python -m tests.bench.history [--quick]`.

Commits reach the disk (SQLite synchronous=FULL, PostgreSQL fsync), so wall time is mostly the disk's.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from db import schema
from db.engine import make_engine
from db.outbox import SqlQueue
from db.work import SqlWorkPlace
from tests.bench.postgres import postgres_url
from tests.bench.table import Row, number
from triage.access import Viewer
from triage.bars import builtin
from triage.case import Case, Gates, ThreatCase
from triage.ports import Errand
from triage.reports import Draft, Entries, Event, EventKind, Report, Scored, State, Step
from triage.scoring import score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from triage.ports import Work

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WHO = Viewer("T1", "U1")


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures of both databases; PostgreSQL's where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _figures(f"sqlite:///{Path(folder) / 'bench.db'}", "SQLite", quick=quick)
    with postgres_url() as url:
        if url:
            yield from _figures(url, "PostgreSQL", quick=quick)


def _figures(url: str, name: str, *, quick: bool) -> Iterator[Row]:
    with closing(_Bench(make_engine(url))) as bench:
        works: tuple[tuple[str, Callable[[int], None]], ...] = (
            ("a transaction with nothing in it", bench.nothing),
            ("save a draft", bench.save_draft),
            ("file a report: verdict, answers, event, two errands, draft", bench.file),
            ("look for an unfinished draft", bench.latest),
            ("show a report", bench.show),
            ("claim an errand and close it", bench.send),
        )
        for what, work in works:
            cpu, wall = _measured(work, 60 if quick else 300)
            yield Row(f"{name}: {what}", cpu, "us cpu", note=f"p50 {number(wall * 1e3)} ms on the wall")


def _measured(work: Callable[[int], None], times: int) -> tuple[float, float]:
    """Processor microseconds of this thread for one, best of three rounds, and the median wall time in seconds."""
    best, walls, serial = float("inf"), [], 0
    for _ in range(3):
        began = time.thread_time()
        for _ in range(times):
            start = time.perf_counter()
            work(serial)
            walls.append(time.perf_counter() - start)
            serial += 1
        best = min(best, (time.thread_time() - began) / times)
    return best * 1e6, sorted(walls)[len(walls) // 2]


class _Bench:
    """One database with the transactions that the program runs most."""

    def __init__(self, engine: Engine) -> None:
        schema.upgrade(engine)
        self._engine = engine
        self._place = SqlWorkPlace(engine)
        self._queue = SqlQueue(engine)
        self._bar = builtin()
        case = Case(
            gates=Gates(ml_target="yes", intent="malicious", others_affected="yes"),
            threats=(
                ThreatCase(
                    threat="data_poisoning",
                    answers={q.id: q.options[0].id for q in self._bar.threat("data_poisoning").questions},
                ),
            ),
        )
        verdict = score(self._bar, case)
        self._report = Report(
            workspace=WHO.workspace,
            number=0,
            draft="",
            title="Labels can be bought",
            description="Anyone can label the training data of the spam filter. " * 6,
            system="Spam filter",
            reporter=WHO.user,
            created_at=NOW,
            state=State.NEW,
            restricted=False,
            scored=Scored(case.canonical(), verdict.canonical(), self._bar.hash, NOW, WHO.user),
            severity=verdict.severity,
            severity_low=verdict.severity_low,
            urgency=verdict.urgency,
            threat=verdict.threat,
            rule=verdict.rule,
            outcome=verdict.outcome,
            route=verdict.route,
        )
        self._draft = Draft("d", WHO.workspace, WHO.user, Step.GATES, Entries(title="Labels can be bought"), NOW)

    def close(self) -> None:
        self._engine.dispose()

    def nothing(self, _: int) -> None:
        with self._place.write() as work:
            work.commit()

    def save_draft(self, _: int) -> None:
        with self._place.write() as work:
            self._save(work, self._draft)
            work.commit()

    def file(self, serial: int) -> None:
        draft = f"d{serial}"
        with self._place.write() as work:
            work.drafts.get(WHO, draft, lock=True)
            work.bars.keep(self._bar)
            filed = work.reports.add(replace(self._report, draft=draft))
            seq = work.reports.add_event(filed.workspace, filed.number, Event(EventKind.FILED, NOW, WHO.user))
            for kind, to in (("card", ""), ("dm", WHO.user)):
                errand = Errand(f"{filed.name}:{kind}", kind, filed.workspace, filed.number, to=to, event=seq)
                work.errands.put(errand)
            work.drafts.put(replace(self._draft, id=draft, report=filed.number))
            work.commit()

    def latest(self, _: int) -> None:
        with self._place.read() as work:
            work.drafts.latest(WHO)

    def show(self, _: int) -> None:
        with self._place.read() as work:
            work.reports.get(WHO, 1)

    def send(self, _: int) -> None:
        now = datetime.now(UTC)
        if sending := self._queue.claim(now, 60):
            self._queue.sent(sending, now, "C1", "1.1")

    def _save(self, work: Work, draft: Draft) -> None:
        work.drafts.get(WHO, draft.id, lock=True)
        work.drafts.put(draft)


def main() -> None:
    """Print the figures."""
    for row in rows(quick="--quick" in sys.argv):
        sys.stdout.write(f"{row.what:72} {number(row.figure):>8} {row.unit}   {row.note}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
