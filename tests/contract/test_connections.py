"""Connections that are kept between transactions give nobody what another one left, and nobody one that is dead."""

import threading
from collections.abc import Callable

import pytest
from databases import opened
from records import AUTHOR, WORKSPACE, a_draft
from sqlalchemy import Engine, text
from stores import START

from db.connections import Connections
from db.engine import CONNECTIONS, KEPT, LOCK_WAIT_S
from db.models import marks
from db.prepared import Prepared
from db.transaction import Transaction, begin
from db.work import SqlWorkPlace
from triage.errors import Unavailable

_INSERT = Prepared.insert(marks)


def _mark(name: str) -> dict[str, object]:
    return {"workspace": WORKSPACE, "name": name, "value": "", "at": START}


def _idle(engine: Engine) -> int:
    connections: Connections = engine.get_execution_options()[CONNECTIONS]
    return len(connections._idle)


def _pid(engine: Engine) -> int:
    with begin(engine, writes=False) as transaction:
        return int(transaction.read(text("SELECT pg_backend_pid()")).scalar_one())


def _fail(engine: Engine, write: Callable[[], None]) -> None:
    with begin(engine, writes=True) as transaction:
        transaction.put(_INSERT, _mark("a"))
        write()


def test_the_next_transaction_has_the_same_connection(postgres_url: str) -> None:
    with opened(postgres_url) as engine:
        assert _pid(engine) == _pid(engine)
        assert _idle(engine) == 1


def test_what_was_not_committed_is_gone_for_the_next_one(engine: Engine) -> None:
    with begin(engine, writes=True) as transaction:
        transaction.put(_INSERT, _mark("a"))

    with begin(engine, writes=True) as transaction:
        assert transaction.read(text("SELECT count(*) FROM marks")).scalar_one() == 0


def test_what_failed_is_gone_for_the_next_one(engine: Engine) -> None:
    def raised() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _fail(engine, raised)

    with begin(engine, writes=False) as transaction:
        assert transaction.read(text("SELECT count(*) FROM marks")).scalar_one() == 0


def test_a_reader_stays_a_reader_and_a_writer_may_write_after_it(engine: Engine) -> None:
    place = SqlWorkPlace(engine)
    with place.read() as reading:
        assert reading.drafts.latest(AUTHOR) is None
    with place.write() as writing:
        writing.drafts.put(a_draft("d1"))
        writing.commit()
    with place.read() as reading:
        found = reading.drafts.latest(AUTHOR)

    assert found is not None
    assert found.id == "d1"


def test_on_postgresql_the_database_itself_refuses_a_readers_write(postgres_url: str) -> None:
    with opened(postgres_url) as engine, begin(engine, writes=False) as transaction:
        asked = "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"

        assert tuple(transaction.read(text(asked)).one()) == ("repeatable read", "on")


def test_after_the_server_dropped_them_the_next_transaction_succeeds(postgres_url: str) -> None:
    with opened(postgres_url) as engine:
        inside = threading.Barrier(3)

        def use() -> None:
            with begin(engine, writes=False) as transaction:
                transaction.read(text("SELECT 1"))
                inside.wait(30)

        threads = [threading.Thread(target=use) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert _idle(engine) == 3
        with opened(postgres_url) as other, other.begin() as connection:
            dropped = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(text(f"{dropped} AND pid <> pg_backend_pid()"))

        with begin(engine, writes=True) as transaction:
            transaction.put(_INSERT, _mark("a"))
            transaction.commit()

        assert _idle(engine) == 1  # the two others were as dead


def test_no_more_are_kept_than_it_says(engine: Engine) -> None:
    most = KEPT + 2
    inside = threading.Barrier(most)

    def use() -> None:
        with begin(engine, writes=False) as transaction:
            transaction.read(text("SELECT 1"))
            inside.wait(30)

    threads = [threading.Thread(target=use) for _ in range(most)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert _idle(engine) == KEPT


def test_one_that_is_old_is_not_used_again(postgres_url: str) -> None:
    with opened(postgres_url) as engine:
        young = Connections(most=1, kept=1, wait_s=1, keep_s=0, lock_wait_s=1)
        first = young.begun(engine, writes=False, within_s=60)
        pid = first.driver.info.backend_pid
        young.end(first)
        second = young.begun(engine, writes=False, within_s=60)
        try:
            assert second.driver.info.backend_pid != pid
        finally:
            young.end(second)
            young.close_idle()


def test_nobody_waits_for_a_connection_longer_than_their_patience(engine: Engine) -> None:
    few = Connections(most=1, kept=1, wait_s=3600, keep_s=60, lock_wait_s=1)
    first = few.begun(engine, writes=False, within_s=60)
    try:
        with pytest.raises(Unavailable):
            few.begun(engine, writes=False, within_s=0.01)
    finally:
        few.end(first)
        few.close_idle()


def test_whoever_is_done_with_the_engine_leaves_none_open(postgres_url: str) -> None:
    with opened(postgres_url) as engine:
        pid = _pid(engine)
        engine.dispose()

        assert _idle(engine) == 0
        with opened(postgres_url) as other, begin(other, writes=False) as transaction:
            left = transaction.read(text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid})
            assert left.scalar_one() == 0


def test_what_one_lock_took_is_missing_for_the_next(postgres_url: str) -> None:
    def patience(transaction: Transaction) -> float:
        asked = "SELECT extract(epoch FROM current_setting('lock_timeout')::interval)"
        return float(transaction.read(text(asked)).scalar_one())

    with opened(postgres_url) as engine:
        with begin(engine, writes=True, within_s=60) as transaction:
            assert patience(transaction) == LOCK_WAIT_S  # it has time enough
        with begin(engine, writes=True, within_s=2.0) as transaction:
            before = patience(transaction)
            transaction.read(text("SELECT pg_sleep(0.5)"))  # as if it had waited for somebody
            after = patience(transaction)
        with begin(engine, writes=True) as transaction:
            assert patience(transaction) == LOCK_WAIT_S

    assert 0 < after <= before - 0.4 < 2
