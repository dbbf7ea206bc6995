"""Finding repeats: how long a question takes, how fast reports come in, and whether memory stays flat.

Histories of 1,000 and 100,000 reports in one workspace, and as many over 1,000 workspaces, on both databases.
MLBUG_BENCH_REPORTS=1000000 makes them longer; that takes a while.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from db import schema
from db.engine import make_engine
from db.work import SqlWorkPlace
from tests.bench.postgres import postgres_url
from tests.bench.search_text import questions, reports
from tests.bench.table import Row
from triage.access import Role, Viewer
from triage.bars import builtin
from triage.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BATCH = 2000
TEAMS = 1000
MUST_MS = {"SQLite": 50, "PostgreSQL": 100}
MUST_IMPORT = 5000


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures of both databases; PostgreSQL's where there is one."""
    most = int(os.environ.get("MLBUG_BENCH_REPORTS", "10000" if quick else "100000"))
    with tempfile.TemporaryDirectory(prefix="mlbug-bench-") as folder:
        yield from _figures(f"sqlite:///{Path(folder) / 'one.db'}", "SQLite", most, quick=quick)
        yield from _memory(Path(folder), most)
    with postgres_url() as url:
        if url:
            yield from _figures(url, "PostgreSQL", most, quick=quick)


def _figures(url: str, name: str, most: int, *, quick: bool) -> Iterator[Row]:
    with closing(_History(url)) as history:
        asked = 60 if quick else 300
        for size in sorted({1000, most}):
            rate, note = history.grow("T1", size)
            yield from _questions(history, name, "T1", size, asked)
        yield Row(f"{name}: import", rate, "reports/s cpu", MUST_IMPORT, 2 * MUST_IMPORT, note, more_is_better=True)
        for team in range(TEAMS):
            history.grow(f"W{team}", most // TEAMS)
        yield from _questions(history, name, "W500", most, asked, over=TEAMS)


def _questions(history: _History, name: str, workspace: str, size: int, asked: int, over: int = 1) -> Iterator[Row]:
    for role in (Role.MEMBER, Role.TRIAGER):
        measured = history.ask(Viewer(workspace, "U1", role), questions(asked, min(size // over, 1000)))
        where = f"{size:,} reports" + (f" over {over:,} workspaces" if over > 1 else "")
        note = (
            f"p50 {measured.wall_ms(0.5):.1f}; processor of the program p50 {measured.cpu_ms(0.5):.1f}, "
            f"p99 {measured.cpu_ms(0.99):.1f}; first hit right {measured.right:.0%}"
        )
        must = MUST_MS[name]
        yield Row(
            f"{name}: a {role.value}'s question to {where}, p99", measured.wall_ms(0.99), "ms", must, must / 2, note
        )


@dataclass
class _Measured:
    wall: list[float]
    cpu: list[float]
    right: float

    def wall_ms(self, part: float) -> float:
        return 1000 * self.wall[min(len(self.wall) - 1, int(part * len(self.wall)))]

    def cpu_ms(self, part: float) -> float:
        return 1000 * self.cpu[min(len(self.cpu) - 1, int(part * len(self.cpu)))]


class _History:
    """A database that grows."""

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url, statement_s=600)
        schema.upgrade(self._engine)
        self._place = SqlWorkPlace(self._engine)
        self._size: dict[str, int] = {}

    def close(self) -> None:
        self._engine.dispose()

    def grow(self, workspace: str, size: int) -> tuple[float, str]:
        """Import up to so many; reports a second of this process's time, and by the wall."""
        intake = Intake(builtin(), workspace, NOW)
        start = self._size.get(workspace, 0)
        source = islice(reports(size), start, size)
        cpu = wall = 0.0
        while batch := list(islice(source, BATCH)):
            began, ticked = time.perf_counter(), time.process_time()
            with self._place.write() as work:
                work.bars.keep(builtin())
                work.exchange.take(workspace, map(intake.take, batch))
                work.commit()
            wall += time.perf_counter() - began
            cpu += time.process_time() - ticked
        self._size[workspace] = size
        filed = size - start
        return filed / max(cpu, 1e-9), f"of the program’s processor time; {filed / max(wall, 1e-9):,.0f}/s by the wall"

    def ask(self, viewer: Viewer, asked: list[str]) -> _Measured:
        """Ask each question twice and count the second time: what is measured is the search, not a cold cache."""
        walls, cpus, found = [], [], 0
        for text in asked:
            for _ in range(2):
                began, ticked = time.perf_counter(), time.thread_time()
                with self._place.read() as work:
                    hits = work.history.similar(viewer, text, 3)
                wall, cpu = time.perf_counter() - began, time.thread_time() - ticked
            walls.append(wall)
            cpus.append(cpu)
            found += bool(hits) and text.startswith(hits[0].title)
        titled = sum("\n" in text for text in asked)
        return _Measured(sorted(walls), sorted(cpus), found / max(1, titled))


def _memory(folder: Path, most: int) -> Iterator[Row]:
    """The most memory that `mlbug import` held, for a tenth of the reports and for all of them."""
    peaks = []
    for size in (most // 10, most):
        source = folder / f"{size}.jsonl"
        with source.open("w") as out:
            out.writelines(json.dumps(record) + "\n" for record in reports(size))
        peaks.append(_peak_mb(source, folder / f"{size}.db"))
    note = f"{peaks[0]:.0f} MB for a tenth of the reports"
    yield Row(f"memory of importing {most:,} reports", peaks[1], "MB", 1.25 * peaks[0] + 20, None, note)


def _peak_mb(source: Path, database: Path) -> float:
    code = "import resource, sys; from bot.cli import main; status = main(); "
    code += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(status)"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    command = [sys.executable, "-c", code, "import", str(source), "--workspace", "T1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603  # our own
    kilobytes = int(done.stdout.split()[-1])
    return kilobytes / (1024 if sys.platform != "darwin" else 1024 * 1024)
