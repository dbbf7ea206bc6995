"""What is put soon waits for the next query or the commit at the most, and fails there as it would have failed at once."""

from typing import Any

import psycopg
import pytest
from databases import opened
from psycopg.pq import PipelineStatus
from records import AUTHOR, WORKSPACE, a_draft, a_report, an_event, file
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from stores import START

from db.models import marks
from db.prepared import Prepared
from db.transaction import Transaction, begin
from db.work import SqlWorkPlace
from triage.errors import Unavailable
from triage.ports import Errand

_INSERT = Prepared.insert(marks)
SECRET = "the weights of the spam filter"


def _mark(name: str, value: str = "") -> dict[str, object]:
    return {"workspace": WORKSPACE, "name": name, "value": value, "at": START}


def _names(engine: Engine) -> list[str]:
    with begin(engine, writes=False) as transaction:
        return list(transaction.read(text("SELECT name FROM marks ORDER BY name")).scalars())


def test_it_is_kept_by_the_commit_in_the_order_it_was_put(engine: Engine) -> None:
    with begin(engine, writes=True) as transaction:
        transaction.put_soon(_INSERT, [_mark("a"), _mark("b")])
        transaction.put_soon(_INSERT, _mark("c"))
        transaction.commit()

    assert _names(engine) == ["a", "b", "c"]


def test_a_query_sees_it(engine: Engine) -> None:
    with begin(engine, writes=True) as transaction:
        transaction.put_soon(_INSERT, _mark("a"))

        assert transaction.read(text("SELECT name FROM marks")).scalars().all() == ["a"]


def test_nothing_of_it_is_kept_without_a_commit(engine: Engine) -> None:
    with begin(engine, writes=True) as transaction:
        transaction.put_soon(_INSERT, _mark("a"))
        transaction.settle()

    assert _names(engine) == []


def test_what_the_database_refuses_is_refused_by_the_commit_at_the_latest(engine: Engine) -> None:
    def keep_one_twice() -> None:
        with begin(engine, writes=True) as transaction:
            transaction.put_soon(_INSERT, _mark("kept by nobody"))
            transaction.put_soon(_INSERT, [_mark("a"), _mark("a", SECRET)])
            transaction.commit()

    with pytest.raises(IntegrityError) as refused:
        keep_one_twice()

    assert SECRET not in f"{refused.value} {refused.value.__cause__}"
    assert _names(engine) == []
    with begin(engine, writes=True) as transaction:  # and the connection is good for the next one
        transaction.put_soon(_INSERT, _mark("b"))
        transaction.commit()
    assert _names(engine) == ["b"]


def test_after_a_refusal_the_work_is_over(engine: Engine) -> None:
    def one_twice(transaction: Transaction) -> None:
        transaction.put_soon(_INSERT, [_mark("a"), _mark("a")])
        transaction.settle()

    with begin(engine, writes=True) as transaction:
        with pytest.raises(IntegrityError):
            one_twice(transaction)
        with pytest.raises(RuntimeError, match="over"):
            transaction.commit()


def test_a_commit_that_was_refused_is_not_called_a_commit_later(engine: Engine) -> None:
    def one_twice(transaction: Transaction) -> None:
        transaction.put_soon(_INSERT, [_mark("a"), _mark("a")])
        transaction.commit()

    with begin(engine, writes=True) as transaction:
        with pytest.raises(IntegrityError):
            one_twice(transaction)
        with pytest.raises(RuntimeError, match="It failed"):
            transaction.settle()


def test_what_does_not_fit_is_refused_at_once(engine: Engine) -> None:
    with begin(engine, writes=True) as transaction:
        with pytest.raises(ValueError, match="characters"):
            transaction.put_soon(_INSERT, _mark("x" * 10_000))
        with pytest.raises(RuntimeError, match="over"):
            transaction.commit()


def test_who_began_to_read_can_put_nothing(engine: Engine) -> None:
    with begin(engine, writes=False) as transaction, pytest.raises(RuntimeError, match="write"):
        transaction.put_soon(_INSERT, _mark("a"))


def test_a_connection_lost_on_the_way_is_told_as_such_and_leaves_the_pool(postgres_url: str) -> None:

    def cut_off(engine: Engine) -> None:
        with begin(engine, writes=True) as transaction:
            own = transaction.read(text("SELECT pg_backend_pid()")).scalar_one()
            with engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            transaction.put_soon(_INSERT, _mark("a"))
            transaction.commit()

    with opened(postgres_url) as engine:
        with pytest.raises(Unavailable):
            cut_off(engine)

        assert _names(engine) == []


def test_a_filing_asks_postgresql_six_times(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin, draft, settings, number, report, and the rest with the commit: each way there and back is a wait."""
    ways: list[str] = []
    execute, pipeline = psycopg.Cursor.execute, psycopg.Connection.pipeline

    def one(cursor: Any, *given: Any, **more: Any) -> Any:
        if cursor.connection.info.pipeline_status is PipelineStatus.OFF:
            ways.append("one")
        return execute(cursor, *given, **more)

    def several(connection: Any) -> Any:
        ways.append("several")
        return pipeline(connection)

    with opened(postgres_url) as engine:
        place = SqlWorkPlace(engine)
        file(place, a_report("d0"))
        with monkeypatch.context() as counted:
            counted.setattr(psycopg.Cursor, "execute", one)
            counted.setattr(psycopg.Connection, "pipeline", several)
            with place.write() as work:
                work.drafts.get(AUTHOR, "d1", lock=True)
                work.settings.get(WORKSPACE)
                filed = work.reports.add(a_report("d1"))
                assert work.reports.add_event(WORKSPACE, filed.number, an_event()) == 1
                for kind in ("card", "dm"):
                    work.errands.put(Errand(f"{filed.name}:{kind}", kind, WORKSPACE, filed.number))
                work.drafts.put(a_draft("d1", report=filed.number))
                work.commit()

    assert ways == ["one", "one", "one", "one", "several", "several"]
