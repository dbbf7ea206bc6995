"""Connections that are ready: kept between transactions, so that to begin one is a single statement.

SQLAlchemy's pool asks a server before each use whether it is still there, sets the isolation, begins, and tidies up afterwards:
more than a third of a small transaction's time here. A connection of ours stays with SQLAlchemy for the conversion of
statements and results, but transactions on it are begun and ended by statements of our own.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Engine

from db.faults import OUT_OF_REACH, is_lost, told
from triage.errors import Unavailable

BEGIN = "mlbug_begin"  # execution option: how SQLAlchemy itself begins on SQLite; nothing where we do

A_MOMENT_S = 0.1

_BEGINNINGS = {
    ("sqlite", True): "BEGIN IMMEDIATE",
    ("sqlite", False): "BEGIN",
    ("postgresql", True): "BEGIN",
    ("postgresql", False): "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


@dataclass(slots=True)
class Ready:
    """A connection that is kept, its driver's own connection, and when it was made, by `time.monotonic`."""

    connection: Connection
    driver: Any
    dialect: Dialect
    made_at: float
    usual_wait_s: float  # for a lock of the database
    wait_s: float = 0.0  # in the transaction at hand
    is_committed: bool = False

    def wait_no_longer_than(self, within_s: float) -> None:
        """Let no lock be waited for longer than that from here on, on PostgreSQL. Raises the driver's errors."""
        within_s = max(0.0, within_s)
        if within_s < self.wait_s - A_MOMENT_S:  # rarely: something took its time
            self.wait_s = within_s
            self.driver.execute(f"SET LOCAL lock_timeout = {_ms(within_s)}")


class Connections:
    """At most `most` at once; who finds none waits up to `wait_s`. `kept` of them stay open while nobody uses them.

    None is used for longer than `keep_s`. A transaction waits for a lock of the database up to `lock_wait_s`.
    """

    def __init__(self, *, most: int, kept: int, wait_s: float, keep_s: float, lock_wait_s: float) -> None:
        self._room = threading.BoundedSemaphore(most)
        self._kept = kept
        self._wait_s = wait_s
        self._keep_s = keep_s
        self._lock_wait_s = lock_wait_s
        # The one used last is used next: its statements are prepared, and its pages still true.
        self._idle: list[Ready] = []

    def begun(self, engine: Engine, *, writes: bool, within_s: float) -> Ready:
        """A connection in a new transaction, to be given to `end`. Raises `Unavailable`.

        All that is waited for, a connection and locks, is waited for up to `within_s`.
        """
        until = time.monotonic() + within_s
        if not self._room.acquire(timeout=max(0.0, min(self._wait_s, within_s))):
            raise Unavailable(OUT_OF_REACH)
        try:
            return self._begun(engine, _BEGINNINGS[engine.dialect.name, writes], until - time.monotonic())
        except BaseException:
            self._room.release()
            raise

    def end(self, ready: Ready) -> None:
        """Roll back what was not committed, and keep the connection."""
        try:
            self._tidy(ready)
        finally:
            self._room.release()

    def close_idle(self) -> None:
        """Close those that nobody uses."""
        while (ready := self._popped()) is not None:
            _close(ready)

    def _begun(self, engine: Engine, beginning: str, within_s: float) -> Ready:
        ready = self._idle_one()
        if ready is not None:
            try:
                self._begin(ready, beginning, within_s)
            except Exception as error:
                if not is_lost(error, ready.connection):
                    raise self._refused(ready, error) from error
                # Nothing was done on it yet. What a server dropped it dropped together: the others are as stale.
                _close(ready)
                self.close_idle()
            else:
                return ready
        ready = _made(engine, self._lock_wait_s)
        try:
            self._begin(ready, beginning, within_s)
        except Exception as error:
            raise self._refused(ready, error) from error
        return ready

    def _idle_one(self) -> Ready | None:
        while (ready := self._popped()) is not None:
            if time.monotonic() - ready.made_at < self._keep_s:
                return ready
            _close(ready)
        return None

    def _popped(self) -> Ready | None:
        try:
            return self._idle.pop()
        except IndexError:  # asked for without a look before: another thread may be quicker
            return None

    def _begin(self, ready: Ready, beginning: str, within_s: float) -> None:
        ready.wait_s = min(within_s, self._lock_wait_s)
        if within_s >= self._lock_wait_s:  # nearly always
            ready.driver.execute(beginning)
        elif ready.dialect.name == "postgresql":
            ready.driver.execute(f"{beginning}; SET LOCAL lock_timeout = {_ms(within_s)}")
        else:
            ready.driver.execute(f"PRAGMA busy_timeout = {_ms(within_s)}")
            ready.driver.execute(beginning)

    def _refused(self, ready: Ready, error: Exception) -> Exception:
        fault = told(error, ready.connection)
        self._tidy(ready)
        return fault

    def _tidy(self, ready: Ready) -> None:
        connection = ready.connection
        if connection.invalidated:
            _close(ready)
            self.close_idle()
            return
        try:
            # SQLAlchemy is in one from its first statement on; where we committed it asks nobody.
            if connection.in_transaction():
                connection.rollback()
            elif not ready.is_committed:
                ready.driver.rollback()
            ready.is_committed = False
            if ready.wait_s < ready.usual_wait_s and ready.dialect.name == "sqlite":
                ready.driver.execute(f"PRAGMA busy_timeout = {_ms(ready.usual_wait_s)}")
        except Exception:  # noqa: BLE001  # whatever it was: the database keeps nothing of it, and nobody uses it again
            _close(ready)
            return
        if len(self._idle) < self._kept:  # two at once may keep one too many
            self._idle.append(ready)
        else:
            _close(ready)


def _made(engine: Engine, lock_wait_s: float) -> Ready:
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        # To SQLAlchemy and the driver every statement stands alone; the server knows better.
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    else:
        connection = connection.execution_options(**{BEGIN: ""})
    return Ready(connection, connection.connection.driver_connection, engine.dialect, time.monotonic(), lock_wait_s)


def _ms(seconds: float) -> int:
    return max(1, int(1000 * seconds))


def _close(ready: Ready) -> None:
    ready.connection.invalidate()
    ready.connection.close()
