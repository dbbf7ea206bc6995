"""Erasing a workspace leaves nothing of it in any table, and nothing of another's is touched; dumping reads all of it."""

import json
from pathlib import Path

import pytest
from every_table import everything, fill, secret_of
from sqlalchemy import Engine, delete
from sqlalchemy.exc import DBAPIError

from bot import cli
from db.erasure import dump, erase, tables
from db.models import erasures, verdicts


def test_nothing_of_it_stays_in_any_table(engine: Engine) -> None:
    fill(engine, "T1")
    fill(engine, "T2")
    others = list(dump(engine, "T2"))

    counts = erase(engine, "T1")

    assert set(counts) == {table.name for table in tables()} - {"erasures"}
    assert secret_of("T1") not in everything(engine)
    assert "'T1'" not in everything(engine)
    assert list(dump(engine, "T1")) == []
    assert list(dump(engine, "T2")) == others


def test_every_table_is_read_out(engine: Engine) -> None:
    fill(engine, "T1")

    told = list(dump(engine, "T1"))

    assert {row["table"] for row in told} == {table.name for table in tables()} - {"erasures"}
    assert json.loads(json.dumps(told)) == told
    assert all("sealed" not in row["row"] for row in told)


def test_the_door_is_closed_again(engine: Engine) -> None:
    fill(engine, "T1")
    fill(engine, "T2")
    erase(engine, "T1")

    with engine.connect() as connection:
        assert connection.execute(erasures.select()).all() == []
    for workspace in ("T1", "T2"):
        fill(engine, "T1") if workspace == "T1" else None
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(delete(verdicts).where(verdicts.c.workspace == workspace))


def test_a_workspace_that_is_not_there_is_no_error(engine: Engine) -> None:
    assert erase(engine, "T404") == {}


def test_sqlite_keeps_nothing_of_it_in_the_file(sqlite_url: str) -> None:
    from databases import opened  # noqa: PLC0415  # only here

    with opened(sqlite_url) as engine:
        fill(engine, "T1")
        fill(engine, "T2")
        erase(engine, "T1")
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    kept = b"".join(each.read_bytes() for each in file.parent.glob(file.name + "*"))

    assert secret_of("T2").encode() in kept
    assert secret_of("T1").encode() not in kept


def test_the_commands_dump_and_erase(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from databases import opened  # noqa: PLC0415  # only here

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    with opened(sqlite_url) as engine:
        fill(engine, "T1")

    assert cli.main(["dump", "--workspace", "T1"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == len(tables()) - 1
    assert cli.main(["erase", "--workspace", "T1"]) == 2  # nobody can be asked
    capsys.readouterr()
    assert cli.main(["erase", "--workspace", "T1", "--yes", "--json"]) == 0
    assert sum(json.loads(capsys.readouterr().out)["rows"].values()) == len(rows)
    assert cli.main(["dump", "--workspace", "T1"]) == 1
    assert cli.main(["erase", "--workspace", "T1", "--yes"]) == 1
