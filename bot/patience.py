"""How long Slack still waits for the answer at hand, in this thread: no lock is waited for longer than that."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ANSWER_WITHIN_S = 2.6  # Slack gives up after 3 s; the rest is for the way there and for writing the sentence

_until: ContextVar[float] = ContextVar("mlbug_answer_until", default=math.inf)


@contextmanager
def answering(began: float) -> Iterator[None]:
    """What is done inside answers a request that came at `began`, by `time.perf_counter`."""
    before = _until.set(began + ANSWER_WITHIN_S)
    try:
        yield
    finally:
        _until.reset(before)


def patience() -> float:
    """Seconds that may still be waited here: endless where no request waits, never below zero."""
    return max(0.0, _until.get() - time.perf_counter())
