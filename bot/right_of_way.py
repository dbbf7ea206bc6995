"""Who waits for whom in one process: what somebody sits in front of goes first.

All threads share one interpreter. A search or a card that is rendered just then takes it from the answer that Slack waits for,
once for each statement that the answer runs. So whoever has time asks here before a piece of work.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 0.1  # under a rush that does not end, ten pieces of work a second and thread are still done


class RightOfWay:
    """Counts the answers under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._going = 0
        self._clear = threading.Event()
        self._clear.set()

    @contextmanager
    def going(self) -> Iterator[None]:
        """An answer is under way."""
        with self._lock:
            self._going += 1
            self._clear.clear()
        try:
            yield
        finally:
            with self._lock:
                self._going -= 1
                if not self._going:
                    self._clear.set()

    def give_way(self, patience_s: float = PATIENCE_S) -> None:
        """Wait until no answer is under way, but no longer than `patience_s`."""
        self._clear.wait(patience_s)
