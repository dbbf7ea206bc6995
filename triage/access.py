"""Who somebody is, and what they may see and do. Default deny: what is not allowed here is refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is to the assistant in one workspace. A guest or a stranger is no one: see `Viewer.is_member`."""

    OUTSIDER = "outsider"  # a guest, or a person of another workspace in a shared channel
    MEMBER = "member"
    TRIAGER = "triager"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person in a workspace, as every read and write needs to know them.

    `workspace` and `user` are Slack ids. `admin` is apart from `role`: an admin changes settings, but a restricted
    report is open to triagers, its reporter and its named viewers only.
    """

    workspace: str
    user: str
    role: Role = Role.MEMBER
    admin: bool = False

    @classmethod
    def assistant(cls, workspace: str) -> "Viewer":
        """The assistant itself, reading what it has to send. Whoever renders keeps restricted text out of channels."""
        return cls(workspace, "", Role.TRIAGER)

    @property
    def is_member(self) -> bool:
        """Whether this person may use the assistant at all."""
        return self.role is not Role.OUTSIDER

    @property
    def is_triager(self) -> bool:
        """Whether this person may do everything on reports."""
        return self.role is Role.TRIAGER


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack said of somebody's account at `seen_at`: a guest or a closed account may do nothing here.

    `admin` is Slack's own admin or owner of the workspace, who counts as admin here while nobody else is named.
    """

    workspace: str
    user: str
    guest: bool
    gone: bool
    admin: bool
    seen_at: datetime

    @property
    def is_outsider(self) -> bool:
        """Whether this account is kept out."""
        return self.guest or self.gone


def may_see(viewer: Viewer, *, workspace: str, reporter: str, restricted: bool, named: frozenset[str]) -> bool:
    """Whether `viewer` may see more of a report than its number. The stores filter by the same rule in their queries."""
    if viewer.workspace != workspace or not viewer.is_member:
        return False
    return not restricted or viewer.is_triager or viewer.user == reporter or viewer.user in named


def may_edit(viewer: Viewer, *, workspace: str, reporter: str, accepted: bool) -> bool:
    """Whether `viewer` may change a report's answers: its reporter until it is accepted, triagers always."""
    if viewer.workspace != workspace or not viewer.is_member:
        return False
    return viewer.is_triager or (viewer.user == reporter and not accepted)
