"""The engines: which URLs they take, how they are set up, and what their errors and moments look like."""

import logging
from datetime import UTC, datetime, timedelta, timezone

import pytest
from databases import opened
from records import AUTHOR, WORKSPACE, a_draft, a_report, file
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import make_engine
from db.transaction import begin
from db.types import Exact, Moment
from db.work import SqlWorkPlace

PASSWORD = "hunter2"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_works(postgres_url: str, scheme: str) -> None:
    with opened(f"{scheme}://{postgres_url.partition('://')[2]}") as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


@pytest.mark.parametrize(
    "url", ["", "mysql://u:hunter2@host/db", "mlbug.db", "postgresql+asyncpg://u:hunter2@host/db", "sqlite:", "://"]
)
def test_another_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL must begin with") as refused:
        make_engine(url)

    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///"])
def test_sqlite_needs_a_file(url: str) -> None:
    with pytest.raises(ValueError, match="must name a file"):
        make_engine(url)


def test_sqlite_is_set_up_to_survive_a_power_cut_and_to_stay_small(sqlite_url: str) -> None:
    with opened(sqlite_url) as engine, begin(engine, writes=False) as transaction:
        found = {
            name: transaction.read(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "cache_size")
        }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "cache_size": -512,
    }


def test_postgresql_bounds_every_wait(postgres_url: str) -> None:
    with opened(postgres_url) as engine, begin(engine, writes=True) as transaction:
        found = {
            name: transaction.read(text(f"SHOW {name}")).scalar_one()
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "application_name")
        }

    assert found == {
        "lock_timeout": "2500ms",
        "statement_timeout": "15s",
        "idle_in_transaction_session_timeout": "30s",
        "application_name": "mlbug",
    }


def test_what_the_url_says_wins(postgres_url: str) -> None:
    url = f"{postgres_url}&application_name=theirs&connect_timeout=1"

    with opened(url) as engine, begin(engine, writes=False) as transaction:
        assert transaction.read(text("SHOW application_name")).scalar_one() == "theirs"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_database_refuses_a_write_in_a_read(engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="read-only"), begin(engine, writes=False) as transaction:
        transaction.read(text("DELETE FROM drafts"))


def test_no_error_says_what_a_row_holds(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    secret = "the model answers anything after"
    place = SqlWorkPlace(engine)
    file(place, a_report("d1", title=secret))

    def forget_a_column() -> None:
        with begin(engine, writes=True) as transaction:
            transaction.write(
                text("INSERT INTO drafts (workspace, user_id, id, step, entries) VALUES (:w, :u, :i, :s, :e)"),
                {"w": WORKSPACE, "u": "U1", "i": "d1", "s": "what", "e": secret},
            )

    failures = [
        forget_a_column,
        lambda: file(place, a_report("d1", title=secret)),
        lambda: file(place, a_report(title=secret * 9)),
    ]
    for fails in failures:
        with pytest.raises(Exception, match=r".") as error:
            fails()
        logging.getLogger("test").error("unexpected", exc_info=error.value)

    assert caplog.text.count("Traceback") >= len(failures)
    assert secret not in caplog.text


def test_moments_sort_as_time_does(engine: Engine) -> None:
    place = SqlWorkPlace(engine)
    moments = [
        datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 3, 29, 4, 0, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 3, 29, 2, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 3, 28, 20, 0, 1, tzinfo=timezone(timedelta(hours=-6))),
        datetime(9999, 12, 31, tzinfo=UTC),
    ]
    for n, moment in enumerate(moments):
        with place.write() as work:
            work.drafts.put(a_draft(f"d{n}", updated_at=moment))
            work.commit()
        with place.read() as work:
            latest = work.drafts.latest(AUTHOR)
        assert latest is not None
        assert (latest.id, latest.updated_at) == (f"d{n}", moment)
        assert latest.updated_at.tzinfo is UTC


def test_types_take_and_give_nothing_for_nothing() -> None:
    dialect = make_engine("sqlite:///x.db").dialect

    assert Moment().process_bind_param(None, dialect) is None
    assert Moment().process_result_value(None, dialect) is None
    assert Exact(5).process_bind_param(None, dialect) is None


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql://u:p@127.0.0.1/x"])
@pytest.mark.parametrize(
    "moment",
    [
        None,
        datetime(2026, 11, 29, 9, 0, tzinfo=UTC),
        datetime(7, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        datetime(2026, 11, 29, 9, 0, 0, 120, timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_a_moment_goes_to_the_driver_as_sqlalchemy_would_send_it(url: str, moment: datetime | None) -> None:
    dialect = make_engine(url).dialect
    usual = Moment().dialect_impl(dialect).bind_processor(dialect)
    assert usual is not None

    assert Moment.taking(dialect)(moment) == usual(moment)


def test_a_moment_without_a_zone_is_refused_on_the_way_to_the_driver() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Moment.taking(make_engine("sqlite:///x.db").dialect)(datetime(2026, 11, 29))  # noqa: DTZ001  # what it is about
