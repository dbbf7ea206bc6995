"""Ids, stamps and tokens that look like Slack's and come out the same for the same seed."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.clock import Clock

_LETTERS = string.ascii_uppercase + string.digits
_MIXED = string.ascii_letters + string.digits


class Ids:
    """A source of ids; one for each sandbox."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- made-up ids that must repeat, no secrets
        self._clock = clock
        self._last_ts = 0
        self._count = 0

    def new(self, prefix: str) -> str:
        """Make an id such as C07QK3ZB1XW."""
        return prefix + "0" + "".join(self._random.choices(_LETTERS, k=9))

    def short(self, length: int = 5) -> str:
        """Make a block or action id such as Slack makes where the app gave none."""
        return "".join(self._random.choices(_MIXED, k=length))

    def secret(self, length: int = 24) -> str:
        """Make a made-up token or secret."""
        return "".join(self._random.choices(_MIXED, k=length))

    def uuid(self) -> str:
        """Make an envelope id."""
        digits = f"{self._random.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def ts(self) -> str:
        """Make a message's timestamp; no two are equal and they only grow."""
        micro = max(int(self._clock.now() * 1_000_000), self._last_ts + 1)
        self._last_ts = micro
        return f"{micro // 1_000_000}.{micro % 1_000_000:06d}"

    def trigger(self) -> str:
        """Make a trigger id."""
        self._count += 1
        return f"{int(self._clock.now() * 1000)}.{self._count}.{self._random.getrandbits(128):032x}"

    def hash(self) -> str:
        """Make the hash of one state of a view."""
        return f"{int(self._clock.now())}.{self.short(8)}"
