"""The way from the sandbox to the app: send something, wait for the acknowledgement, know how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True)
class Answer:
    """How the app took what it was sent.

    `acknowledged`: in time, with `body` (None when empty). `late`: not within three seconds. `absent`: there is no
    app to send to. `failed`: it answered with an error (HTTP), or with what Slack can't take; `why` says which.
    """

    outcome: Literal["acknowledged", "late", "absent", "failed"]
    body: Any = None
    why: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Tell whether the app acknowledged in time, in a form that Slack takes."""
        return self.outcome == "acknowledged"


class Link(Protocol):
    """A transport: Socket Mode, or signed HTTP requests."""

    @property
    def name(self) -> Literal["socket", "http"]:
        """Tell which transport it is; the limits of answers differ."""
        ...

    @property
    def is_connected(self) -> bool:
        """Tell whether there is an app to send to."""
        ...

    async def send(self, kind: Kind, payload: dict[str, Any], *, retry: int = 0, reason: str = "") -> Answer:
        """Send a payload and wait for the acknowledgement, three seconds at most."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...
