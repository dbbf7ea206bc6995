"""Who is behind a Slack payload: the viewer that every use case needs."""

from collections.abc import Mapping
from typing import Any, Protocol

from triage.access import Viewer


class Rolls(Protocol):
    """Who is what; see `bot.roster`."""

    def viewer(self, workspace: str, user: str, *, outsider: bool = False) -> Viewer:
        """The viewer for a person."""


def viewer_of(body: Mapping[str, Any], roster: Rolls, home: str) -> Viewer:
    """Read the person out of a command, a click, a submission, an event or a type-ahead that came to the app in workspace `home`.

    In a shared channel people of other workspaces click too: whoever is not of `home` is an outsider there.
    """
    if "event" in body:
        event = body["event"]
        team = event.get("user_team") or event.get("team") or body.get("team_id") or home
        return roster.viewer(home, str(event.get("user", "")), outsider=team != home)
    if "user_id" in body:  # a slash command
        return roster.viewer(home, str(body["user_id"]), outsider=body.get("team_id", home) != home)
    person = body.get("user") or {}
    team = str((body.get("team") or {}).get("id") or body.get("team_id") or home)
    stranger = team != home or person.get("team_id", home) != home
    return roster.viewer(home, str(person.get("id", "")), outsider=stranger)
