"""The database itself refuses to change or delete what happened. Erasing a workspace is the one door, and opens only for it."""

import pytest
from records import TRIAGER, WORKSPACE, a_report, a_scored, an_event, file
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from db.models import answers, bars, events, verdicts
from db.work import SqlWorkPlace

TABLES = [verdicts, answers, events, bars]


@pytest.fixture
def history(engine: Engine) -> Engine:
    place = SqlWorkPlace(engine)
    for workspace in (WORKSPACE, "T2"):
        file(place, a_report(workspace=workspace))
        with place.write() as work:
            work.reports.add_event(workspace, 1, an_event())
            work.commit()
    return engine


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def count(engine: Engine, table: str, workspace: str) -> int:
    with engine.connect() as connection:
        query = text(f"SELECT count(*) FROM {table} WHERE workspace = :workspace")  # noqa: S608 - our own table's name
        return int(connection.execute(query, {"workspace": workspace}).scalar_one())


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_no_row_is_changed(history: Engine, table: str) -> None:
    column = "canonical" if table == "bars" else "workspace"

    with pytest.raises(IntegrityError, match=f"{table} is append-only: its rows are never changed or deleted"):
        run(history, f"UPDATE {table} SET {column} = {column}")  # noqa: S608


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_no_row_is_deleted(history: Engine, table: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        run(history, f"DELETE FROM {table}")  # noqa: S608


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_no_table_is_emptied(history: Engine, table: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        run(history, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_row_is_replaced(history: Engine) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        run(history, "REPLACE INTO events SELECT * FROM events")


@pytest.mark.parametrize("table", ["answers", "events", "verdicts"])
def test_an_erasure_deletes_the_rows_of_its_workspace_alone(history: Engine, table: str) -> None:
    before = count(history, table, "T2")
    assert before > 0
    children = ["DELETE FROM answers WHERE workspace = 'T1'"] if table == "verdicts" else []

    run(
        history,
        "INSERT INTO erasures (workspace) VALUES ('T1')",
        *children,
        f"DELETE FROM {table} WHERE workspace = 'T1'",  # noqa: S608
        "DELETE FROM erasures WHERE workspace = 'T1'",
    )

    assert count(history, table, "T1") == 0
    assert count(history, table, "T2") == before
    with pytest.raises(IntegrityError, match="append-only"):
        run(history, f"DELETE FROM {table} WHERE workspace = 'T2'")  # noqa: S608


def test_an_erasure_changes_no_row(history: Engine) -> None:
    run(history, "INSERT INTO erasures (workspace) VALUES ('T1')")

    with pytest.raises(IntegrityError, match="append-only"):
        run(history, "UPDATE events SET actor = 'somebody else' WHERE workspace = 'T1'")


def test_an_erasure_deletes_no_bar(history: Engine) -> None:
    run(history, "INSERT INTO erasures (workspace) VALUES ('T1')", "INSERT INTO erasures (workspace) VALUES ('T2')")

    with pytest.raises(IntegrityError, match="append-only"):
        run(history, "DELETE FROM bars")


def test_a_report_with_a_history_is_not_deleted(history: Engine) -> None:
    with pytest.raises(IntegrityError):
        run(history, "DELETE FROM reports")


def test_each_answer_is_a_row_of_its_verdict(engine: Engine) -> None:
    place = SqlWorkPlace(engine)
    filed = file(place, a_report())
    second = a_scored("many", minutes=1)
    with place.write() as work:
        work.reports.add_verdict(WORKSPACE, filed.number, second)
        work.commit()

    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT verdict, topic, question, answer FROM answers ORDER BY verdict, topic, question")
        ).all()

    expected = [
        ("data_poisoning", "blast", "one"),
        ("data_poisoning", "control", "chosen"),
        ("data_poisoning", "decision", "automated"),
        ("data_poisoning", "threat", "chosen"),
        ("data_poisoning", "variant", "targeted"),
        ("gates", "intent", "malicious"),
        ("gates", "ml_target", "yes"),
        ("gates", "others_affected", "yes"),
        ("urgency", "maturity", "shown"),
    ]
    changed = [row if row[1] != "blast" else ("data_poisoning", "blast", "many") for row in expected]
    assert [tuple(row) for row in rows] == [(1, *row) for row in expected] + [(2, *row) for row in changed]


def test_what_a_verdict_says_stands_in_columns_too(engine: Engine) -> None:
    file(SqlWorkPlace(engine), a_report())
    said = a_scored().parsed()

    with engine.connect() as connection:
        row = connection.execute(verdicts.select()).one()

    assert (row.severity, row.severity_low, row.rule, row.threat) == (
        said.severity,
        said.severity_low,
        said.rule,
        said.threat,
    )
    assert (row.outcome, row.urgency, row.bar_id, row.bar_version) == ("in_bar", said.urgency, "aiml-2019", "1.0.0")
    assert row.bar_hash == a_scored().bar_hash


def test_the_history_reads_on_after_a_refusal(history: Engine) -> None:
    with pytest.raises(IntegrityError):
        run(history, "DELETE FROM events")

    with SqlWorkPlace(history).read() as work:
        assert len(work.reports.events(TRIAGER, 1)) == 1


def test_a_counter_that_fell_behind_is_a_fault_and_not_a_doubled_filing(engine: Engine) -> None:
    place = SqlWorkPlace(engine)
    file(place, a_report("d1"))
    run(engine, "UPDATE workspaces SET next_report = 1")

    with pytest.raises(IntegrityError):
        file(place, a_report("d2"))
