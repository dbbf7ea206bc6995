"""Things the app is handed that run out: triggers, response URLs, tickets for a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.blockkit import limits
from bot.sandbox.errors import ApiError

if TYPE_CHECKING:
    from bot.sandbox.clock import Clock
    from bot.sandbox.ids import Ids


@dataclass
class Trigger:
    """Leave to open a modal for one person: three seconds, once.

    `view` is the view that it was earned in, `channel` the channel, where there was one.
    """

    user: str
    made_at: float
    view: str | None
    channel: str | None = None
    is_used: bool = False


@dataclass
class ResponseUrl:
    """Leave to answer where an interaction came from: five times within 30 minutes."""

    team: str
    user: str
    channel: str
    made_at: float
    message_ts: str | None
    is_ephemeral: bool
    uses: int = 0


_MOST = 5_000


def _forget(passes: dict[str, Any]) -> None:
    """Forget the oldest pass where there are very many, so that a long demo does not grow."""
    if len(passes) > _MOST:
        del passes[next(iter(passes))]


class Passes:
    """Hands out triggers and response URLs and takes them back."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str, view: str | None = None, channel: str | None = None) -> str:
        """Make a trigger for somebody who has just done something."""
        trigger_id = self._ids.trigger()
        self._triggers[trigger_id] = Trigger(user, self._clock.now(), view, channel)
        _forget(self._triggers)
        return trigger_id

    def look_at(self, trigger_id: str) -> Trigger:
        """Give a trigger that is still good; raise ApiError where it is unknown, used or too old."""
        found = self._triggers.get(trigger_id)
        if found is None:
            raise ApiError("invalid_trigger_id")
        if found.is_used:
            raise ApiError("exchanged_trigger_id")
        if self._clock.now() - found.made_at > limits.TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        return found

    def response_url(
        self, team: str, user: str, channel: str, message_ts: str | None = None, *, is_ephemeral: bool = False
    ) -> str:
        """Make the secret part of a response URL."""
        key = self._ids.secret(24)
        self._urls[key] = ResponseUrl(team, user, channel, self._clock.now(), message_ts, is_ephemeral)
        _forget(self._urls)
        return key

    def use(self, key: str) -> ResponseUrl:
        """Spend one use of a response URL; raise ApiError where it is unknown, spent or too old."""
        found = self._urls.get(key)
        if found is None:
            raise ApiError("invalid_url")
        if self._clock.now() - found.made_at > limits.RESPONSE_URL_SECONDS:
            raise ApiError("expired_url")
        if found.uses >= limits.RESPONSE_URL_USES:
            raise ApiError("used_url")
        found.uses += 1
        return found
