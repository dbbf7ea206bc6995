"""What a Web API method is made of, and paging, which many of them share."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bot.sandbox.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.sandbox.hub import Hub
    from bot.sandbox.socket_mode import SocketLink
    from bot.sandbox.team import Team

Json = dict[str, Any]
Kind = Literal["text", "flag", "number", "json", "list"]


@dataclass(frozen=True)
class Call:
    """One call: whose workspace, and the arguments with their right types."""

    hub: Hub
    team: Team
    socket: SocketLink | None
    args: Json


@dataclass(frozen=True)
class Method:
    """A method: its arguments and their types, those it can't do without, scopes, and what it does.

    `bearer` says whose token it wants; `complaints` gives the error name for a missing argument where Slack has one of its own.
    """

    name: str
    run: Callable[[Call], Json]
    arguments: Mapping[str, Kind] = field(default_factory=dict)
    required: Sequence[str] = ()
    scopes: Sequence[str] = ()
    bearer: Literal["bot", "app", "nobody"] = "bot"
    complaints: Mapping[str, str] = field(default_factory=dict)

    def missing(self, args: Json) -> list[str]:
        """Name the required arguments that are not there."""
        return [name for name in self.required if args.get(name) in (None, "")]

    def missing_code(self, args: Json) -> str | None:
        """Give Slack's own error name for the first missing argument, where it has one."""
        return next((self.complaints[name] for name in self.missing(args) if name in self.complaints), None)


def page(call: Call, items: Sequence[Json], default: int = 100) -> tuple[list[Json], Json]:
    """Cut a page out of a list by `limit` and `cursor`; give it and the response_metadata."""
    limit = call.args.get("limit") or default
    if not 1 <= limit <= 1000:
        raise ApiError("invalid_limit")
    start = _decode(call.args.get("cursor", ""))
    end = start + limit
    following = _encode(end) if end < len(items) else ""
    return list(items[start:end]), {"next_cursor": following}


def _encode(offset: int) -> str:
    return base64.b64encode(f"offset:{offset}".encode()).decode()


def _decode(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word != "offset":
            raise ApiError("invalid_cursor")
        return int(number)
    except (binascii.Error, ValueError):
        raise ApiError("invalid_cursor") from None
