"""What all parts of the sandbox share: the workspaces, the clock, the traffic, and who waits for a change.

Everything here belongs to the thread of the sandbox's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from bot.sandbox.errors import ApiError
from bot.sandbox.installs import Installs

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.clock import Clock
    from bot.sandbox.definition import Keys
    from bot.sandbox.delivery import Deliveries
    from bot.sandbox.faults import Faults
    from bot.sandbox.ids import Ids
    from bot.sandbox.inspector import Inspector
    from bot.sandbox.link import Link
    from bot.sandbox.passes import Passes
    from bot.sandbox.team import Team

Seen = TypeVar("Seen")


@dataclass
class Hub:
    """The shared state of one sandbox."""

    clock: Clock
    ids: Ids
    passes: Passes
    inspector: Inspector
    keys: Keys
    deliveries: Deliveries
    faults: Faults
    base_url: str
    teams: dict[str, Team] = field(default_factory=dict)
    version: int = 0
    installs: Installs = field(init=False)
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.installs = Installs(self)

    @property
    def link(self) -> Link:
        """Give the way to the app."""
        return self.deliveries.link

    def changed(self) -> None:
        """Tell everybody who waits that something may look different now."""
        self.version += 1
        waiting, self._waiting = self._waiting, set()
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def next_change(self) -> None:
        """Wait until something changes."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def until(self, look: Callable[[], Seen | None], seconds: float) -> Seen | None:
        """Look after every change until there is something to see, or give None after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while (seen := look()) is None:
                    await self.next_change()
                return seen
        except TimeoutError:
            return None

    def team_of_token(self, token: str) -> Team:
        """Give the workspace that a bot token belongs to."""
        for team in self.teams.values():
            if team.bot_token == token and team.is_installed:
                return team
        raise ApiError("invalid_auth")

    async def sleep_until(self, due: float) -> None:
        """Sleep until the sandbox's clock shows a time; moving the clock on wakes the sleeper."""
        while (left := due - self.clock.now()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self.next_change()

    def now(self) -> int:
        """Tell the time in whole seconds."""
        return int(self.clock.now())
