"""A store that is locked, full of people, gone or broken: everybody is told soon, nothing is lost, and it goes on afterwards."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import opened
from records import AUTHOR, a_report, add, file
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from db.outbox import SqlQueue
from db.transaction import begin
from db.watch import Watch
from db.work import SqlWorkPlace
from triage.errors import Unavailable

PASSWORD = "hunter2"


def test_a_writer_that_cannot_have_the_lock_is_told_soon(sqlite_url: str) -> None:
    file_of_it = sqlite_url.removeprefix("sqlite:///")
    with opened(sqlite_url, lock_wait_s=0.2) as engine:
        other = sqlite3.connect(file_of_it, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()

            with pytest.raises(Unavailable, match="Nothing was changed"), SqlWorkPlace(engine).write():
                pytest.fail("two writers at once")

            assert time.monotonic() - began < 2
        finally:
            other.close()
        file(SqlWorkPlace(engine), a_report())  # and once the lock is free, all is well


def test_a_writer_of_this_process_that_does_not_finish_is_not_waited_for_for_long(sqlite_url: str) -> None:
    with opened(sqlite_url, lock_wait_s=0.2) as engine:
        place = SqlWorkPlace(engine)
        began = time.monotonic()
        with place.write(), pytest.raises(Unavailable), place.write():
            pytest.fail("two writers at once")
        assert time.monotonic() - began < 2
        file(place, a_report())


def test_a_locked_row_is_not_waited_for_for_long(postgres_url: str) -> None:
    with opened(postgres_url, lock_wait_s=0.2) as engine:
        place = SqlWorkPlace(engine)
        filed = file(place, a_report())
        with place.write() as first:
            assert first.reports.get(AUTHOR, filed.number, lock=True)
            with pytest.raises(Unavailable), place.write() as second:
                second.reports.get(AUTHOR, filed.number, lock=True)


def test_who_has_waited_long_already_waits_no_longer_for_a_lock(database_url: str) -> None:
    with opened(database_url, lock_wait_s=60) as engine:
        filed = file(SqlWorkPlace(engine), a_report())
        hurried = SqlWorkPlace(engine, watch=Watch(patience=lambda: 0.2))
        with _held(database_url, filed.number):
            began = time.monotonic()

            with pytest.raises(Unavailable, match="Nothing was changed"), hurried.write() as work:
                work.reports.get(AUTHOR, filed.number, lock=True)

            assert time.monotonic() - began < 20
        file(hurried, a_report("d2"))
        with begin(
            engine, writes=True
        ) as transaction:  # and the next one on the same connection has its usual patience
            asked = "PRAGMA busy_timeout" if transaction.dialect == "sqlite" else "SHOW lock_timeout"
            assert str(transaction.read(text(asked)).scalar_one()) in {"30000", "1min"}


@contextmanager
def _held(url: str, number: int) -> Iterator[None]:
    """Somebody else, in another process as far as the database knows, has the lock."""
    with opened(url) as other, SqlWorkPlace(other).write() as work:
        work.reports.get(AUTHOR, number, lock=True)
        yield


def test_more_people_than_connections_are_told_to_try_again(database_url: str) -> None:
    with opened(database_url, lock_wait_s=0.2) as engine:
        place = SqlWorkPlace(engine)
        inside, leave = threading.Semaphore(0), threading.Event()

        def read() -> None:
            with place.read() as work:
                work.drafts.latest(AUTHOR)
                inside.release()
                leave.wait(30)

        threads = [threading.Thread(target=read) for _ in range(16)]
        for thread in threads:
            thread.start()
        try:
            for _ in threads:
                assert inside.acquire(timeout=30)
            with pytest.raises(Unavailable), place.read():
                pytest.fail("a connection out of nowhere")
        finally:
            leave.set()
            for thread in threads:
                thread.join()


@pytest.mark.parametrize("call", ["write", "read", "claim"])
def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path, call: str) -> None:
    with opened(f"postgresql://nobody:{PASSWORD}@/none?host={tmp_path}") as engine:
        with pytest.raises(Unavailable) as lost:
            _use(engine, call)

        assert PASSWORD not in lost.value.message


@pytest.mark.parametrize("call", ["write", "read", "claim"])
def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path, call: str) -> None:
    file_of_it = tmp_path / "letter.db"
    file_of_it.write_text("Dear Sir or Madam, " * 100)

    with opened(f"sqlite:///{file_of_it}") as engine, pytest.raises(Unavailable):
        _use(engine, call)


def test_a_directory_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'no' / 'where.db'}") as engine, pytest.raises(Unavailable):
        _use(engine, "read")


def test_a_missing_table_is_a_fault_and_not_a_question_of_reach(blank_sqlite_url: str) -> None:
    with opened(blank_sqlite_url) as engine, pytest.raises(OperationalError, match="no such table"):
        _use(engine, "read")


def test_after_the_server_ended_our_sessions_the_next_request_succeeds(postgres_url: str) -> None:
    with opened(postgres_url) as engine, opened(postgres_url) as killer:
        place = SqlWorkPlace(engine)
        file(place, a_report("d1"))
        with place.write() as work:
            add(work, a_report("d2"))
            _end_sessions(killer)
            with pytest.raises(Unavailable):
                work.reports.get(AUTHOR, 1)

        assert file(place, a_report("d2")).number == 2
        _end_sessions(killer)
        assert file(place, a_report("d3")).number == 3


def test_a_commit_that_was_not_answered_says_so(postgres_url: str) -> None:
    with opened(postgres_url) as engine, opened(postgres_url) as killer, SqlWorkPlace(engine).write() as work:
        add(work, a_report())
        _end_sessions(killer)

        with pytest.raises(Unavailable, match="not done twice"):
            work.commit()


def _use(engine: Engine, call: str) -> None:
    if call == "claim":
        SqlQueue(engine).claim(datetime.now(UTC), 60)
        return
    with getattr(SqlWorkPlace(engine), call)() as work:
        work.drafts.latest(AUTHOR)


def _end_sessions(killer: Engine) -> None:
    with killer.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
