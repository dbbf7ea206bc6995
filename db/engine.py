"""Engines for both databases, set up so that a confirmed report survives and nobody waits for long."""

import sqlite3
import threading
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from db.connections import BEGIN, Connections
from db.faults import out_of_reach, without_the_row

LOCK_WAIT_S = 2.5  # Slack waits 3 s for an answer: whoever waits longer for a lock is told to try again
STATEMENT_S = 15.0
CONNECT_S = 2  # the shortest that libpq knows
KEPT = 8  # connections that stay open; as many again in a rush
RECYCLE_S = 1800
CACHE_KIB = 512  # of a SQLite file's pages, kept by each connection

# Execution options of ours: the lock on which this process's SQLite writers queue, and how long; what keeps the connections.
WRITERS_TURN = "mlbug_writers_turn"
CONNECTIONS = "mlbug_connections"

_POSTGRES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
_SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})


def make_engine(url: str, *, lock_wait_s: float = LOCK_WAIT_S, statement_s: float = STATEMENT_S) -> Engine:
    """Return an engine for a `DATABASE_URL`; nothing is connected yet.

    `lock_wait_s` bounds every wait for a lock and for a connection, `statement_s` every statement on PostgreSQL.
    Raises `ValueError`, without the URL (it may hold a password), where the URL is none of ours.
    """
    scheme, separator, rest = url.strip().partition("://")
    if separator and scheme in _POSTGRES:
        engine = _postgres(f"postgresql+psycopg://{rest}", lock_wait_s, statement_s)
    elif separator and scheme in _SQLITE:
        engine = _sqlite(f"sqlite://{rest}", lock_wait_s)
    else:
        raise ValueError(
            "DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://, such as sqlite:///mlbug.db "
            "or postgresql://user:password@host/database."
        )
    event.listen(engine, "handle_error", _tell)
    event.listen(engine, "engine_disposed", _close_idle)
    return engine


def _sqlite(url: str, lock_wait_s: float) -> Engine:
    if make_url(url).database in {None, "", ":memory:"}:
        raise ValueError("DATABASE_URL must name a file for SQLite, such as sqlite:///mlbug.db.")
    engine = create_engine(
        url,
        # A writer may wait for its turn in this process and then for another process: the two share the bound.
        connect_args={"timeout": lock_wait_s / 2},
        hide_parameters=True,
        **_POOL,
        execution_options={
            WRITERS_TURN: (threading.Lock(), lock_wait_s / 2),
            CONNECTIONS: _connections(lock_wait_s, lock_wait_s / 2),
        },
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: it would defer the lock and leave reads outside. It has no
    # `autocommit` attribute before Python 3.12, so this is the way that works on all versions.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        # Without recursive triggers INSERT OR REPLACE would go around those that keep the history append-only.
        _into_wal(cursor)
        # The system keeps the file's pages, too: more of them in each connection made no search quicker, and a process that
        # grew with its connections.
        settings = ("synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", f"cache_size=-{CACHE_KIB}")
        for setting in settings:
            cursor.execute(f"PRAGMA {setting}")
    finally:
        cursor.close()


def _into_wal(cursor: DBAPICursor) -> None:
    """Switch the file to WAL, once in its life. Of several that do it at once SQLite sends the others away without waiting."""
    until = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as failed:
            if failed.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    if beginning := connection.get_execution_options().get(BEGIN, "BEGIN"):
        connection.exec_driver_sql(beginning)


def _postgres(url: str, lock_wait_s: float, statement_s: float) -> Engine:
    settings = {
        "lock_timeout": lock_wait_s,
        "statement_timeout": statement_s,
        "idle_in_transaction_session_timeout": 2 * statement_s,
    }
    connect_args: dict[str, Any] = {
        "connect_timeout": CONNECT_S,
        "application_name": "mlbug",
        "options": " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in settings.items()),
        # A server that vanished is noticed in about 20 s, not in the two hours of TCP's own.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 20_000,
    }
    given = make_url(url).query
    return create_engine(
        url,
        connect_args={name: value for name, value in connect_args.items() if name not in given},
        hide_parameters=True,
        **_POOL,
        pool_recycle=RECYCLE_S,
        execution_options={CONNECTIONS: _connections(lock_wait_s, lock_wait_s)},
        pool_pre_ping=True,
    )


# How many there may be is the connections' own count; the pool has what they gave back, and whoever asks the engine itself.
_POOL: dict[str, Any] = {"pool_size": 1, "max_overflow": -1}


def _connections(wait_s: float, lock_wait_s: float) -> Connections:
    return Connections(most=2 * KEPT, kept=KEPT, wait_s=wait_s, keep_s=RECYCLE_S, lock_wait_s=lock_wait_s)


def _close_idle(engine: Engine) -> None:
    engine.get_execution_options()[CONNECTIONS].close_idle()


def _tell(context: ExceptionContext) -> None:
    """Raise what callers know instead of the driver's error, and let no row's content into any message."""
    if context.is_pre_ping:
        return  # the pool asks whether a connection is alive, and makes another where it is not
    error = context.original_exception
    if without_the_row(error) and error is not None and context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = error.args
    unavailable = out_of_reach(error)
    if unavailable is not None:
        raise unavailable from error
    if isinstance(error, ValueError):
        raise error  # a column type's: what was given does not fit
