"""The same through Slack's payloads: whoever may not see a report learns nothing and changes nothing, whatever they send."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reporting import Office, answer_gates, answer_questions, fill_what, open_office, worst
from slack_bolt import BoltRequest

from bot.render import care
from bot.render.card import ANSWER, SHOW, WHY
from bot.render.home import REPORT, SETTINGS
from bot.render.lists import NEXT
from bot.render.settings import DIGEST, PEOPLE
from triage.access import Role, Viewer
from triage.lifecycle import Deed
from triage.listing import Which

SECRET = "XYZZYSECRET"
ACTIONS = [*(care.action(deed) for deed in Deed), care.CLOSE, SHOW, WHY, "edit", "edit_filed", SETTINGS, PEOPLE, DIGEST]
COMMANDS = ["show 1", "why 1", "settings", "ask xyzzysecret feed", *(f"list {which}" for which in Which)]
KEPT_OUT = "mlbug is for members of this workspace"


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Office]:
    """ML-1, restricted, filed by Ben."""
    with open_office(tmp_path) as office:
        ben, bar = office.person("ben"), office.bar
        ben.types("#triage", "/mlbug")
        modal = ben.modal().choose("Who may read it", "Restricted")
        fill_what(modal, "Data poisoning", title=f"{SECRET} feed", description=f"{SECRET} feed")
        answer_gates(bar, ben.modal("Does the bar apply?"))
        answer_questions(bar, ben.modal("How bad is it?"), "data_poisoning", worst(bar, "data_poisoning"))
        ben.modal("The verdict").close()
        ben.sees("#triage", "ML-1 · Restricted")
        yield office


def click(office: Office, action_id: str, person: dict[str, str], value: str = "1") -> dict[str, Any]:
    action = {"type": "button", "action_id": action_id, "block_id": "card.0", "value": value}
    if action_id == care.MORE:
        action["selected_option"] = {"value": value}
    return base(office, "block_actions", person) | {
        "actions": [action],
        "container": {"type": "message", "message_ts": "1.0", "channel_id": office.settings.mlbug_triage_channel},
    }


def base(office: Office, kind: str, person: dict[str, str]) -> dict[str, Any]:
    trigger = office.sandbox.look(lambda: office.sandbox.hub.passes.trigger(person["id"]))
    return {
        "type": kind,
        "user": person,
        "team": {"id": person["team_id"]},
        "trigger_id": trigger,
        "channel": {"id": office.settings.mlbug_triage_channel},
    }


def submission(office: Office, callback: str, person: dict[str, str]) -> dict[str, Any]:
    fields = {
        "severity": {"selected_option": {"value": "LOW"}},
        "how": {"selected_option": {"value": "DECLINE"}},
        "reason": {"value": "Because"},
        "owner": {"selected_user": person["id"]},
        "person": {"selected_user": person["id"]},
        "earlier": {"selected_option": {"value": "1"}},
        "until": {"selected_date": "2027-01-01"},
    }
    block = {"type": "input", "block_id": "b", "element": {"action_id": "reason"}}
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": callback,
        "private_metadata": "1.0",
        "hash": "h",
        "blocks": [block],
        "state": {"values": {name: {name: held} for name, held in fields.items()}},
    }
    return base(office, "view_submission", person) | {"view": view}


def send_everything(office: Office, person: dict[str, str]) -> list[str]:
    """Every click, submission and command that names ML-1; what came back in the acks."""
    bodies = [click(office, action, person) for action in ACTIONS]
    bodies += [click(office, care.MORE, person, f"{deed.name.lower()}:1") for deed in (Deed.RESTRICT, Deed.NAME)]
    bodies += [
        click(office, f"{ANSWER}:no", person, "1:data_poisoning.reach:no"),
        click(office, NEXT, person, "all||9"),
    ]
    bodies += [click(office, REPORT, person)]
    bodies += [submission(office, care.action(deed), person) for deed in Deed]
    bodies += [submission(office, care.CLOSE, person)]
    for text in COMMANDS:
        trigger = office.sandbox.look(lambda: office.sandbox.hub.passes.trigger(person["id"]))
        command = {"command": "/mlbug", "text": text, "user_id": person["id"], "team_id": person["team_id"]}
        bodies.append(command | {"trigger_id": trigger, "channel_id": office.settings.mlbug_triage_channel})
    answers = [office.assistant.bolt.dispatch(BoltRequest(mode="socket_mode", body=body)) for body in bodies]
    assert {answer.status for answer in answers} == {200}
    office.assistant.pool.close()  # what follows the acks is done now
    return [str(answer.body or "") for answer in answers]


def on_screen(office: Office, user: str) -> str:
    """Everything that a person has before them: channels, messages to them alone, dialogs, Home."""

    def look() -> str:
        team = office.sandbox.team
        messages = [m for c in team.channels.values() if user in c.members for m in c.messages.values()]
        messages += [m for m in team.ephemerals if m.only_for == user]
        views = [v.body for v in team.views.values() if v.user == user]
        return json.dumps([[m.text, m.blocks] for m in messages] + views)

    return office.sandbox.look(look)


def untouched(office: Office) -> bool:
    report = office.assistant.desk.show(Viewer(office.sandbox.team.id, "U0ANY", Role.TRIAGER), 1)
    return report.version == 1 and report.restricted


def test_a_member_learns_and_changes_nothing_of_a_restricted_report(secret: Office) -> None:
    mei = secret.person("mei")
    mei.types("#general", "/mlbug help")  # known by now
    mei.sees_ephemeral("#general", "mlbug")
    mei.types("#general", "/mlbug show 1")
    mei.sees_ephemeral("#general", "that you can see")

    answers = send_everything(secret, {"id": mei.id, "team_id": secret.sandbox.team.id})

    assert SECRET not in "".join(answers)
    assert SECRET not in on_screen(secret, mei.id)
    assert untouched(secret)


@pytest.mark.parametrize("listed", [False, True], ids=["guest", "guest among the triagers"])
def test_a_guest_is_kept_out_of_everything(secret: Office, listed: bool) -> None:
    mei = secret.person("mei")
    if listed:
        saved = secret.assistant.settings
        defaults = saved.defaults.model_copy(update={"triagers": frozenset({mei.id}), "admins": frozenset({mei.id})})
        saved._known[secret.sandbox.team.id] = (float("inf"), defaults)
    secret.sandbox.look(lambda: setattr(secret.sandbox.team.users[mei.id], "is_guest", True))
    mei.types("#general", "/mlbug list")
    assert KEPT_OUT in mei.sees_ephemeral("#general", "members of this workspace").words

    answers = send_everything(secret, {"id": mei.id, "team_id": secret.sandbox.team.id})

    assert SECRET not in "".join(answers)
    assert SECRET not in on_screen(secret, mei.id)
    assert untouched(secret)


def test_somebody_of_another_workspace_is_kept_out_whatever_the_lists_say(secret: Office) -> None:
    ana = secret.person("ana")  # the same user id as a triager's, but of another workspace
    shown = on_screen(secret, ana.id)

    answers = send_everything(secret, {"id": ana.id, "team_id": "T0FOREIGN"})

    assert SECRET not in "".join(answers)
    assert SECRET not in on_screen(secret, ana.id).replace(shown, "")
    assert untouched(secret)
