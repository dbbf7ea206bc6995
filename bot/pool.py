"""A bounded pool for the calls to Slack that belong to a click but must not hold up its ack.

Opening and changing dialogs, answers that only the clicker sees. What may not be lost goes to the durable queue instead.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from bot.request_id import carried

log = logging.getLogger(__name__)


class SidePool:
    """At most `threads` calls at once and `waiting` more in line; `submit` refuses what goes beyond."""

    def __init__(self, threads: int = 16, waiting: int = 256) -> None:
        self._room = threading.BoundedSemaphore(threads + waiting)
        self._held = threading.local()
        self._lock = threading.Lock()
        self._begun: set[Future[None]] = set()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="side")

    def submit(self, job: Callable[[], None]) -> bool:
        """Run `job` soon, for the request at hand; False where there is no room, so that the caller can say so.

        `job` guards itself.
        """
        if not self._room.acquire(blocking=False):
            log.warning("side_pool_full")
            return False
        job = carried(job)
        held: list[Callable[[], None]] | None = getattr(self._held, "jobs", None)
        if held is None:
            return self._begin(job)
        held.append(job)
        return True

    @contextmanager
    def holding(self, jobs: list[Callable[[], None]]) -> Iterator[None]:
        """Put what this thread submits into `jobs` instead, for `release` once the answer is on its way.

        The job and the answer would compete for the interpreter, and it is the answer that somebody waits for.
        """
        self._held.jobs = jobs
        try:
            yield
        finally:
            self._held.jobs = None

    def release(self, jobs: list[Callable[[], None]]) -> None:
        """Begin what was held."""
        for job in jobs:
            self._begin(job)

    def _begin(self, job: Callable[[], None]) -> bool:
        try:
            future = self._pool.submit(job)
        except RuntimeError:  # shutting down
            self._room.release()
            return False
        with self._lock:
            self._begun.add(future)
        future.add_done_callback(self._done)
        return True

    def close(self, within_s: float = 3.0) -> None:
        """Finish what was begun, and what waits as far as there is time: a dialog can be opened for three seconds only."""
        self._pool.shutdown(wait=False)
        with self._lock:
            begun = list(self._begun)
        wait(begun, within_s)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _done(self, future: Future[None]) -> None:
        self._room.release()
        with self._lock:
            self._begun.discard(future)
        if not future.cancelled() and (error := future.exception()):
            log.error("side_job_escaped", exc_info=error)
