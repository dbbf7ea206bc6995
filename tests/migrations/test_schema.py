"""How the program treats the schema: brought to the newest once, refused where it is another release's."""

import stat
from collections.abc import Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from databases import opened
from records import TRIAGER, a_report, file
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from threads import at_once

from db import schema
from db.work import SqlWorkPlace


@pytest.fixture
def blank(blank_url: str) -> Engine:
    with opened(blank_url) as engine:
        yield engine


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_an_empty_database_is_brought_to_head(blank: Engine) -> None:
    assert schema.current_and_head(blank)[0] is None

    head = schema.upgrade(blank)

    assert schema.current_and_head(blank) == (head, head)
    schema.check(blank)


def test_the_revisions_are_what_alembic_knows_one_after_the_other() -> None:
    with as_file(files("migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.set_main_option("path_separator", "os")
        scripts = ScriptDirectory.from_config(config)
        known = [script.revision for script in scripts.walk_revisions()]

    assert schema.revisions() == known[::-1]


def test_asking_for_the_schema_makes_no_file(blank_sqlite_url: str) -> None:
    with opened(blank_sqlite_url) as engine:
        with pytest.raises(schema.SchemaMismatch, match="is empty"):
            schema.check(engine)

        assert not Path(str(engine.url.database)).exists()


def test_upgrading_again_changes_nothing(blank: Engine) -> None:
    head = schema.upgrade(blank)
    filed = file(SqlWorkPlace(blank), a_report())

    assert schema.upgrade(blank) == head

    with SqlWorkPlace(blank).read() as work:
        assert work.reports.get(TRIAGER, 1) == filed


def test_many_processes_may_start_at_once(blank_url: str) -> None:
    def start(_: int) -> str:
        with opened(blank_url) as engine:
            return schema.upgrade(engine)

    heads = at_once(6, start)

    assert len(set(heads)) == 1
    with opened(blank_url) as engine:
        schema.check(engine)


def test_an_empty_database_is_refused_with_what_to_do(blank: Engine) -> None:
    with pytest.raises(
        schema.SchemaMismatch, match=r"The database is empty; this release needs \d+. Run `mlbug migrate`"
    ):
        schema.check(blank)


@pytest.fixture
def stated(engine: Engine) -> Iterator[Callable[[str], None]]:
    """Says that the database is at another revision, and takes it back: others use the same database."""
    _, head = schema.current_and_head(engine)

    def state(revision: str) -> None:
        run(engine, "DELETE FROM alembic_version")
        if revision:
            run(engine, f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')")  # noqa: S608 - a test's own

    yield state
    state(head)


def test_an_older_schema_is_refused_with_what_to_do(engine: Engine, stated: Callable[[str], None]) -> None:
    stated("0001")

    with pytest.raises(schema.SchemaMismatch, match="Run `mlbug migrate`, then start again"):
        schema.check(engine)


def test_a_newer_schema_is_refused_with_what_to_do_and_left_alone(
    engine: Engine, stated: Callable[[str], None]
) -> None:
    stated("9999")
    before = tables(engine)

    for refuses in (schema.check, schema.upgrade):
        with pytest.raises(schema.SchemaMismatch, match="at revision 9999, which this release does not know"):
            refuses(engine)

    assert schema.current_and_head(engine)[0] == "9999"
    assert tables(engine) == before


def test_who_runs_works_on_when_a_newer_release_has_upgraded(engine: Engine, stated: Callable[[str], None]) -> None:
    stated("9999")

    schema.check_while_running(engine)


@pytest.mark.parametrize("older", ["0001", ""])
def test_who_runs_is_not_ready_on_an_older_schema(engine: Engine, stated: Callable[[str], None], older: str) -> None:
    stated(older)

    with pytest.raises(schema.SchemaMismatch, match="Run `mlbug migrate`"):
        schema.check_while_running(engine)


def test_a_step_that_fails_leaves_nothing_behind(blank: Engine) -> None:
    run(blank, "CREATE TABLE outbox (mine INTEGER)")

    with pytest.raises(DBAPIError, match="exists"):
        schema.upgrade(blank)

    assert tables(blank) - {"alembic_version"} == {"outbox"}
    assert schema.current_and_head(blank)[0] is None
    run(blank, "DROP TABLE outbox")
    schema.upgrade(blank)
    schema.check(blank)


def test_after_a_migration_connections_are_as_they_were(blank: Engine) -> None:
    schema.upgrade(blank)

    with blank.connect() as connection:
        setting = "PRAGMA foreign_keys" if blank.dialect.name == "sqlite" else "SHOW lock_timeout"
        assert connection.execute(text(setting)).scalar_one() in {1, "2500ms"}


def test_the_file_is_nobody_elses_to_read(blank_sqlite_url: str) -> None:
    with opened(blank_sqlite_url) as engine:
        schema.upgrade(engine)
        file(SqlWorkPlace(engine), a_report())
        database = Path(blank_sqlite_url.removeprefix("sqlite:///"))

        files = sorted(database.parent.glob("blank.db*"))

        assert len(files) == 3  # with -wal and -shm
        assert {stat.S_IMODE(name.stat().st_mode) for name in files} == {0o600}


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        opened(f"sqlite:///{tmp_path / 'nowhere' / 'mlbug.db'}") as engine,
        pytest.raises(schema.SchemaMismatch, match=r"nowhere, which is no directory\. Create it first"),
    ):
        schema.upgrade(engine)
