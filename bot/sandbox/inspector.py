"""The record of what went to and fro between the sandbox and the app: the raw traffic, without the tokens."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from bot.sandbox.clock import Clock

log = logging.getLogger(__name__)
_SECRET = frozenset({"token", "client_secret", "app_token", "access_token", "bot_token"})
_KEPT = 500


@dataclass
class Exchange:
    """One request and its answer. `to_app` is what the sandbox sent; `from_app` is a Web API call.

    `problems` are loud: what real Slack would have swallowed without a word.
    """

    number: int
    at: float
    direction: Literal["to_app", "from_app"]
    name: str
    request: Any
    answer: Any = None
    outcome: str = ""
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


def redact(value: Any) -> Any:
    """Copy a payload without its tokens."""
    if isinstance(value, dict):
        return {name: "..." if name in _SECRET else redact(each) for name, each in value.items()}
    if isinstance(value, list):
        return [redact(each) for each in value]
    return value


class Inspector:
    """Keeps the last exchanges."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.count = 0
        self.exchanges: deque[Exchange] = deque(maxlen=_KEPT)

    def begin(self, direction: Literal["to_app", "from_app"], name: str, request: Any) -> Exchange:
        """Note that something was sent."""
        self.count += 1
        exchange = Exchange(self.count, self._clock.now(), direction, name, redact(request))
        self.exchanges.append(exchange)
        return exchange

    def end(self, exchange: Exchange, outcome: str, answer: Any, problems: list[str] | None = None) -> None:
        """Note how it was answered; problems are logged as warnings too."""
        exchange.outcome = outcome
        exchange.answer = redact(answer)
        exchange.seconds = self._clock.now() - exchange.at
        exchange.problems += problems or []
        for problem in problems or []:
            log.warning("sandbox.refused", extra={"exchange": exchange.name, "problem": problem})
