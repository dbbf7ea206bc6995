"""What Slack sends while somebody reports a bug: the command and each submit, filled in as a person would, as form bodies.

The views are the ones that mlbug itself renders, so that each body has the size that it has in life.
"""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import urlencode

from bot.render import screens
from bot.render.screens import Shown
from triage.bar import UNKNOWN, BugBar
from triage.bars import builtin
from triage.interview import Screen
from triage.reports import Entries, Step

TEAM = "T0BENCH01"
PEOPLE = 50
THREAT = "data_poisoning"
_CHOICES = {"ml_target": "yes", "intent": "malicious", "others_affected": "yes", "threat": THREAT}
_STORY = "A public dataset was changed so that images of one class with a small sticker are learnt as another. " * 4


def person(number: int) -> str:
    return f"U0BENCH{number % PEOPLE:02}"


def command(number: int, text: str = "") -> bytes:
    """`/mlbug`."""
    return urlencode(
        {
            "token": "verification",
            "team_id": TEAM,
            "team_domain": "bench",
            "channel_id": "C0BENCH01",
            "channel_name": "triage",
            "user_id": person(number),
            "user_name": "ana",
            "command": "/mlbug",
            "text": text,
            "api_app_id": "A0BENCH01",
            "is_enterprise_install": "false",
            "response_url": f"http://127.0.0.1:9/commands/{number}",
            "trigger_id": f"{number}.1111111111.abcdefabcdefabcdefabcdefabcdefab",
        }
    ).encode()


def submit(bar: BugBar, step: str, draft: str, number: int) -> bytes:
    """The submit of a screen, `what`, `gates` or `questions`, as a form."""
    return urlencode({"payload": json.dumps(interaction(bar, step, draft, number))}).encode()


def interaction(bar: BugBar, step: str, draft: str, number: int) -> dict[str, Any]:
    """The same as a payload."""
    screen = Screen(Step(step), THREAT if step == "questions" else "")
    # An instance of the draft that the screens before it led to; the desk reads its own copy from the history.
    entries = Entries(title="Poisoned images", description=_STORY, threat=THREAT)
    view = screens.render(screen, Shown(bar, draft, entries))
    return _from_somebody("view_submission", number) | {"view": _sent(view, number), "response_urls": []}


def click(number: int, kind: str) -> dict[str, Any]:
    """A click on a message (`block_actions`), a type-ahead (`block_suggestion`), or a closed window (`view_closed`)."""
    view = screens.render(Screen(Step.WHAT), Shown(builtin(), f"{number:032x}", Entries(title="Poisoned images")))
    body = _from_somebody(kind, number)
    if kind == "block_suggestion":
        return body | {"action_id": "system", "block_id": "system", "value": "Vis", "view": _sent(view, number)}
    if kind == "view_closed":
        return body | {"view": _sent(view, number), "is_cleared": False}
    return body | {
        "channel": {"id": "C0BENCH01", "name": "triage"},
        "message": {"ts": "1.1", "text": "ML-1", "blocks": []},
        "response_url": f"http://127.0.0.1:9/actions/{number}",
        "actions": [{"type": "button", "action_id": "why", "block_id": "b", "value": "1", "action_ts": "1.1"}],
    }


def _from_somebody(kind: str, number: int) -> dict[str, Any]:
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": "bench"},
        "user": {"id": person(number), "username": "ana", "name": "ana", "team_id": TEAM},
        "api_app_id": "A0BENCH01",
        "token": "verification",
        "trigger_id": f"{number}.1111111111.abcdefabcdefabcdefabcdefabcdefab",
        "is_enterprise_install": False,
        "enterprise": None,
    }


def _sent(view: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "id": f"V{number:09}",
        "team_id": TEAM,
        "state": {"values": _values(view["blocks"], number)},
        "hash": f"{number}.abcdef",
        "previous_view_id": None,
        "root_view_id": f"V{number:09}",
        "app_id": "A0BENCH01",
        "external_id": "",
        "app_installed_team_id": TEAM,
        "bot_id": "B0BENCH01",
    } | view


def _values(blocks: list[dict[str, Any]], number: int) -> dict[str, Any]:
    return {
        block["block_id"]: {block["element"]["action_id"]: _filled(block["element"], number)}
        for block in blocks
        if block["type"] == "input"
    }


def _filled(element: dict[str, Any], number: int) -> dict[str, Any]:
    kind, name = element["type"], element["action_id"]
    filled: dict[str, Any] = {"type": kind}
    if kind == "plain_text_input":
        filled["value"] = _words(number, 6 if name == "title" else 70)
    elif kind == "checkboxes":
        filled["selected_options"] = []
    elif kind == "external_select":
        filled["selected_option"] = {"text": {"type": "plain_text", "text": "Vision"}, "value": "Vision"}
    elif name == "second" or name.startswith("variant."):
        filled["selected_option"] = None
    else:
        known = [option for option in element["options"] if option["value"] != UNKNOWN]
        chosen = [option for option in known if option["value"] == _CHOICES.get(name)] or known[-1:]
        filled["selected_option"] = chosen[0]
    return filled


def _words(number: int, count: int) -> str:
    """What a person writes: no two reports alike, common words in most of them, rare ones in few."""
    chance = random.Random(number)  # noqa: S311  # must repeat
    return " ".join(f"w{int(4000 * chance.random() ** 3)}" for _ in range(count))
