"""Whether the machine did anything else while something was measured: only then its slowest hundredth says something.

A virtual machine's processor may be given to others meanwhile; the system counts that as stolen.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

IDLE_SHARE = 0.05
LOOK_S = 0.2
STOLEN_SHARE = 0.01


@dataclass(frozen=True)
class Ticks:
    """What all processors did since the start, in clock ticks."""

    busy: int
    stolen: int
    all: int

    @classmethod
    def now(cls) -> Ticks:
        """By /proc/stat."""
        user, nice, system, idle, waiting, irq, softirq, stolen = map(
            int, Path("/proc/stat").read_text(encoding="ascii").split(maxsplit=9)[1:9]
        )
        busy = user + nice + system + irq + softirq + stolen
        return cls(busy, stolen, busy + idle + waiting)

    def busy_since(self, before: Ticks) -> float:
        """The share of the processors' time that anything took."""
        return (self.busy - before.busy) / max(1, self.all - before.all)

    def stolen_since(self, before: Ticks) -> float:
        """The share that others took from this machine."""
        return (self.stolen - before.stolen) / max(1, self.all - before.all)


def settle(within_s: float = 5.0) -> bool:
    """Wait until nothing happens for a moment; False where that does not come."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        before = Ticks.now()
        time.sleep(LOOK_S)
        if Ticks.now().busy_since(before) <= IDLE_SHARE:
            return True
    return False


def was_undisturbed(before: Ticks) -> bool:
    """Whether next to nothing was stolen since then."""
    return Ticks.now().stolen_since(before) <= STOLEN_SHARE
