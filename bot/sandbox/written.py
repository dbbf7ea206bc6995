"""What a person's typing becomes on its way: escaped, with ids in the place of names.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.team import Team

Json = dict[str, Any]
_TOKEN = re.compile(r"@(?P<user>[a-z0-9][a-z0-9._-]*)|#(?P<channel>[a-z0-9][a-z0-9_-]*)|(?P<url>https?://[^\s<>|]+)")


def escape(text: str) -> str:
    """Escape the three characters that Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _pieces(team: Team, text: str) -> list[tuple[str, str, str]]:
    """Cut text into (kind, id, words); kind is text, user, channel or link."""
    found: list[tuple[str, str, str]] = []
    end = 0
    for match in _TOKEN.finditer(text):
        piece = _piece(team, match)
        if piece is None:
            continue
        if match.start() > end:
            found.append(("text", "", text[end : match.start()]))
        found.append(piece)
        end = match.end()
    if end < len(text):
        found.append(("text", "", text[end:]))
    return found


def _piece(team: Team, match: re.Match[str]) -> tuple[str, str, str] | None:
    if match["user"]:
        user = team.user_by_handle(match["user"])
        return ("user", user.id, user.handle) if user else None
    if match["channel"]:
        channel = team.channel_by_name(match["channel"])
        return ("channel", channel.id, channel.name) if channel else None
    return ("link", match["url"], match["url"])


def for_message(team: Team, text: str) -> str:
    """Give the text of a message as the app reads it."""
    written = {"user": "<@{0}>", "channel": "<#{0}|{1}>", "link": "<{0}>"}
    return "".join(
        escape(words) if kind == "text" else written[kind].format(escape(id_), words)
        for kind, id_, words in _pieces(team, text)
    )


def for_command(team: Team, text: str, *, should_escape: bool) -> str:
    """Give the text of a command as the app reads it; with `should_escape`, people and channels carry their ids."""
    if not should_escape:
        return escape(text)
    written = {"user": "<@{0}|{1}>", "channel": "<#{0}|{1}>", "link": "<{0}>"}
    return "".join(
        escape(words) if kind == "text" else written[kind].format(escape(id_), words)
        for kind, id_, words in _pieces(team, text)
    )


def rich_text(team: Team, text: str) -> list[Json]:
    """Give the elements of the rich_text block that Slack adds to what people write."""
    leaves: list[Json] = []
    for kind, id_, words in _pieces(team, text):
        if kind == "text":
            leaves.append({"type": "text", "text": words})
        elif kind == "link":
            leaves.append({"type": "link", "url": id_})
        else:
            leaves.append({"type": kind, f"{kind}_id": id_})
    return [{"type": "rich_text_section", "elements": leaves}]
