"""What admins read when nothing goes to a channel: which one, what is held back, and what to do."""

from typing import Any

from bot.render.blocks import actions, button, section
from bot.render.home import SETTINGS
from bot.render.text import literal
from triage.digest import DIGEST
from triage.held import GROUP, NO_CHANNEL
from triage.ports import Errand
from triage.reports import report_name

_GONE = "It was deleted, or it is private and mlbug was taken out of it."
_ARCHIVED = "It is archived."
_WHY = {
    "channel_not_found": _GONE,
    "is_archived": _ARCHIVED,
    "channel_is_archived": _ARCHIVED,
    "is_inactive": _ARCHIVED,
    "not_in_channel": "mlbug is not in it.",
}
_DO = {
    "channel_not_found": "Invite mlbug there (`/invite @mlbug`)",
    "is_archived": "Bring the channel back",
    "channel_is_archived": "Bring the channel back",
    "is_inactive": "Bring the channel back",
    "not_in_channel": "Type `/invite @mlbug` there",
}


_GROUP_WHY = {
    "no_such_subteam": "It was deleted or disabled.",
    "missing_scope": "mlbug lacks the scope `usergroups:read`: install it again.",
}


def undelivered(errand: Errand) -> dict[str, Any]:
    """The message."""
    channel, error = errand.data.get("channel", ""), errand.data.get("error", "")
    if errand.data.get("kind") == GROUP:
        return _group_gone(channel, error)
    what = _what(errand)
    if error == NO_CHANNEL or not channel:
        told = f"No triage channel is set, so {what} held back."
        do = "Choose a channel in `/mlbug settings`."
    else:
        why = _WHY.get(error, f"Slack does not let mlbug post there ({_code(error)}).")
        told = f"mlbug can’t post in <#{channel}>. {why} So {what} held back."
        do = f"{_DO.get(error, 'Let mlbug post there')}, or choose another channel in `/mlbug settings`."
    calm = "Nothing is lost: what is held back goes out within the hour after that, and at once when you save the settings."
    return _message(told, f"{do} {calm}")


def _group_gone(group: str, error: str) -> dict[str, Any]:
    told = f"mlbug can’t see the user group {literal(group, 80)}, which its settings name."
    why = _GROUP_WHY.get(error, f"Slack refuses it ({_code(error)}).")
    do = "Whoever was a triager or an admin by it alone is none now. Choose another group, or people, in `/mlbug settings`."
    return _message(told, f"{why} {do}")


def _message(told: str, rest: str) -> dict[str, Any]:
    return {
        "text": f"{told} {rest}",
        "blocks": [
            section(f"*{told}*"),
            section(rest),
            actions("undelivered", button("Open Settings…", SETTINGS)),
        ],
    }


def _code(error: str) -> str:
    """Slack's name of an error, whose underscores are no mark-up."""
    return f"`{error}`" if error.replace("_", "").isalnum() else literal(error, 80)


def _what(errand: Errand) -> str:
    kind = errand.data.get("kind", "")
    if kind == DIGEST:
        return "the weekly digest is"
    if kind == "card":
        return f"the card of {report_name(errand.report)} is"
    return f"what happened to {report_name(errand.report)} is"
