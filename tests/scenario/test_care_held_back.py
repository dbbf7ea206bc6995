"""A triage channel that is gone: the admins are told once, nothing is lost, and after the cure each card goes out once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from databases import opened
from reporting import Office, file_report, open_office, worst

from bot.cli import main
from bot.sandbox.team import Channel
from db.outbox import SqlQueue
from triage.digest import Posting
from triage.ports import QueueState
from triage.weeks import latest_slot
from triage.workspace import DigestTime

ERRORS = {"archived": "is_archived", "left": "not_in_channel", "deleted": "channel_not_found"}
SAID = {"archived": "It is archived", "left": "mlbug is not in it", "deleted": "It was deleted, or it is private"}


def triage(office: Office) -> Channel:
    return office.sandbox.team.channels[office.settings.mlbug_triage_channel]


def take_away(office: Office, trouble: str) -> Callable[[], None]:
    """Let the triage channel be gone; gives what brings it back."""
    team, channel = office.sandbox.team, triage(office)
    office.expected.add(f"chat.postMessage: {ERRORS[trouble]}")

    def gone() -> None:
        if trouble == "archived":
            channel.is_archived = True
        elif trouble == "left":
            channel.members.remove(team.bot.id)
        else:
            del team.channels[channel.id]

    def back() -> None:
        channel.is_archived = False
        team.channels[channel.id] = channel
        if team.bot.id not in channel.members:
            channel.members.append(team.bot.id)

    office.sandbox.look(gone)
    return lambda: office.sandbox.look(back)


def file_report_in(office: Office, title: str) -> None:
    ben = office.person("ben")
    file_report(
        office, ben, "data_poisoning", worst(office.bar, "data_poisoning"), title=title, where="#general"
    ).close()


def queue(office: Office) -> QueueState:
    with opened(office.settings.database_url.get_secret_value()) as engine:
        return SqlQueue(engine).state(office.assistant.desk.changes.clock())


def warnings(office: Office, handle: str = "ana") -> list[str]:
    return [said.words for said in office.person(handle).reads_dm("mlbug") if "held back" in said.words]


@pytest.mark.parametrize("trouble", list(ERRORS))
def test_the_admins_hear_of_it_once_and_another_channel_cures_it(office: Office, trouble: str) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    take_away(office, trouble)
    file_report_in(office, "First feed")
    file_report_in(office, "Second feed")
    ben.reads_dm("mlbug", "Second feed")

    told = ana.reads_dm("mlbug", "held back")[-1]
    assert "can’t post in" in told.words
    assert SAID[trouble] in told.words
    assert "ML-1" in told.words
    assert warnings(office, "ben") == warnings(office, "mei") == []
    told.press("Open Settings…")
    ana.modal("mlbug settings").choose("Triage channel", "general").submit()
    assert "Saved" in ana.modal(containing="Saved").text

    for title in ("First feed", "Second feed"):
        assert len(ana.reads("#general", title)) == 1
    ana.sees("#general", "First feed").press("Accept")
    assert "accepted it" in ana.sees("#general", "State: accepted").sees_reply("accepted it").words
    assert len(warnings(office)) == 1
    assert queue(office).dead == 0


@pytest.mark.parametrize("trouble", list(ERRORS))
def test_the_operator_can_let_it_go_out_and_its_story_comes_with_it(
    office: Office, trouble: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ana = office.person("ana")
    back = take_away(office, trouble)
    file_report_in(office, "First feed")
    ana.reads_dm("mlbug", "held back")
    ana.types("#general", "/mlbug show 1")
    ana.sees_ephemeral("#general", "First feed").press("Accept")
    ana.sees_ephemeral("#general", "State: accepted")
    back()
    monkeypatch.setenv("DATABASE_URL", office.settings.database_url.get_secret_value())

    assert main(["queue", "--retry"]) == 0
    assert "Due again: 1." in capsys.readouterr().out

    card = ana.sees("#triage", "First feed")
    assert "State: accepted" in card.words
    assert "accepted it" in card.sees_reply("accepted it").words
    assert len(ana.reads("#triage", "First feed")) == 1


def test_after_a_cure_new_trouble_is_told_anew(office: Office) -> None:
    ana = office.person("ana")
    for number in (1, 2):
        back = take_away(office, "left")
        file_report_in(office, f"Feed {number}")
        ana.reads_dm("mlbug", f"the card of ML-{number} is held back")
        back()
        ana.types("#general", "/mlbug settings")
        ana.modal("mlbug settings").submit()
        ana.modal(containing="Saved").close()
        ana.sees("#triage", f"Feed {number}")

    assert len(warnings(office)) == 2


def test_open_cards_move_to_the_new_channel_when_they_change(office: Office) -> None:
    ana = office.person("ana")
    file_report_in(office, "First feed")
    ana.sees("#triage", "First feed")
    take_away(office, "archived")
    ana.types("#general", "/mlbug settings")
    ana.modal("mlbug settings").choose("Triage channel", "general").submit()
    ana.modal(containing="Saved").close()

    ana.types("#general", "/mlbug show 1")
    ana.sees_ephemeral("#general", "First feed").press("Accept")
    office.expected.clear()
    office.expected.add("chat.update: is_inactive")  # nothing else was tried there

    card = ana.sees("#general", "State: accepted")
    assert "First feed" in card.words
    assert "accepted it" in card.sees_reply("accepted it").words
    assert len([said for said in ana.reads("#general", "First feed") if "Owner:" in said.words]) == 1
    assert warnings(office) == []


def test_without_named_admins_the_workspaces_own_are_told(office: Office) -> None:
    defaults = office.assistant.settings.defaults
    assert defaults.admins == frozenset()  # Ana is Slack's admin of this workspace, and was never met
    take_away(office, "left")
    file_report_in(office, "First feed")

    office.person("ana").reads_dm("mlbug", "held back")


def test_a_workspace_without_a_channel_is_told_to_choose_one(tmp_path: Path) -> None:
    with open_office(tmp_path, mlbug_triage_channel="") as office:
        ana = office.person("ana")
        file_report_in(office, "First feed")

        told = ana.reads_dm("mlbug", "No triage channel is set")[-1]
        assert "the card of ML-1 is held back" in told.words
        told.press("Open Settings…")
        ana.modal("mlbug settings").choose("Triage channel", "triage").submit()
        assert len(ana.reads("#triage", "First feed")) == 1


def test_a_digest_without_its_channel_waits_and_is_told_too(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    ana, now = office.person("ana"), office.assistant.desk.changes.clock()
    back = take_away(office, "left")
    week = latest_slot(now, DigestTime()).week
    office.assistant.schedule.post(Posting(office.sandbox.team.id, triage(office).id, week, "UTC", now))
    told = ana.reads_dm("mlbug", "held back")[-1]
    assert "the weekly digest is held back" in told.words
    assert "mlbug is not in it" in told.words
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DATABASE_URL", office.settings.database_url.get_secret_value())
        assert main(["queue", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["held"] == 1
        back()
        assert main(["queue", "--retry"]) == 0

    assert len(ana.reads("#triage", f"week {week.number}")) == 1
