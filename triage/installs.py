"""Installations: where the assistant was let in by somebody else than its operator, with the tokens to act there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from triage.errors import MlbugError


class SealBroken(MlbugError):
    """A kept token can't be read with the keys that there are."""

    code = "seal_broken"


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation: in a workspace, or (`team` empty) in all workspaces of an organisation.

    `expires_at` and `refresh_token` are there where tokens are rotated. `version` grows with every renewal.
    """

    enterprise: str
    team: str
    name: str
    bot_user: str
    bot_id: str
    installer: str
    scopes: str
    installed_at: datetime
    token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    version: int = 1


class Installations(Protocol):
    """Keeps installations, their tokens sealed. Every method raises `Unavailable`; those that read tokens `SealBroken`."""

    def put(self, installation: Installation) -> None:
        """Insert, or replace the one of the same organisation and workspace."""

    def find(self, enterprise: str, team: str) -> Installation | None:
        """The workspace's own installation, else its organisation's."""

    def of_team(self, team: str) -> Installation | None:
        """The installation that serves a workspace of which only the id is known."""

    def serve(self, team: str, enterprise: str) -> None:
        """Remember that an organisation's installation serves this workspace."""

    def renew(self, renewed: Installation) -> bool:
        """Keep new tokens in the place of version `renewed.version - 1`; False where somebody else was quicker."""

    def expiring(self, before: datetime) -> Sequence[Installation]:
        """Those whose tokens end before a moment."""

    def remove(self, enterprise: str, team: str, at: datetime) -> bool:
        """Forget the tokens of an installation made before `at`; whether there was one."""

    def teams(self) -> Sequence[str]:
        """The workspaces that are served now."""

    def gone(self, before: datetime) -> Sequence[str]:
        """Workspaces whose installation was removed before a moment, and that are served no more; then such organisations."""

    def rewrap(self) -> int:
        """Seal every token with the newest key; how many."""

    def put_state(self, digest: str, until: datetime) -> None:
        """Remember the digest of a state that was handed out."""

    def take_state(self, digest: str, now: datetime) -> bool:
        """Whether this state was handed out, has not ended, and was not taken before; it is taken now."""
