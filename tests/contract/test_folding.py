"""What lies loose in the search is folded beside the requests, by the process that filed it or by the next one that starts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from databases import opened
from records import a_report, add
from sqlalchemy import Engine, func, select

from db import folding as folding_module
from db.folding import Folding, crowded, fold_some
from db.models_search import search_loose, search_totals
from db.search_index import LOOSE_MAX
from db.watch import Watch
from db.work import SqlWorkPlace

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WITHIN_S = 20


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with opened(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield engine


def file(place: SqlWorkPlace, count: int, workspace: str = "T1", begin: int = 0) -> None:
    with place.write() as work:
        for at in range(begin, begin + count):
            add(work, a_report(f"d{at}", workspace=workspace, title=f"Report {at}", restricted=at % 7 == 0))
        work.commit()


def loose(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(search_loose)).scalar_one()


def folded(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.coalesce(func.sum(search_totals.c.reports), 0))).scalar_one()


@contextmanager
def at_work(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Folding, threading.Event]]:
    """A folding thread, and an event that is set once it found nothing more to fold."""
    done = threading.Event()

    def fold_and_tell(engine: Engine, workspace: str) -> int:
        count = fold_some(engine, workspace)
        if not count:
            done.set()
        return count

    monkeypatch.setattr(folding_module, "fold_some", fold_and_tell)
    running = Folding(engine)
    running.start()
    try:
        yield running, done
    finally:
        running.stop()


def test_filing_folds_nothing_itself(engine: Engine) -> None:
    file(SqlWorkPlace(engine), LOOSE_MAX + 1)

    assert (loose(engine), folded(engine)) == (LOOSE_MAX + 1, 0)


def test_the_process_that_filed_folds_once_enough_lie_there(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with at_work(engine, monkeypatch) as (running, done):
        place = SqlWorkPlace(engine, watch=Watch(filed=running.filed))
        file(place, LOOSE_MAX - 1)
        assert loose(engine) == LOOSE_MAX - 1

        file(place, 1, begin=LOOSE_MAX - 1)

        assert done.wait(WITHIN_S)
    assert (loose(engine), folded(engine)) == (0, LOOSE_MAX)


def test_what_was_rolled_back_is_not_folded(engine: Engine) -> None:
    told: list[tuple[str, int]] = []
    place = SqlWorkPlace(engine, watch=Watch(filed=lambda workspace, number: told.append((workspace, number))))

    with place.write() as work:
        add(work, a_report("d1"))

    assert told == []


def test_the_next_process_finds_what_one_left_undone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    file(SqlWorkPlace(engine), LOOSE_MAX, workspace="T1")
    file(SqlWorkPlace(engine), 3, workspace="T2")
    assert crowded(engine) == ["T1"]

    with at_work(engine, monkeypatch) as (_, done):
        assert done.wait(WITHIN_S)

    assert (loose(engine), folded(engine)) == (3, LOOSE_MAX)
