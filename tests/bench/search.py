"""Finding repeats: how long a question takes, how fast reports come in, and whether memory stays flat.

Histories of 1,000 and 100,000 reports in one workspace, and as many over 1,000 workspaces, on both databases.
MLBUG_BENCH_REPORTS=1000000 makes them longer; that takes a while.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bot import meaning
from bot.cli import main
from db import schema
from db.engine import make_engine
from db.search_index import LOOSE_MAX, SqlIndex
from db.transaction import begin
from db.upkeep import refresh_statistics
from db.work import IndexedReports, SqlWorkPlace
from tests.bench.postgres import postgres_url
from tests.bench.search_text import questions, reports
from tests.bench.table import Row
from triage.access import Role, Viewer
from triage.bars import builtin
from triage.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TEAMS = 1000
MUST_MS = {"SQLite": 50, "PostgreSQL": 100}
MUST_IMPORT = 5000
MUST_MEMORY_MB = 450  # however many reports


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures of both databases; PostgreSQL's where there is one."""
    most = int(os.environ.get("MLBUG_BENCH_REPORTS", "10000" if quick else "100000"))
    with tempfile.TemporaryDirectory(prefix="mlbug-bench-") as home:
        folder = Path(home)
        for size in (most // 10, most):
            with (folder / f"{size}.jsonl").open("w") as out:
                out.writelines(json.dumps(record) + "\n" for record in reports(size))
        yield from _figures(folder, f"sqlite:///{folder / 'one.db'}", "SQLite", most, quick=quick)
        with postgres_url() as url:
            if url:
                yield from _figures(folder, url, "PostgreSQL", most, quick=quick)


def _figures(folder: Path, url: str, name: str, most: int, *, quick: bool) -> Iterator[Row]:
    asked = 60 if quick else 300
    yield from _imports(folder, url, name, most)
    with closing(_History(url)) as history:
        yield Row(f"{name}: the search's tables, a report", history.bytes_of_search() / (most + most // 10), "bytes")
        yield Row(f"{name}: folding {LOOSE_MAX} filed reports", history.fold_ms(), "ms")
        yield from _questions(history, name, "T1", most, asked)
        if meaning.is_installed():
            yield from _questions(history.with_meaning(), f"{name}, by meaning, too", "T1", most, asked)
        history.grow("S1", 1000)
        history.settle()
        yield from _questions(history, name, "S1", 1000, asked)
        for team in range(TEAMS):
            history.grow(f"W{team}", most // TEAMS)
        history.settle()
        yield from _questions(history, name, "W500", most, asked, over=TEAMS)


def _imports(folder: Path, url: str, name: str, most: int) -> Iterator[Row]:
    """`mlbug import` of a file into an empty database, and of a tenth into one that people may be using by now."""
    first, second = (
        _Import.run(folder / f"{size}.jsonl", url, team) for size, team in ((most, "T1"), (most // 10, "T2"))
    )
    yield Row(
        f"{name}: mlbug import of {most:,}",
        most / first.wall_s,
        "reports/s",
        MUST_IMPORT,
        2 * MUST_IMPORT,
        f"{most / first.files_s:,.0f}/s of the processor of what files, {most / first.reads_s:,.0f}/s of what reads",
        more_is_better=True,
    )
    yield Row(f"{name}: the same of {most // 10:,} beside people", most // 10 / second.wall_s, "reports/s")
    note = f"both processes; {second.peak_mb:.0f} MB for a tenth of the reports"
    yield Row(f"{name}: memory of importing {most:,}", first.peak_mb, "MB", MUST_MEMORY_MB, None, note)


@dataclass(frozen=True)
class _Import:
    """What one run took: by the wall, of the two processes' processor time, and their most memory together."""

    wall_s: float
    files_s: float
    reads_s: float
    peak_mb: float

    @classmethod
    def run(cls, source: Path, url: str, workspace: str) -> _Import:
        environment = {**os.environ, "DATABASE_URL": url}
        command = [sys.executable, "-m", "tests.bench.search", "import", str(source), "--workspace", workspace]
        began = time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603  # our own
        wall = time.perf_counter() - began
        files, reads, peak = map(float, done.stdout.split()[-3:])
        return cls(wall, files, reads or files, peak)


def _questions(history: _History, name: str, workspace: str, size: int, asked: int, over: int = 1) -> Iterator[Row]:
    for role in (Role.MEMBER, Role.TRIAGER):
        measured = history.ask(Viewer(workspace, "U1", role), questions(asked, min(size // over, 1000)))
        where = f"{size:,} reports" + (f" over {over:,} workspaces" if over > 1 else "")
        note = (
            f"p50 {measured.wall_ms(0.5):.1f}; processor of the program p50 {measured.cpu_ms(0.5):.1f}, "
            f"p99 {measured.cpu_ms(0.99):.1f}; first hit right {measured.right:.0%}"
        )
        must = MUST_MS[name.partition(",")[0]]
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
        self._made: list[dict[str, Any]] = []

    def with_meaning(self) -> _History:
        """The same one, asked with the extra `semantic`."""
        other = copy(self)
        other._place = SqlWorkPlace(self._engine, meaning=meaning.load())
        return other

    def close(self) -> None:
        self._engine.dispose()

    def grow(self, workspace: str, size: int) -> None:
        """Bring in so many reports."""
        intake = Intake(builtin(), workspace, NOW)
        with self._place.write() as work:
            work.bars.keep(builtin())
            work.exchange.take(workspace, map(intake.take, self._records(size)))
            work.commit()

    def _records(self, size: int) -> list[dict[str, Any]]:
        while len(self._made) < size:
            self._made = list(reports(size))
        return self._made[:size]

    def settle(self) -> None:
        """What a database does by itself in the minutes after it grew by much."""
        refresh_statistics(self._engine)

    def bytes_of_search(self) -> int:
        """What the search's tables take, indexes and all."""
        with self._engine.connect() as connection:
            if self._engine.dialect.name == "postgresql":
                sizes = (
                    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
                    "WHERE relkind = 'r' AND relname LIKE 'search_%'"
                )
            else:
                sizes = "SELECT sum(pgsize) FROM dbstat WHERE aggregate = 1 AND name LIKE '%search_%'"
            return int(connection.execute(text(sizes)).scalar_one())

    def fold_ms(self) -> float:
        """The longest of ten folds, each of as many filed reports as lie loose at most. Nothing of it is kept."""
        intake, took = Intake(builtin(), "T1", NOW), []
        with begin(self._engine, writes=True) as transaction:
            kept, index = IndexedReports(transaction), SqlIndex(transaction)
            for at in range(10):
                for record in self._records(2000)[at * LOOSE_MAX :][:LOOSE_MAX]:
                    kept.add(intake.take(record | {"key": f"fold {at} {record['key']}", "restricted": False}).report)
                began = time.perf_counter()
                index.fold_loose("T1", hidden=False, at_most=LOOSE_MAX)
                took.append(time.perf_counter() - began)
        return 1000 * max(took)

    def ask(self, viewer: Viewer, asked: list[str]) -> _Measured:
        """Ask each question twice and count the second time: what is measured is the search, not a cold cache."""
        walls, cpus, found = [], [], 0
        for question in asked:
            for _ in range(2):
                began, ticked = time.perf_counter(), time.thread_time()
                with self._place.read() as work:
                    hits = work.history.similar(viewer, question, 3)
                wall, cpu = time.perf_counter() - began, time.thread_time() - ticked
            walls.append(wall)
            cpus.append(cpu)
            found += bool(hits) and question.startswith(hits[0].title)
        titled = sum("\n" in question for question in asked)
        return _Measured(sorted(walls), sorted(cpus), found / max(1, titled))


def _import_here(arguments: list[str]) -> int:
    """Run `mlbug import`, and print what it took: see `_Import.run`."""
    status = main(arguments)
    mine, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    peak = (mine.ru_maxrss + others.ru_maxrss) / unit
    sys.stdout.write(f"{mine.ru_utime + mine.ru_stime} {others.ru_utime + others.ru_stime} {peak}\n")
    return status


if __name__ == "__main__":
    sys.exit(_import_here(sys.argv[1:]))
