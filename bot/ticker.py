"""A thread that does what comes round again and again: reminders, accepted risks that end, user groups."""

import logging
import threading
from collections.abc import Callable

from triage.errors import MlbugError

log = logging.getLogger(__name__)

EVERY_S = 20.0


class Ticker:
    """Runs `jobs` one after the other, every `every_s` seconds. Several processes may do so at once: each job expects it."""

    def __init__(self, jobs: tuple[Callable[[], object], ...], every_s: float = EVERY_S) -> None:
        self._jobs = jobs
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="ticker", daemon=True)

    def start(self) -> None:
        """Begin, with one round at once."""
        self._thread.start()

    def stop(self, within_s: float = 3.0) -> None:
        """Finish the round under way."""
        self._stopping.set()
        if self._thread.ident is not None:  # `mlbug serve` never starts it
            self._thread.join(within_s)

    def once(self) -> None:
        """One round. What a job raises is logged; the next round tries again."""
        for job in self._jobs:
            try:
                job()
            except MlbugError as told:
                log.warning("round_put_off", extra={"code": told.code})
            except Exception:  # a round must not end the thread
                log.exception("round_failed")

    def _loop(self) -> None:
        while True:
            self.once()
            if self._stopping.wait(self._every_s):
                return
