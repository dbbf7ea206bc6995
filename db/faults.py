"""What went wrong in a database, told apart the same way for both."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, NoReturn

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from triage.errors import Unavailable

OUT_OF_REACH = "The history is out of reach just now. Nothing was changed; try again in a minute."
OUTCOME_UNKNOWN = "The history did not answer. Try again: what was kept already is not done twice."

# Primary result codes of SQLite that say "not now" or "not here". The others, such as a missing table, are faults of ours.
_SQLITE_OUT_OF_REACH = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
_PRIMARY = 0xFF  # the lowest byte of an extended result code


class Constraint(StrEnum):
    """The kind of rule that a write broke."""

    KEY = "primary key"
    UNIQUE = "unique"
    FOREIGN = "foreign"
    OTHER = "other"


def postgres_driver() -> Any:
    """The module `psycopg` where an engine has read it; None where there is none, and no error can be its."""
    return sys.modules.get("psycopg")


def out_of_reach(error: BaseException | None) -> Unavailable | None:
    """`Unavailable` for a driver's error that says that the store is out of reach, locked or full; None for any other."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        found = code is not None and code & _PRIMARY in _SQLITE_OUT_OF_REACH
    else:
        psycopg = postgres_driver()
        found = psycopg is not None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return Unavailable(OUT_OF_REACH) if found else None


def without_the_row(error: BaseException | None) -> bool:
    """Take from a driver's error what quotes a row: the server's detail. Whether there was any."""
    psycopg = postgres_driver()
    if not (psycopg and isinstance(error, psycopg.Error) and error.diag.message_primary):
        return False
    error.args = (error.diag.message_primary,)
    return True


def is_lost(error: Exception, connection: Connection) -> bool:
    """Whether a driver's error says that the connection is gone."""
    dialect = connection.dialect
    if not isinstance(error, dialect.loaded_dbapi.Error):
        return False
    return bool(dialect.is_disconnect(error, connection.connection.dbapi_connection, None))


def told(error: Exception, connection: Connection) -> Exception:
    """A driver's error as what callers know: `Unavailable`, or SQLAlchemy's, without any row's content. Others as they are."""
    dialect = connection.dialect
    driver = dialect.loaded_dbapi
    if not isinstance(error, driver.Error):
        return error
    if is_lost(error, connection):
        connection.invalidate(error)
    without_the_row(error)
    unavailable = out_of_reach(error)
    if unavailable is not None:
        return unavailable
    wrapped: Exception = DBAPIError.instance(None, None, error, driver.Error, hide_parameters=True, dialect=dialect)
    return wrapped


def raise_told(error: Exception, connection: Connection) -> NoReturn:
    """Raise a driver's error as `told` says."""
    fault = told(error, connection)
    if fault is error:
        raise error
    raise fault from error


@contextmanager
def telling(connection: Connection) -> Iterator[None]:
    """What the driver raises inside is raised as `told` says."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # raised again
        raise_told(error, connection)


def broken_constraint(error: IntegrityError) -> Constraint:
    """Which kind of constraint an `IntegrityError` is about."""
    origin = error.orig
    psycopg = postgres_driver()
    if psycopg and isinstance(origin, psycopg.errors.UniqueViolation):
        return Constraint.KEY if (origin.diag.constraint_name or "").startswith("pk_") else Constraint.UNIQUE
    if psycopg and isinstance(origin, psycopg.errors.ForeignKeyViolation):
        return Constraint.FOREIGN
    match getattr(origin, "sqlite_errorcode", None):
        case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
            return Constraint.KEY
        case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
            return Constraint.UNIQUE
        case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            return Constraint.FOREIGN
    return Constraint.OTHER
