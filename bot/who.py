"""Who is behind a Slack payload: the viewer that every use case needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage.access import Role, Viewer


@dataclass(frozen=True, slots=True)
class Roster:
    """User ids of triagers and admins in a workspace."""

    triagers: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()

    def viewer(self, workspace: str, user: str, *, outsider: bool = False) -> Viewer:
        """The viewer for a person; a stranger to the workspace is an outsider whatever the lists say."""
        if outsider:
            return Viewer(workspace, user, Role.OUTSIDER)
        role = Role.TRIAGER if user in self.triagers else Role.MEMBER
        return Viewer(workspace, user, role, admin=user in self.admins)


def viewer_of(body: Mapping[str, Any], roster: Roster, home: str) -> Viewer:
    """Read the person out of a command, a click, a submission or a type-ahead that came to the app in workspace `home`.

    In a shared channel people of other workspaces click too: whoever is not of `home` is an outsider there.
    """
    if "user_id" in body:  # a slash command
        return roster.viewer(home, str(body["user_id"]), outsider=body.get("team_id", home) != home)
    person = body.get("user") or {}
    team = str((body.get("team") or {}).get("id") or body.get("team_id") or home)
    stranger = team != home or person.get("team_id", home) != home
    return roster.viewer(home, str(person.get("id", "")), outsider=stranger)
