"""Each step of the schema goes up and down, on both databases, and the tables are what the models say."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from databases import opened
from records import TRIAGER, WORKSPACE, a_draft, a_report, an_event, file
from sqlalchemy import inspect, text

from db import schema
from db.models import metadata
from db.work import SqlWorkPlace
from triage.ports import Errand

ROOT = Path(__file__).parents[2]
CONFIG = Config(ROOT / "alembic.ini")
STEPS = [step.revision for step in ScriptDirectory.from_config(CONFIG).walk_revisions()][::-1]
FIRST = STEPS[0]


@pytest.fixture
def alembic(blank_url: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Alembic as a developer runs it, on an empty database."""
    monkeypatch.setenv("DATABASE_URL", blank_url)
    return Config(ROOT / "alembic.ini")


def tables(url: str) -> set[str]:
    with opened(url) as engine:
        return set(inspect(engine).get_table_names())


def triggers(url: str) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if url.startswith("sqlite")
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with opened(url) as engine, engine.connect() as connection:
        return set(connection.execute(text(query)).scalars())


def test_the_steps_are_one_line_numbered_as_they_landed() -> None:
    scripts = ScriptDirectory.from_config(CONFIG)

    assert len(scripts.get_heads()) == 1
    assert [f"{n:04}" for n in range(1, len(STEPS) + 1)] == STEPS
    for step in scripts.walk_revisions():
        assert Path(step.path).name.startswith(f"{step.revision}_")
        assert step.doc


def test_at_head_the_tables_are_what_the_models_say(alembic: Config) -> None:
    command.upgrade(alembic, "head")

    command.check(alembic)  # raises where autogenerate would write anything


def test_each_step_goes_up_down_and_up_again(alembic: Config, blank_url: str) -> None:
    for step in STEPS:
        command.upgrade(alembic, step)
        there = tables(blank_url), triggers(blank_url)
        command.downgrade(alembic, "-1")
        command.upgrade(alembic, step)
        assert (tables(blank_url), triggers(blank_url)) == there


def test_all_the_way_down_nothing_is_left(alembic: Config, blank_url: str) -> None:
    command.upgrade(alembic, "head")

    command.downgrade(alembic, "base")

    assert tables(blank_url) == {"alembic_version"}
    assert triggers(blank_url) == set()


def test_down_to_the_first_step_and_up_again_keeps_what_the_first_step_knows(alembic: Config, blank_url: str) -> None:
    command.upgrade(alembic, FIRST)
    first = sorted(tables(blank_url) - {"alembic_version"})
    columns = _columns(blank_url, first)
    command.upgrade(alembic, "head")
    _fill(blank_url)
    before = _known(blank_url, columns)
    assert all(before[name] for name in ("reports", "verdicts", "answers", "events", "bars", "drafts", "outbox"))

    command.downgrade(alembic, FIRST)
    assert _known(blank_url, columns) == before
    command.upgrade(alembic, "head")

    assert _known(blank_url, columns) == before
    with opened(blank_url) as engine, SqlWorkPlace(engine).read() as work:
        report = work.reports.get(TRIAGER, 1)
        assert report is not None
        assert report.title == a_report().title
        assert len(work.reports.events(TRIAGER, 1)) == 1
    command.check(alembic)


def test_every_append_only_table_keeps_its_triggers_at_head(alembic: Config, blank_url: str) -> None:
    command.upgrade(alembic, "head")

    found = triggers(blank_url)

    for table in ("verdicts", "answers", "events", "bars"):
        assert sum(name.startswith(f"{table}_") for name in found) == 2


def test_every_index_and_key_has_a_name_of_ours() -> None:
    for table in metadata.sorted_tables:
        for part in (*table.constraints, *table.indexes):
            assert str(part.name).startswith(("pk_", "fk_", "uq_", "ix_", "ck_")), (table.name, part.name)
            assert len(str(part.name)) < 64  # PostgreSQL cuts longer ones


def test_migrations_are_not_written_out_as_sql(alembic: Config) -> None:
    with pytest.raises(SystemExit, match="not with --sql"):
        command.upgrade(alembic, "head", sql=True)


def test_alembic_by_hand_needs_to_know_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(SystemExit, match="Set DATABASE_URL"):
        command.upgrade(CONFIG, "head")


def test_what_the_program_upgrades_alembic_finds_at_head(alembic: Config, blank_url: str) -> None:
    with opened(blank_url) as engine:
        assert schema.upgrade(engine) == STEPS[-1]

    command.check(alembic)


def _fill(url: str) -> None:
    with opened(url) as engine:
        place = SqlWorkPlace(engine)
        file(place, a_report(restricted=True, named=frozenset({"U7"})))
        with place.write() as work:
            work.drafts.put(a_draft(report=1))
            work.reports.add_event(WORKSPACE, 1, an_event())
            work.errands.put(Errand("ML-1:card", "card", WORKSPACE, 1))
            work.commit()


def _columns(url: str, names: list[str]) -> dict[str, list[str]]:
    with opened(url) as engine:
        looked = inspect(engine)
        return {name: sorted(column["name"] for column in looked.get_columns(name)) for name in names}


def _known(url: str, columns: dict[str, list[str]]) -> dict[str, list[tuple[str, ...]]]:
    with opened(url) as engine, engine.connect() as connection:
        return {
            name: sorted(
                tuple(map(str, row))
                for row in connection.execute(text(f"SELECT {', '.join(map(_quoted, wanted))} FROM {name}"))  # noqa: S608
            )
            for name, wanted in columns.items()
        }


def _quoted(name: str) -> str:
    return f'"{name}"'
