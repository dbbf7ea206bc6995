"""What makes a screen better a moment after it is there, and is left out where there is no time for it.

Searching costs more than an answer. Done by the threads that open dialogs it would take the interpreter from them, and under a
rush their room: so it has few threads of its own, begins once the answer is on its way, and what finds no room is dropped.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bot.answer import Improvement, new_reference
from bot.request_id import at_hand, working_on

log = logging.getLogger(__name__)

WAITS_S = (0.2, 0.3, 0.5, 1.0, 1.5)  # before each try; an answer takes some milliseconds
THREADS = 2
PATIENCE_S = 1.0
ROOM = 200  # the last of them is searched for within some three seconds


@dataclass(order=True, slots=True)
class _Due:
    at: float
    turn: int
    improve: Improvement = field(compare=False)
    request: str = field(compare=False)
    tries: int = field(compare=False, default=0)


class Afterwards:
    """A bounded line of improvements, each tried at `waits_s` until it is done; `give_way` lets others go first."""

    def __init__(
        self,
        give_way: Callable[[float], None] = lambda _patience_s: None,
        *,
        threads: int = THREADS,
        room: int = ROOM,
        waits_s: Sequence[float] = WAITS_S,
    ) -> None:
        self._give_way = give_way
        self._threads = threads
        self._room = room
        self._waits_s = waits_s
        self._turns = itertools.count()
        self._line: list[_Due] = []
        self._changed = threading.Condition()
        self._running: list[threading.Thread] = []
        self._closed = False

    def submit(self, improve: Improvement) -> bool:
        """Try `improve` soon; False where there is no room, which nobody needs to be told."""
        with self._changed:
            if self._closed or len(self._line) >= self._room:
                log.info("improvement_left_out")
                return False
            self._put(_Due(time.monotonic() + self._waits_s[0], next(self._turns), improve, at_hand()))
            if len(self._running) < self._threads:
                thread = threading.Thread(target=self._loop, name="afterwards", daemon=True)
                self._running.append(thread)
                thread.start()
        return True

    def close(self, within_s: float = 1.0) -> None:
        """Leave out what waits, and finish what was begun."""
        with self._changed:
            self._closed = True
            self._line.clear()
            self._changed.notify_all()
        until = time.monotonic() + within_s
        for thread in self._running:
            thread.join(max(0.0, until - time.monotonic()))

    def _put(self, due: _Due) -> None:
        heapq.heappush(self._line, due)
        self._changed.notify()

    def _loop(self) -> None:
        while (due := self._next()) is not None:
            self._give_way(PATIENCE_S)
            with working_on(due.request):
                is_done = _tried(due.improve)
            if not is_done and due.tries + 1 < len(self._waits_s):
                tries = due.tries + 1
                later = replace(due, at=time.monotonic() + self._waits_s[tries], tries=tries)
                with self._changed:
                    if not self._closed:
                        self._put(later)

    def _next(self) -> _Due | None:
        """The next that is due, waiting for it; None once closed."""
        with self._changed:
            while not self._closed:
                wait_s = self._line[0].at - time.monotonic() if self._line else None
                if wait_s is not None and wait_s <= 0:
                    return heapq.heappop(self._line)
                self._changed.wait(wait_s)
        return None


def _tried(improve: Improvement) -> bool:
    try:
        return improve()
    except Exception:  # it belongs to an answer that was given already
        log.exception("improvement_failed", extra={"reference": new_reference()})
        return True
