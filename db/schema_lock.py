"""The lock that migrating processes queue on."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Engine

from db.connections import BEGIN
from triage.errors import Unavailable

WAIT_S = 120
LOOK_EVERY_S = 0.1
TOO_LONG = "Another process is changing the database's schema and has not finished. Wait for it, then start again."
_KEY = 0x6D6C627567  # "mlbug"


def hold_schema(engine: Engine) -> AbstractContextManager[Connection]:
    """A connection for migrations, while no other process migrates. Raises `Unavailable` where one does for too long."""
    return _hold_postgres(engine) if engine.dialect.name == "postgresql" else _hold_sqlite(engine)


@contextmanager
def _hold_postgres(engine: Engine) -> Iterator[Connection]:
    # The lock belongs to a session of its own, so that a migration may commit in between (CREATE INDEX CONCURRENTLY). That
    # statement waits for every older one to end: who waits for the lock must ask again and again, or the two would wait for
    # each other.
    with engine.connect() as session, engine.connect() as connection:
        guard = session.execution_options(isolation_level="AUTOCOMMIT")
        try:
            guard.exec_driver_sql("SET idle_session_timeout = 0")
            until = time.monotonic() + WAIT_S
            while not guard.exec_driver_sql(f"SELECT pg_try_advisory_lock({_KEY})").scalar_one():
                if time.monotonic() > until:
                    raise Unavailable(TOO_LONG)
                time.sleep(LOOK_EVERY_S)
            yield connection
        finally:
            session.invalidate()  # ends the sessions, and with them the lock and the time-outs that were set
            connection.invalidate()


@contextmanager
def _hold_sqlite(engine: Engine) -> Iterator[Connection]:
    # One transaction for all of it. A table is changed by copying it, for which the keys must be off; they are checked instead.
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - for the type checker; a checked-out connection has one
        driver.execute(f"PRAGMA busy_timeout={WAIT_S * 1000}")
        driver.execute("PRAGMA foreign_keys=OFF")
        writer = connection.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        try:
            writer.begin()
            yield writer
            if writer.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise RuntimeError("The migration left rows that point at nothing; everything was rolled back.")
            writer.commit()
        finally:
            writer.invalidate()
