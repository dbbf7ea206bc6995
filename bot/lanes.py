"""Threads for the work of requests, in lanes that do not hold one another up.

What saves waits for the database at times; what only asks must not wait behind it. Each lane has so many threads and so much
room in line; what finds no room, or no thread in time, is told so at once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")

START_WITHIN_S = 1.5  # Slack waits three seconds: who has not begun by half of that answers that it is busy


class Full(Exception):
    """There is no room in this lane now; nothing was begun."""


class Lane:
    """`threads` jobs at once, `waiting` more in line. `run` is for one event loop only."""

    def __init__(self, name: str, threads: int, waiting: int, start_within_s: float = START_WITHIN_S) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threads + waiting
        self._inside = 0
        self._start_within_s = start_within_s

    @property
    def inside(self) -> int:
        """How many jobs run or wait now."""
        return self._inside

    async def run(self, job: Callable[[], Given]) -> Given:
        """Run `job` in a thread. Raises `Full` where it would not begin in time; what has begun is finished."""
        if self._inside >= self._room:
            raise Full
        loop = asyncio.get_running_loop()
        try:
            begun = self._pool.submit(job)
        except RuntimeError:  # closing
            raise Full from None
        self._inside += 1
        late = loop.call_later(self._start_within_s, begun.cancel)
        try:
            return await asyncio.wrap_future(begun)
        except asyncio.CancelledError:
            if begun.cancelled():
                raise Full from None
            raise
        finally:
            late.cancel()
            self._inside -= 1

    def close(self) -> None:
        """Finish what has begun, and let nothing else begin."""
        self._pool.shutdown(wait=True, cancel_futures=True)
