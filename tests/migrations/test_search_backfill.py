"""Reports that were filed before there was a search are found after the upgrade."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from databases import opened
from records import MEMBER, TRIAGER, a_report, file
from threads import at_once

from db import schema
from db.upkeep import index_missing
from db.work import SqlWorkPlace

BEFORE_SEARCH = "0003"


@pytest.fixture
def old_url(blank_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database as it was before the search, with reports in it."""
    monkeypatch.setenv("DATABASE_URL", blank_url)
    alembic = Config(Path(__file__).parents[2] / "alembic.ini")
    with opened(blank_url) as engine:
        schema.upgrade(engine)
        place = SqlWorkPlace(engine)
        for at in range(5):
            file(place, a_report(f"d{at}", title=f"Zither {at}"))
            file(place, a_report(f"r{at}", title=f"Hidden zither {at}", restricted=True))
    command.downgrade(alembic, BEFORE_SEARCH)
    return blank_url


def test_an_upgrade_takes_in_what_was_filed_before(old_url: str) -> None:
    with opened(old_url) as engine:
        schema.upgrade(engine)

        with SqlWorkPlace(engine).read() as work:
            assert len(work.history.similar(MEMBER, "zither", 20)) == 5
            assert len(work.history.similar(TRIAGER, "zither", 20)) == 10


def test_doing_it_again_or_many_at_once_takes_each_in_once(old_url: str) -> None:
    def start(_: int) -> int:
        with opened(old_url) as engine:
            schema.upgrade(engine)
            return index_missing(engine)

    at_once(4, start)

    with opened(old_url) as engine:
        assert index_missing(engine) == 0
        with SqlWorkPlace(engine).read() as work, engine.connect() as connection:
            assert len(work.history.similar(TRIAGER, "zither", 20)) == 10
            counted = connection.exec_driver_sql("SELECT SUM(reports) FROM search_totals").scalar_one()
            assert counted == 10
