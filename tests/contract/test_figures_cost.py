"""What the figures read depends on the window and on what is open, never on the history before: counted, not timed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from told import Told, keep

from db.figures import SqlLedger
from db.transaction import begin
from db.upkeep import refresh_statistics
from db.work import SqlWorkPlace
from triage.access import Role, Viewer
from triage.figures import Audience, Channel
from triage.reports import Event, EventKind, State
from triage.weeks import Week, Window, period_window, week_window

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SHORT, LONG = 300, 3_000  # closed reports from years before
WINDOWS = {"week": week_window(Week(2026, 47), "UTC", NOW), "quarter": period_window("90d", "UTC", NOW)}
AUDIENCES = {
    "channel": Channel("T1"),
    "member": Viewer("T1", "U7"),
    "triager": Viewer("T1", "U3", Role.TRIAGER),
}
COPIED = """
WITH RECURSIVE times(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM times WHERE n < :times)
INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, times WHERE workspace = 'T1' AND {number} = 1
"""


def life(filed: datetime, *, closed: bool) -> Told:
    """A report with everything that figures look for in its events."""
    hours = [filed + timedelta(hours=n) for n in range(9)]
    linked = Event(EventKind.LINKED, hours[2], "U3", now="ML-1")
    talk = (
        Event(EventKind.ACCEPTED, hours[1], "U3"),
        linked,
        Event(EventKind.UNLINKED, hours[3], "U3"),
        Event(EventKind.ASKED, hours[4], "U3"),
        Event(EventKind.ANSWERED, hours[5], "U1"),
        Event(EventKind.OVERRIDDEN, hours[6], "U3", data={"rule": "DP-C1"}),
    )
    state = State.FIXED if closed else State.ACCEPTED
    return Told(filed, state=state, closed_at=hours[8] if closed else None, due_at=hours[7], system="api", events=talk)


def lengthen(engine: Engine, times: int) -> None:
    """Copy the first report, with its events, so many times."""
    with engine.begin() as connection:
        newest = connection.execute(text("SELECT MAX(number) FROM reports WHERE workspace = 'T1'")).scalar_one()
        for table, number in (("reports", "number"), ("events", "report")):
            names = list(connection.execute(text(f"SELECT * FROM {table} WHERE 1 = 0")).keys())  # noqa: S608 - ours
            new = {number: f"{newest} + n", "draft": f"draft || '-' || ({newest} + n)"}
            copied = COPIED.format(
                table=table,
                columns=", ".join(f'"{name}"' for name in names),
                values=", ".join(new.get(name, f'"{name}"') for name in names),
                number=number,
            )
            connection.execute(text(copied), {"times": times})
    refresh_statistics(engine)  # as after an import


@contextmanager
def steps(engine: Engine) -> Iterator[list[int]]:
    """What SQLite does, in hundreds of steps of its machine."""
    done = [0]

    def count() -> int:
        done[0] += 1
        return 0

    def hand_out(connection: Any, *_others: object) -> None:
        connection.set_progress_handler(count, 100)

    engine.dispose()  # so that what is counted is done on a connection that counts
    event.listen(engine, "checkout", hand_out)
    yield done
    event.remove(engine, "checkout", hand_out)
    engine.dispose()


def sqlite_work(engine: Engine, look: Callable[[], object]) -> int:
    with steps(engine) as done:
        look()
    return done[0]


def postgres_work(engine: Engine, look: Callable[[], object]) -> int:
    """Pages touched, by running each statement again under EXPLAIN."""
    seen: list[tuple[str, Any]] = []

    def keep_it(_connection: object, _cursor: object, statement: str, parameters: object, *_others: object) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep_it)
    look()
    event.remove(engine, "before_cursor_execute", keep_it)
    pages = 0
    with begin(engine, writes=False) as transaction:
        for statement, parameters in seen:
            explained = transaction._connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters
            )
            plan = explained.scalar_one()[0]["Plan"]
            pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            transaction._connection.exec_driver_sql(statement, parameters)  # the first says how to plan the others
    return pages


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
@pytest.mark.parametrize("audience", AUDIENCES.values(), ids=AUDIENCES)
def test_ten_times_the_history_is_the_same_work(engine: Engine, window: Window, audience: Audience) -> None:
    old = life(datetime(2021, 3, 1, tzinfo=UTC), closed=True)
    recent = [life(NOW - timedelta(days=n), closed=n % 2 == 0) for n in range(1, 80)]
    keep(SqlWorkPlace(engine), "T1", [old, *recent])
    measure = sqlite_work if engine.dialect.name == "sqlite" else postgres_work

    def look() -> object:
        return SqlLedger(engine).records(audience, window, 10)

    lengthen(engine, SHORT)
    before = measure(engine, look)
    lengthen(engine, LONG)
    after = measure(engine, look)

    assert before > 0
    assert after < 2 * before  # the trees are a little higher
