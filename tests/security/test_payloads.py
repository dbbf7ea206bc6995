"""The same through Slack's payloads: whoever may not see a report learns nothing and changes nothing, whatever they send.

What can be sent is read from the listeners' own tables, the manifest and the parser: a new button, dialog, type-ahead, command,
shortcut or event is sent here, too, from the day on which it exists.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reporting import Office, answer_gates, answer_questions, fill_what, open_office, worst
from slack_bolt import BoltRequest

from bot.commands import Verb
from bot.manifest import EVENTS, SHORTCUTS
from bot.render import care
from bot.render.card import ANSWER
from bot.render.lists import NEXT
from bot.render.screens import RESUME
from bot.render.settings import TABS
from triage.access import Role, Viewer
from triage.lifecycle import Deed
from triage.listing import Which
from triage.reports import EventKind

SECRET = "XYZZYSECRET"
KEPT_OUT = "mlbug is for members of this workspace"

# Each verb with what may follow it, where a report could show.
COMMANDS: dict[Verb, list[str]] = {
    Verb.REPORT: ["", "XYZZY feed"],
    Verb.SHOW: ["show 1"],
    Verb.WHY: ["why 1"],
    Verb.LIST: [f"list {which}" for which in Which],
    Verb.ASK: ["ask xyzzysecret feed"],
    Verb.FIGURES: ["report 30d", "report quarter"],
    Verb.EXPORT: ["export csv", "export json"],
    Verb.DIGEST: ["digest preview"],
    Verb.BAR: ["bar", "bar data poisoning"],
    Verb.SETTINGS: ["settings"],
    Verb.HELP: ["help"],
}
EVENT_BODIES: dict[str, dict[str, Any]] = {
    "app_home_opened": {"type": "app_home_opened", "tab": "home"},
    "app_mention": {"type": "app_mention", "text": "<@U0BOT> xyzzysecret feed"},
    "message.im": {"type": "message", "channel_type": "im", "text": "xyzzysecret feed"},
}


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Office]:
    """ML-1, restricted, filed by Ben."""
    with open_office(tmp_path, mlbug_rate_person=0, mlbug_rate_workspace=0) as office:
        ben, bar = office.person("ben"), office.bar
        ben.types("#triage", "/mlbug")
        modal = ben.modal().choose("Who may read it", "Restricted")
        fill_what(modal, "Data poisoning", title=f"{SECRET} feed", description=f"{SECRET} feed")
        answer_gates(bar, ben.modal("Does the bar apply?"))
        answer_questions(bar, ben.modal("How bad is it?"), "data_poisoning", worst(bar, "data_poisoning"))
        ben.modal("The verdict").close()
        ben.sees("#triage", "ML-1 · Restricted")
        yield office


def click(office: Office, action_id: str, person: dict[str, str], place: str) -> dict[str, Any]:
    """A click on ML-1, in a message, in a dialog, or on Home; `place`: message, home, or a dialog's callback id."""
    action: dict[str, Any] = {"type": "button", "action_id": action_id, "block_id": "card.0", "value": "1"}
    special = {NEXT: "all||9", RESUME: "d" * 32}
    action["value"] = special.get(action_id, f"1:{ANSWERED}" if action_id.startswith(ANSWER) else "1")
    if action_id == care.MORE:
        action["selected_option"] = {"value": f"{Deed.NAME.name.lower()}:1"}
    body = base(office, "block_actions", person) | {"actions": [action], "response_url": response_url(office, person)}
    if place == "message":
        container = {"type": "message", "message_ts": "1.0", "channel_id": office.settings.mlbug_triage_channel}
        return body | {"container": container, "message": {"ts": "1.0"}}
    kind = "home" if place == "home" else "modal"
    return body | {"container": {"type": "view", "view_id": "V1"}, "view": view(place, kind)}


ANSWERED = "data_poisoning.reach:live"


def base(office: Office, kind: str, person: dict[str, str]) -> dict[str, Any]:
    return {
        "type": kind,
        "user": person,
        "team": {"id": person["team_id"]},
        "trigger_id": trigger(office, person),
        "channel": {"id": office.settings.mlbug_triage_channel},
    }


def trigger(office: Office, person: dict[str, str]) -> str:
    return office.sandbox.look(lambda: office.sandbox.hub.passes.trigger(person["id"]))


def response_url(office: Office, person: dict[str, str]) -> str:
    hub, channel = office.sandbox.hub, office.settings.mlbug_triage_channel
    key = office.sandbox.look(
        lambda: hub.passes.response_url(office.sandbox.team.id, person["id"], channel, None, is_ephemeral=False)
    )
    return f"{hub.base_url}/response/{key}"


def view(callback: str, kind: str = "modal", user: str = "") -> dict[str, Any]:
    """A dialog with every field that any of ours has."""
    option = {"value": "LOW"}
    fields: dict[str, Any] = {
        "severity": {"selected_option": option},
        "how": {"selected_option": {"value": "DECLINE"}},
        "reason": {"value": "Because"},
        "owner": {"selected_user": user},
        "person": {"selected_user": user},
        "earlier": {"selected_option": {"value": "1"}},
        "until": {"selected_date": "2027-01-01"},
        "triage_channel": {"selected_conversation": ""},
        "triagers": {"selected_users": [user]},
        "admins": {"selected_users": [user]},
        "deadlines": {"value": "P0 1"},
        "webhook": {"value": ""},
        "digest_channel": {"selected_conversation": ""},
        "weekday": {"selected_option": {"value": "1"}},
        "time": {"selected_time": "10:00"},
        "zone": {"value": "UTC"},
        "quiet_week": {"selected_option": {"value": "line"}},
    }
    return {
        "id": "V1",
        "type": kind,
        "callback_id": callback,
        "private_metadata": "1.0" if callback.startswith("care:") else DRAFT,
        "hash": "h",
        "blocks": [{"type": "input", "block_id": "b", "element": {"action_id": "reason"}}],
        "state": {"values": {name: {name: held} for name, held in fields.items()}},
    }


DRAFT = "d1" * 16  # Ben's report is of another; this one is nobody's


def dialogs(office: Office) -> list[str]:
    """The callback ids of all dialogs that can be submitted, from the listeners' tables."""
    named = {
        "care": sorted(office.assistant.listeners.care.by_dialog),
        "settings": sorted(TABS),
        "screen": [
            "screen:what",
            "screen:gates",
            "screen:failure",
            *(f"screen:questions:{t.id}" for t in office.bar.threats),
        ],
    }
    assert set(office.assistant.listeners.submissions.by_prefix) == set(named), "name the dialogs of the new kind here"
    return [callback for each in named.values() for callback in each]


def everything_that_can_be_sent(office: Office, person: dict[str, str]) -> list[dict[str, Any]]:
    """Every click, type-ahead, submission, closed dialog, command, shortcut and event, each about ML-1."""
    listeners = office.assistant.listeners
    actions = [*listeners.buttons.by_action, f"{ANSWER}:live", "of an older version"]
    screens = dialogs(office)
    bodies = [
        click(office, action, person, place)
        for action in actions
        for place in ("message", "home", "shown", "screen:gates")
    ]
    for action in [*listeners.buttons.by_suggestion, "of an older version"]:
        typed = {"action_id": action, "block_id": "b", "value": SECRET[:5]}
        bodies.append(base(office, "block_suggestion", person) | typed | {"view": view(screens[0])})
    for callback in [*screens, "of:an older version"]:
        shown = view(callback, user=person["id"])
        bodies.append(base(office, "view_submission", person) | {"view": shown})
        bodies.append(base(office, "view_closed", person) | {"view": shown, "is_cleared": True})
    for verb in Verb:
        for text in COMMANDS[verb]:
            command = {"command": "/mlbug", "text": text, "user_id": person["id"], "team_id": person["team_id"]}
            where = {"channel_id": office.settings.mlbug_triage_channel, "trigger_id": trigger(office, person)}
            bodies.append(command | where | {"response_url": response_url(office, person)})
    for shortcut in SHORTCUTS:
        kind = "message_action" if shortcut["type"] == "message" else "shortcut"
        message = {"message": {"ts": "1.0", "text": "A feed"}} if kind == "message_action" else {}
        bodies.append(base(office, kind, person) | {"callback_id": shortcut["callback_id"], **message})
    for number, name in enumerate(EVENTS):
        event = EVENT_BODIES[name] | {"user": person["id"], "channel": office.settings.mlbug_triage_channel}
        event |= {"ts": f"{number + 7}.0", "team": person["team_id"]}
        bodies.append(
            {"type": "event_callback", "team_id": person["team_id"], "event": event, "event_id": f"Ev{number}"}
        )
    return bodies


def send_everything(office: Office, person: dict[str, str], caplog: pytest.LogCaptureFixture) -> list[str]:
    """Send it, let everything happen that follows; what came back in the acks. Each kind of click got somewhere."""
    answers, stumbled, clicked = [], dict[str, int](), dict[str, int]()
    for body in everything_that_can_be_sent(office, person):
        before = failures(caplog)
        answer = office.assistant.bolt.dispatch(BoltRequest(mode="socket_mode", body=body))
        assert answer.status == 200
        answers.append(str(answer.body or ""))
        if body.get("type") == "block_actions":
            action = body["actions"][0]["action_id"]
            clicked[action] = clicked.get(action, 0) + 1
            stumbled[action] = stumbled.get(action, 0) + failures(caplog) - before
    office.assistant.afterwards.close()
    office.assistant.pool.close()
    assert [action for action in clicked if stumbled[action] == clicked[action]] == []
    office.assistant.worker.stop()
    while office.assistant.worker.step():  # what is due is sent here and now
        pass
    return answers


def failures(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.getMessage() == "listener_failed" for record in caplog.records)


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


def test_a_member_learns_and_changes_nothing_of_a_restricted_report(
    secret: Office, caplog: pytest.LogCaptureFixture
) -> None:
    mei = secret.person("mei")
    mei.types("#general", "/mlbug help")  # known by now
    mei.sees_ephemeral("#general", "mlbug")
    mei.types("#general", "/mlbug show 1")
    mei.sees_ephemeral("#general", "that you can see")

    answers = send_everything(secret, {"id": mei.id, "team_id": secret.sandbox.team.id}, caplog)

    assert SECRET not in "".join(answers)
    assert SECRET not in on_screen(secret, mei.id)
    assert untouched(secret)


@pytest.mark.parametrize("listed", [False, True], ids=["guest", "guest among the triagers"])
def test_a_guest_is_kept_out_of_everything(secret: Office, listed: bool, caplog: pytest.LogCaptureFixture) -> None:
    mei = secret.person("mei")
    if listed:
        saved = secret.assistant.settings
        defaults = saved.defaults.model_copy(update={"triagers": frozenset({mei.id}), "admins": frozenset({mei.id})})
        saved._known[secret.sandbox.team.id] = (float("inf"), defaults)
    secret.sandbox.look(lambda: setattr(secret.sandbox.team.users[mei.id], "is_guest", True))
    mei.types("#general", "/mlbug list")
    assert KEPT_OUT in mei.sees_ephemeral("#general", "members of this workspace").words

    answers = send_everything(secret, {"id": mei.id, "team_id": secret.sandbox.team.id}, caplog)

    assert SECRET not in "".join(answers)
    assert SECRET not in on_screen(secret, mei.id)
    assert untouched(secret)


def test_a_stranger_is_kept_out_whatever_the_lists_say(secret: Office, caplog: pytest.LogCaptureFixture) -> None:
    ana = secret.person("ana")  # the same user id as a triager's, but of another workspace
    shown = on_screen(secret, ana.id)

    answers = send_everything(secret, {"id": ana.id, "team_id": "T0FOREIGN"}, caplog)

    assert SECRET not in "".join(answers)
    assert SECRET not in on_screen(secret, ana.id).replace(shown, "")
    assert untouched(secret)


def test_the_same_payloads_of_a_triager_read_it_and_change_it(secret: Office, caplog: pytest.LogCaptureFixture) -> None:
    ana = secret.person("ana")
    before = on_screen(secret, ana.id)
    assert SECRET not in before

    answers = send_everything(secret, {"id": ana.id, "team_id": secret.sandbox.team.id}, caplog)

    assert SECRET in "".join(answers)
    assert SECRET in on_screen(secret, ana.id)
    kinds = {
        event.kind for event in secret.assistant.desk.history(Viewer(secret.sandbox.team.id, ana.id, Role.TRIAGER), 1)
    }
    assert {EventKind.ACCEPTED, EventKind.ASSIGNED, EventKind.CLOSED, EventKind.REOPENED} <= kinds
    assert {EventKind.UNRESTRICTED, EventKind.SNOOZED} <= kinds
