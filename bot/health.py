"""Whether the process can do its work: named checks, each a sentence where something is wrong."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from triage.errors import MlbugError
from triage.ports import Clock, Queue

log = logging.getLogger(__name__)

Check = Callable[[], str]  # empty: all is well
FRESH_S = 2.0  # so long an answer is used again: whoever asks often does not load the database


class Health:
    """Runs the checks, at most once every `FRESH_S`."""

    def __init__(self, checks: Mapping[str, Check], now: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._now = now
        self._lock = threading.Lock()
        self._found: dict[str, str] = {}
        self._found_at = -FRESH_S

    def look(self) -> dict[str, str]:
        """Each check's name with what is wrong, or nothing."""
        with self._lock:
            if self._now() - self._found_at >= FRESH_S:
                self._found = {name: _answer(name, check) for name, check in self._checks.items()}
                self._found_at = self._now()
            return dict(self._found)


def _answer(name: str, check: Check) -> str:
    try:
        return check()
    except MlbugError as wrong:
        return wrong.message
    except Exception:  # health is told whatever happens
        log.exception("health_check_failed", extra={"check": name})
        return "The check itself failed; the log says why."


def alive(is_alive: Callable[[], bool], sentence: str) -> Check:
    """A check that `is_alive`."""
    return lambda: "" if is_alive() else sentence


def queue_gauges(queue: Queue, clock: Clock) -> dict[str, float]:
    """The queue's numbers; none, and the database down, where it does not answer."""
    try:
        state = queue.state(clock())
    except MlbugError:
        return {"mlbug_database_up": 0.0}
    return {
        "mlbug_database_up": 1.0,
        "mlbug_queue_due": state.due,
        "mlbug_queue_dead": state.dead,
        "mlbug_queue_doubtful": state.doubtful,
        "mlbug_queue_oldest_seconds": state.oldest_s,
    }


def process_gauges() -> dict[str, float]:
    """Memory, files and threads of this process; what the system does not tell is left out."""
    found: dict[str, float] = {"mlbug_threads": float(threading.active_count())}
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        found["mlbug_memory_bytes"] = float(pages * os.sysconf("SC_PAGE_SIZE"))
        found["mlbug_open_files"] = float(len(os.listdir("/proc/self/fd")))  # noqa: PTH208  # counts, and needs no paths
    except OSError:  # not Linux
        pass
    return found
