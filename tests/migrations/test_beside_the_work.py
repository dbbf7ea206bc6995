"""The indexes for the figures are built on PostgreSQL while people work, and again where a build was interrupted."""

import threading
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from databases import opened
from records import a_report, file
from sqlalchemy import Engine, text

from db import schema
from db.work import SqlWorkPlace

BEFORE, AFTER = "0005", "0006"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def alembic(blank_url: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("DATABASE_URL", blank_url)
    config = Config(ROOT / "alembic.ini")
    command.upgrade(config, BEFORE)
    return config


def builds(engine: Engine) -> bool:
    """Whether an index is being built, and waits."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event IS NOT NULL"
    )
    with engine.connect() as connection:
        return bool(connection.execute(text(query)).scalar_one())


def test_what_an_interrupted_build_left_is_made_anew(alembic: Config, blank_url: str) -> None:
    with opened(blank_url) as engine, engine.begin() as connection:
        connection.execute(text("CREATE INDEX ix_reports_open ON reports (workspace)"))

    command.upgrade(alembic, AFTER)

    command.upgrade(alembic, "head")
    command.check(alembic)


def test_reports_are_filed_while_an_index_is_built(blank_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", blank_postgres_url)
    config = Config(ROOT / "alembic.ini")
    command.upgrade(config, "head")
    command.downgrade(config, BEFORE)
    with opened(blank_postgres_url) as engine:
        upgrading = threading.Thread(target=schema.upgrade, args=(engine,))
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
            reader.execute(text("SELECT count(*) FROM reports")).scalar_one()  # a long look, for which the build waits
            upgrading.start()
            until = time.monotonic() + 30
            while not builds(engine):
                assert time.monotonic() < until, "the build never waited"
                time.sleep(0.02)

            filed = file(SqlWorkPlace(engine), a_report())

            assert filed.number == 1
            assert upgrading.is_alive()
        upgrading.join(60)
        assert not upgrading.is_alive()
        schema.check(engine)
