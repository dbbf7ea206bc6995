"""`mlbug digest` and `mlbug report` from a shell, over the same history as the workspace's."""

import csv
import json
import struct
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from databases import opened
from digesting import due, inside, new
from told import Told, keep

from bot.cli import main
from db.work import SqlWorkPlace
from triage.reports import Event, EventKind, State
from triage.severity import Severity
from triage.weeks import Slot, Week

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """`mlbug …` with some settings: its exit status, output and complaints."""

    def go(*words: str, **settings: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        for name, value in settings.items():
            monkeypatch.setenv(name.upper(), value)
        status = main(words)
        out, err = capsys.readouterr()
        return status, out, err

    return go


WEEK = Slot(inside(Slot(None, Week(2026, 47))), Week(2026, 47))  # type: ignore[arg-type]  # its moment is not used
HISTORY = [
    new(WEEK, system="=cmd()", state=State.FIXED, closed_at=inside(WEEK, 40)),
    new(WEEK, severity=Severity.IMPORTANT, due_at=inside(WEEK, 50), owner="U7", title="Leaks & <tags>"),
    new(WEEK, severity=Severity.LOW, events=(Event(EventKind.LINKED, inside(WEEK), "U3", now="ML-2"),)),
    new(WEEK, restricted=True),
    Told(inside(WEEK, -24 * 30)),
]


@pytest.fixture
def history(sqlite_url: str) -> str:
    with opened(sqlite_url) as engine:
        keep(SqlWorkPlace(engine), "T1", HISTORY)
    return sqlite_url


def test_the_digest_of_a_week_is_shown_as_words(run: Run, history: str) -> None:
    status, out, _ = run("digest", "--week", "2026-W47", database_url=history)

    assert status == 0
    assert "Security digest, week 47 (16 to 22 Nov 2026)" in out
    assert "3 reports came in" in out
    assert "ML-2, Important: Leaks & <tags>" in out
    assert "ML-4" not in out


def test_the_digest_as_json_has_what_interfaces_promise(run: Run, history: str) -> None:
    status, out, _ = run("digest", "--week", "2026-W47", "--json", database_url=history)

    told = json.loads(out)
    assert status == 0
    assert {"week", "from", "to", "counts", "new", "overdue", "repeats", "overrides", "times", "text", "blocks"} <= set(
        told
    )
    assert (told["week"], told["from"], told["to"]) == (
        "2026-W47",
        "2026-11-16T00:00:00+00:00",
        "2026-11-23T00:00:00+00:00",
    )
    assert told["counts"]["came_in"]["all"] == 3
    assert [each["report"] for each in told["new"]] == ["ML-1", "ML-2"]
    assert [(each["report"], each["owner"]) for each in told["overdue"]] == [("ML-2", "U7")]
    assert told["repeats"] == [{"report": "ML-2", "title": "Leaks & <tags>", "times": 1}]
    assert told["times"]["fix"] == {"reports": 1, "median_s": 36000.0, "p90_s": 36000.0}


def test_a_report_has_the_digest_s_numbers(run: Run, history: str) -> None:
    _, digest, _ = run("digest", "--week", "2026-W47", "--json", database_url=history)
    status, report, _ = run("report", "2026-Q4", "--json", database_url=history)
    _, more, _ = run("report", "2026-Q4", "--json", "--with-restricted", database_url=history)

    assert status == 0
    weeks = {week["week"]: week for week in json.loads(report)["weeks"]}
    assert weeks["W47"] == {week["week"]: week for week in json.loads(digest)["weeks"]}["W47"]
    assert json.loads(report)["counts"]["came_in"]["all"] == 4
    assert json.loads(more)["counts"]["came_in"]["all"] == 5


def test_a_report_is_written_as_pictures_and_tables_for_slides(run: Run, history: str, tmp_path: Path) -> None:
    status, _, err = run("report", "2026-Q4", "--out", "slides", database_url=history)

    folder = tmp_path / "slides"
    assert status == 0
    names = {"weeks.svg", "open.svg", "weeks.png", "open.png", "weeks.csv", "figures.csv"}
    assert {path.name for path in folder.iterdir()} == names
    assert all(name in err for name in names)
    page = (folder / "weeks.png").read_bytes()
    assert page.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", page[16:24]) == (1600, 900)
    picture = ET.parse(folder / "weeks.svg").getroot()  # noqa: S314 - our own file
    assert "W47: 1 Critical, 1 Important, 1 Low." in str(picture[1].text)
    weeks = {row["week"]: row for row in csv.DictReader((folder / "weeks.csv").read_text().splitlines())}
    assert (weeks["W47"]["critical"], weeks["W47"]["all"]) == ("1", "3")
    figures = list(csv.reader((folder / "figures.csv").read_text().splitlines()))
    assert ["to fix", "median hours", "10.0"] in figures
    assert ["system", "'=cmd()", "1"] in figures  # a spreadsheet must not run it


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("digest", "--week", "2026-W60"), 2, "--week"),
        (("report", "forever"), 2, "period"),
        (("digest", "--workspace", "T9"), 1, "--workspace"),
        (("digest", "--post"), 1, "MLBUG_DIGEST_CHANNEL"),
    ],
)
def test_what_can_t_be_done_is_told_with_what_to_do(
    run: Run, history: str, words: tuple[str, ...], status: int, told: str
) -> None:
    went, out, err = run(*words, database_url=history)

    assert (went, out) == (status, "")
    assert told in err


def test_a_workspace_has_to_be_named_where_there_are_several(run: Run, history: str) -> None:
    with opened(history) as engine:
        keep(SqlWorkPlace(engine), "T2", HISTORY[:1])

    assert run("digest", database_url=history)[0] == 2
    assert "1 report came in" in run("digest", "--workspace", "T2", "--week", "2026-W47")[1]


def test_a_digest_is_posted_by_hand_once(run: Run, tmp_path: Path) -> None:
    with due(tmp_path, lambda slot: [new(slot)], hours_ago=-1) as there:
        settings = there.office.settings
        environment = {
            "database_url": settings.database_url.get_secret_value(),
            "slack_bot_token": settings.slack_bot_token.get_secret_value(),
            "slack_api_url": settings.slack_api_url,
            "mlbug_digest_channel": settings.mlbug_digest_channel,
        }
        week = str(there.slot.week)

        first = run("digest", "--week", week, "--post", **environment)
        again = run("digest", "--week", week, "--post", "--json")

        assert first[0] == 0, first
        assert again[0] == 1
        assert json.loads(again[1])["posted"] is False
        ana = there.office.person("ana")
        ana.sees("#general", "Security digest").sees_reply("Details")
        assert len(ana.reads("#general", "Security digest, week")) == 1
