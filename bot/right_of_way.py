"""Who waits for whom in one process: what somebody sits in front of goes first.

All threads share one interpreter. A search or a card that is rendered just then takes it from the answer that Slack waits for,
once for each statement that the answer runs. So whoever has time asks here before a piece of work.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 0.1  # under a rush that does not end, ten pieces of work a second and thread are still done
QUIET_S = 0.03  # in a rush the next answer is asked for within some milliseconds


class RightOfWay:
    """Counts the answers under way."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._going = 0
        self._ended_at = -QUIET_S

    @contextmanager
    def going(self) -> Iterator[None]:
        """An answer is under way."""
        with self._changed:
            self._going += 1
        try:
            yield
        finally:
            with self._changed:
                self._going -= 1
                self._ended_at = time.monotonic()
                if not self._going:
                    self._changed.notify_all()

    def give_way(self, patience_s: float = PATIENCE_S) -> None:
        """Wait until no answer is or was just now under way, but no longer than `patience_s`."""
        until = time.monotonic() + patience_s
        with self._changed:
            while (now := time.monotonic()) < until:
                quiet_at = self._ended_at + QUIET_S
                if not self._going and now >= quiet_at:
                    return
                self._changed.wait((min(until, quiet_at) if not self._going else until) - now)
