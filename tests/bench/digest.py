"""The digest of a workspace with a long history, and reports of 90 days: time, queries and memory, and how they grow.

`python -m tests.bench --only digest`. Every week has the same number of reports, so that a history ten times as long has
ten times as many weeks (ten thousand are not three weeks). Filled by the database itself: reports and events, without the
verdicts, which no figure reads.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import event, text

from bot.render import digest as rendered
from db import schema
from db.engine import make_engine
from db.figures import SqlLedger
from tests.bench.postgres import postgres_url
from tests.bench.table import Row
from triage.access import Role, Viewer
from triage.digest import Overview, Posting
from triage.figures import Audience, Channel
from triage.weeks import Week, period_window
from triage.workspace import WorkspaceSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
A_WEEK = 3846  # a million in five years
OLD_OPEN = 300  # of older reports one in so many is still open
STATEMENT_S = 1200.0

REPORTS = """
INSERT INTO reports (workspace, number, version, draft, title, description, system, system_folded, reporter, created_at,
  state, restricted, source, verdict, severity, severity_low, override, effective, urgency, threat, rule, outcome, route,
  owner, due_at, closed_at, accepted_at)
SELECT workspace, n, 1, 'd' || n, 'Case ' || n, :words, 'System ' || (n % 40), 'system ' || (n % 40),
  'U' || (n % 500), created_at, CASE WHEN is_open THEN CASE WHEN n % 10 < 7 AND {accepted} < {now} THEN 'accepted' ELSE 'new' END
    ELSE CASE WHEN n % 10 < 6 THEN 'fixed' WHEN n % 10 < 8 THEN 'declined' ELSE 'duplicate' END END,
  n % 50 = 0, '', 1, severity, CASE WHEN n % 4 = 0 THEN 'Low' ELSE severity END,
  CASE WHEN n % 20 = 0 THEN 'Moderate' END, CASE WHEN n % 20 = 0 THEN 'Moderate' ELSE severity END, 'P2',
  CASE WHEN n % 2 = 0 THEN 'data_poisoning' ELSE 'model_stealing' END, 'R' || (n % 25), 'in_bar', NULL,
  CASE WHEN is_open AND n % 3 > 0 THEN 'U' || (n % 30) END, CASE WHEN n % 3 > 0 THEN {due} END,
  CASE WHEN NOT is_open THEN {closed} END, CASE WHEN n % 10 < 7 AND {accepted} < {now} THEN {accepted} END
FROM (SELECT 'T1' AS workspace, n, {created} AS created_at,
  (n > :size - 6 * :week AND n % 10 < 3) OR n % :old = 0 OR {closed} >= {now} AS is_open,
  CASE n % 7 WHEN 0 THEN 'Critical' WHEN 1 THEN 'Important' WHEN 2 THEN 'Important' WHEN 3 THEN 'Moderate' ELSE 'Low' END
    AS severity FROM {numbers}) AS made
"""
EVENTS = """
INSERT INTO events (workspace, report, seq, kind, at, actor, was, now, reason, data)
SELECT 'T1', n, {seq}, '{kind}', {at}, 'U3', '', {told}, '', '{data}' FROM {numbers} WHERE ({which}) AND {at} < {now}
"""
WORDS = "Anybody can label the training data of the spam filter, and whoever labels most decides what is spam. " * 5
KINDS = (  # seq, kind, hours after filing, what it says, data, of which reports
    (1, "filed", 0, "'Low'", "{}", "1 = 1"),
    (2, "accepted", 20, "'accepted'", "{}", "n % 10 < 7"),
    (3, "overridden", 30, "'Moderate'", '{"rule":"R1"}', "n % 20 = 0"),
    (4, "asked", 40, "''", "{}", "n % 12 = 0"),
    (5, "answered", 60, "'Low'", "{}", "n % 12 = 0 AND n % 5 > 0"),
    (6, "linked", 70, "'ML-' || (1 + n % 3000)", "{}", "n % 10 >= 8"),
    (
        7,
        "closed",
        24 * 9,
        "'fixed'",
        "{}",
        "n % 10 < 8 AND n % :old > 0 AND NOT (n > :size - 6 * :week AND n % 10 < 3)",
    ),
)


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures of both databases; PostgreSQL's where there is one."""
    sizes = (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            yield from _figures(f"sqlite:///{Path(folder) / f'{size}.db'}", "SQLite", size)
    for size in sizes:
        with postgres_url() as url:
            if url:
                yield from _figures(url, "PostgreSQL", size)


def _figures(url: str, name: str, size: int) -> Iterator[Row]:
    engine = make_engine(url, statement_s=STATEMENT_S)
    try:
        schema.upgrade(engine)
        began = time.perf_counter()
        fill(engine, size)
        sys.stderr.write(f"{name}, {size:,} reports: filled in {time.perf_counter() - began:.0f} s\n")
        overview = Overview(SqlLedger(engine), lambda _: WorkspaceSettings(), lambda: NOW)
        posting = Posting("T1", "C1", Week(2026, 47), "UTC", NOW)
        seconds, cpu, queries, peak = _measured(engine, lambda: rendered.message(overview.posted(posting), charts=True))
        note = f"{cpu:.2f} s of this process, {queries} queries, {peak / 1e6:.1f} MB"
        big = size >= 1_000_000
        yield Row(
            f"{name}: digest of one week among {size:,} reports", seconds, "s", 1.0 if big else None, 0.3, note=note
        )
        audiences: tuple[tuple[str, Audience], ...] = (
            ("a channel", Channel("T1")),
            ("a member", Viewer("T1", "U7")),
            ("a triager", Viewer("T1", "U3", Role.TRIAGER)),
        )
        window = period_window("90d", "UTC", NOW)
        for who, audience in audiences:
            took, cpu, _, peak = _measured(engine, lambda asker=audience: SqlLedger(engine).records(asker, window, 50))  # type: ignore[misc]
            yield Row(
                f"{name}: report of 90 days among {size:,}, for {who}",
                took,
                "s",
                2.0 if big else None,
                1.0,
                note=f"{cpu:.2f} s of this process, {peak / 1e6:.1f} MB",
            )
    finally:
        engine.dispose()


def fill(engine: Engine, size: int) -> None:
    """Make the history, the newest report a second ago."""
    postgres = engine.dialect.name == "postgresql"
    numbers = (
        "generate_series(1, :size) AS numbers(n)"
        if postgres
        else "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :size) SELECT n FROM numbers)"
    )
    step = timedelta(weeks=1).total_seconds() / A_WEEK

    now = "CAST(:now AS timestamptz)" if postgres else "strftime('%Y-%m-%d %H:%M:%f000', :now)"

    def at(hours: float) -> str:
        if postgres:
            return f"CAST(:now AS timestamptz) - (:size - n) * interval '{step} seconds' + interval '{hours} hours'"
        return f"strftime('%Y-%m-%d %H:%M:%f000', :now, '-' || ((:size - n) * {step}) || ' seconds', '+{hours} hours')"

    values = {
        "size": size,
        "week": A_WEEK,
        "old": OLD_OPEN,
        "words": WORDS,
        "now": f"{NOW:%Y-%m-%d %H:%M:%S}" + ("+00" if postgres else ""),
    }
    with engine.begin() as connection:
        moments = {"created": at(0), "accepted": at(20), "closed": at(24 * 9), "due": at(24 * 20), "now": now}
        filled = REPORTS.format(numbers=numbers, **moments)
        connection.execute(text(filled), _used(filled, values))
        for seq, kind, hours, told, data, which in KINDS:
            json = data.replace(":", r"\:")
            happened = EVENTS.format(
                seq=seq, kind=kind, at=at(hours), told=told, data=json, numbers=numbers, which=which, now=now
            )
            connection.execute(text(happened), _used(happened, values))
    if postgres:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE reports"))
            connection.execute(text("VACUUM ANALYZE events"))


def _used(statement: str, values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if f":{name}" in statement}


def _measured(engine: Engine, work: object) -> tuple[float, float, int, int]:
    """Seconds of the best of five, on the wall and of this thread; queries of one; the most memory Python took, in bytes."""
    assert callable(work)
    work()
    with _counted(engine) as queries:
        work()
    best = cpu = float("inf")
    for _ in range(5):
        began, began_cpu = time.perf_counter(), time.thread_time()
        work()
        best, cpu = min(best, time.perf_counter() - began), min(cpu, time.thread_time() - began_cpu)
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return best, cpu, len(queries), peak


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", look)
