"""One transaction: begun to read or to write, never both, and over once committed or once anything in it failed."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Dialect, Engine, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from db.connections import Ready
from db.engine import CONNECTIONS, WRITERS_TURN
from db.faults import OUT_OF_REACH, OUTCOME_UNKNOWN, telling
from db.prepared import Bound, Prepared, PreparedQuery, Row, run_together
from triage.errors import Unavailable

Insert = postgresql.Insert | sqlite.Insert
READ_ONLY = "This work was begun with read(); begin it with write()."
Rows = Sequence[tuple[Any, ...]]
Given = TypeVar("Given")
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Transaction:
    """A connection inside a transaction. After an error nothing can be kept: leave it, and begin another."""

    def __init__(self, ready: Ready, *, writes: bool, until: float = math.inf) -> None:
        """`until`: no lock is waited for past this moment, by `time.monotonic`."""
        self._ready = ready
        self._connection = ready.connection
        self._until = until if writes and ready.dialect.name == "postgresql" else math.inf  # SQLite has one, and has it
        self._writes = writes
        self._over = ""
        self._waiting: list[Bound] = []

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    @property
    def driver(self) -> Dialect:
        """How the driver takes values."""
        return self._connection.dialect

    def read(self, statement: Executable, values: Values | None = None) -> CursorResult[Any]:
        """Run a query."""
        self._must_go_on()
        try:
            self._hurry()
            self._send()
            return self._connection.execute(statement, values)
        except BaseException:
            self._over = "It failed"
            raise

    def write(self, statement: Executable, values: Values | None = None) -> CursorResult[Any]:
        """Run a statement that writes or locks. Raises `RuntimeError` where the transaction was begun to read."""
        if not self._writes:
            raise RuntimeError(READ_ONLY)
        return self.read(statement, values)

    def fetch(self, query: PreparedQuery, values: Row, *, locks: bool = False) -> list[tuple[Any, ...]]:
        """Run a prepared query, one that `locks` in a transaction that writes only; the rows, converted."""
        if locks and not self._writes:
            raise RuntimeError(READ_ONLY)
        self._must_go_on()
        try:
            self._hurry()
            self._send()
            return query.rows(self._ready, values)
        except BaseException:
            self._over = "It failed"
            raise

    def put(self, statement: Prepared, rows: Row | Sequence[Row]) -> None:
        """Run a prepared statement that writes, for a row or for each of several."""
        self._run(statement.run, rows)

    def put_soon(self, statement: Prepared, rows: Row | Sequence[Row]) -> None:
        """As `put`, at once or together with what follows: at the latest with `settle`, the next query or the commit.

        What the database says against it is raised there. PostgreSQL is asked once for all of them.
        """
        if self.dialect != "postgresql":
            self.put(statement, rows)
            return
        self._may_write()
        try:
            self._waiting.append(statement.bound(self.driver, rows))
        except BaseException:
            self._over = "It failed"
            raise

    def settle(self) -> None:
        """Let everything that was put soon be done now."""
        self._run(lambda _ready, _: None, None)

    def put_returning(self, statement: Prepared, row: Row) -> Any:
        """Run a prepared statement that writes a row; the value that it gives back."""
        return self._run(statement.returning, row)

    def put_bound(self, statement: Prepared, rows: Rows) -> None:
        """Run a prepared statement that writes for each of many rows as the driver takes them."""
        self._many(statement.run_bound, rows)

    def pour(self, statement: Prepared, rows: Rows) -> None:
        """Insert many rows whose keys are new, as the driver takes them, in the quickest way of the database."""
        self._many(statement.pour, rows)

    def _many(self, run: Callable[[Ready, Rows], object], rows: Rows) -> None:
        if rows:
            self._run(run, rows)

    def _run(self, run: Callable[[Ready, Any], Given], values: Any) -> Given:
        self._may_write()
        try:
            self._hurry()
            self._send()
            return run(self._ready, values)
        except BaseException:
            self._over = "It failed"
            raise

    def _send(self, *, commits: bool = False) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            run_together(self._ready, waiting, commits=commits)

    def commit(self) -> None:
        """Keep what was written. Raises `Unavailable` where nobody can say whether it was kept."""
        self._must_go_on()
        self._over = "It is committed"
        try:
            if self._waiting:
                self._hurry()
                self._send(commits=True)
            else:
                with telling(self._connection):
                    self._ready.driver.commit()
            self._ready.is_committed = True
        except Unavailable as lost:
            raise Unavailable(OUTCOME_UNKNOWN) from lost
        except BaseException:
            self._over = "It failed"
            raise

    def fail(self) -> None:
        """Let nothing of it be kept."""
        self._over = "It failed"

    def _may_write(self) -> None:
        if not self._writes:
            raise RuntimeError(READ_ONLY)
        self._must_go_on()

    def _must_go_on(self) -> None:
        if self._over:
            raise RuntimeError(f"This work is over. {self._over}: leave it and begin another.")

    def _hurry(self) -> None:
        """Let what was waited for one lock be missing from the patience for the next."""
        if self._until != math.inf:
            with telling(self._connection):
                self._ready.wait_no_longer_than(self._until - time.monotonic())


@contextmanager
def begin(engine: Engine, *, writes: bool, within_s: float = math.inf) -> Iterator[Transaction]:
    """Begin a transaction and roll it back unless it was committed. Raises `Unavailable`.

    On SQLite a writer holds the one write lock from here on and a reader sees a snapshot and waits for no one; the
    writers of this process wait for one another in a queue, because SQLite itself only polls. No lock is waited for longer
    than the engine says, and all of them together no longer than `within_s`.
    """
    options = engine.get_execution_options()
    connections, queue = options[CONNECTIONS], options.get(WRITERS_TURN)
    until = time.monotonic() + within_s
    with _turn(queue, within_s) if writes and queue else nullcontext():
        ready = connections.begun(engine, writes=writes, within_s=until - time.monotonic() if writes else math.inf)
        try:
            yield Transaction(ready, writes=writes, until=until)
        finally:
            connections.end(ready)


def insert_for(dialect: str, table: Table) -> Insert:
    """An insert that knows ON CONFLICT."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@contextmanager
def _turn(queue: tuple[threading.Lock, float], within_s: float) -> Iterator[None]:
    turn, wait_s = queue
    # Half of the time: the other half is for the lock of the file itself.
    if not turn.acquire(timeout=max(0.0, min(wait_s, within_s / 2))):
        raise Unavailable(OUT_OF_REACH)
    try:
        yield
    finally:
        turn.release()
