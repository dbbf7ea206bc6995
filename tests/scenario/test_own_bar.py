"""A bar of one workspace's own: used while mlbug runs, for new verdicts alone."""

import json
from pathlib import Path

import pytest
from reporting import Office, answer_gates, answer_questions, fill_what, worst

from bot import cli
from bot.saved_settings import FRESH_S
from triage import bars
from triage.access import Role, Viewer

OVERLAY = """\
base = "aiml-2019"
id = "ours"
version = "1.0.0"
name = "Our bar"

[[threats]]
id = "data_poisoning"
name = "Tainted training"

[[threats.rules]]
id = "DP-C1"
when = { control = "chosen", reach = "reaches_production" }
"""


@pytest.fixture
def ours(tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "ours.toml"
    file.write_text(OVERLAY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", office.settings.database_url.get_secret_value())
    return file


def report(office: Office, name: str, title: str) -> None:
    ben, bar = office.person("ben"), office.bar
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal("Report an ML bug"), name, title=title)
    answer_gates(bar, ben.modal("Does the bar apply?"))
    answers = worst(bar, "data_poisoning") | {
        "decision": bar.threat("data_poisoning").question("decision").options[0].id
    }
    answers["blast"] = bar.threat("data_poisoning").question("blast").options[0].id
    answer_questions(bar, ben.modal("How bad is it?"), "data_poisoning", answers)
    assert "Filed as ML-" in ben.modal("The verdict").text
    ben.modal("The verdict").close()


def look_again(office: Office) -> None:
    """Settings are read at most twice a minute; let the half minute be over."""
    office.assistant.settings.forget(office.sandbox.team.id)


def test_new_verdicts_are_given_by_it_and_old_ones_keep_theirs(office: Office, ours: Path) -> None:
    workspace = office.sandbox.team.id
    report(office, bars.builtin().threat("data_poisoning").name, "Before")

    assert cli.main(["bar", "use", str(ours), "--workspace", workspace]) == 0
    look_again(office)
    report(office, "Tainted training", "After")

    viewer = Viewer(workspace, "U0", Role.TRIAGER)
    before, after = (office.assistant.desk.why(viewer, number) for number in (1, 2))
    assert (before.bar.id, before.verdict.severity) == ("aiml-2019", "Important")
    assert (after.bar.id, after.verdict.severity) == ("ours", "Critical")
    assert before.replayed
    assert after.replayed
    assert FRESH_S <= 30

    assert cli.main(["bar", "use", "default", "--workspace", workspace]) == 0
    look_again(office)
    report(office, bars.builtin().threat("data_poisoning").name, "Again")
    assert office.assistant.desk.why(viewer, 3).bar.id == "aiml-2019"


def test_rescore_shows_what_it_would_change_and_changes_nothing(
    office: Office, ours: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(office, bars.builtin().threat("data_poisoning").name, "Before")
    capsys.readouterr()

    unrated = ours.with_name("unrated.jsonl")
    unrated.write_text('{"title": "Old one", "severity": "Low"}\n', encoding="utf-8")
    cli.main(["import", str(unrated), "--workspace", office.sandbox.team.id])
    capsys.readouterr()

    assert cli.main(["rescore", "--bar", str(ours), "--json"]) == 0

    printed = capsys.readouterr()
    assert "imported without answers and no bar rates them: 1." in printed.err
    told = json.loads(printed.out)
    assert told == [
        {
            "report": "ML-1",
            "workspace": office.sandbox.team.id,
            "now": "Important",
            "then": "Critical",
            "rule_now": "DP-I",
            "rule_then": "DP-C1",
        }
    ]
    viewer = Viewer(office.sandbox.team.id, "U0", Role.TRIAGER)
    assert office.assistant.desk.why(viewer, 1).verdict.severity == "Important"


def test_a_bar_that_is_not_sound_is_not_used(office: Office, ours: Path) -> None:
    ours.write_text(OVERLAY.replace("control", "nothing"), encoding="utf-8")

    assert cli.main(["bar", "use", str(ours), "--workspace", office.sandbox.team.id]) == 1
    assert cli.main(["bar", "use", "nowhere.toml", "--workspace", office.sandbox.team.id]) == 2
    assert cli.main(["rescore", "--bar", str(ours)]) == 2
