"""Who waits for whom in one process: what somebody sits in front of goes first.

All threads share one interpreter. A search or a card that is rendered just then takes it from the answer that Slack waits for,
once for each statement that the answer runs. So whoever has time asks here before a piece of work.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 0.25  # under a rush that does not end, four pieces of work a second and thread are still done
QUIET_S = 0.03  # in a rush the next answer is asked for within some milliseconds
TURN_S = 0.0005


def take_short_turns() -> None:
    """Let threads change places ten times as often as Python does by itself.

    An answer waits for the interpreter after each of its statements. Beside one busy thread the usual 5 ms a time make 70 ms of
    the 14 statements of a filing; measured with eight at once, half a millisecond halved the slowest hundredth.
    """
    sys.setswitchinterval(TURN_S)


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
