"""What a workspace has set: channels, the digest's time, who is who, deadlines. Saved settings win over the environment's."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class DigestTime(BaseModel):
    """When the weekly digest goes out, in the wall time of an IANA zone. Monday is 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weekday: int = Field(default=0, ge=0, le=6)
    hour: int = Field(default=9, ge=0, le=23)
    minute: int = Field(default=0, ge=0, le=59)
    zone: str = "UTC"


class WorkspaceSettings(BaseModel):
    """One workspace's settings. Ids are Slack's; an empty one is not set.

    `deadlines`: urgency -> days to a fix, where it differs from the bar's. `quiet_week`: what the digest does in a week in
    which nothing happened. `webhook`: the https address that every event goes to, signed; empty: none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    triage_channel: str = ""
    digest_channel: str = ""
    digest_at: DigestTime = DigestTime()
    quiet_week: Literal["line", "silence"] = "line"
    triagers: frozenset[str] = frozenset()  # user ids and user group ids
    admins: frozenset[str] = frozenset()
    deadlines: dict[str, int] = Field(default_factory=dict)
    webhook: str = ""
    bar: str = ""  # the content hash of a kept bar; empty: the installation's
