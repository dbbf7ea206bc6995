"""The sandbox's time: real, and movable, so that next week's digest can be seen now."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time in seconds since 1970, UTC."""

    def now(self) -> float:
        """Tell the time."""
        ...


class MovableClock:
    """Real time, moved on by as much as somebody asked for. Safe to read from any thread."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """Tell the time in seconds since 1970, UTC."""
        return time.time() + self.ahead

    def move_on(self, seconds: float) -> None:
        """Move the clock forward; it cannot go back, for nothing that it has stamped could be undone."""
        if seconds < 0:
            raise ValueError("The sandbox's clock moves forward only: give a number of seconds above 0.")
        self.ahead += seconds
