"""The queue as a worker closes its errands: it waits for a database that is away instead of giving up what it knows.

A worker that has posted a message knows so. Without it the errand would wait for the end of its lease, and be looked up.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from bot.queue_over import QueueOver
from triage.errors import Unavailable
from triage.ports import Queue, Sending

Given = TypeVar("Given")

AGAIN_S = 0.5


class PatientQueue(QueueOver):
    """`triage.ports.Queue` over another. Closing is tried for up to `patience_s`, or until `stopping` is set."""

    def __init__(self, queue: Queue, stopping: threading.Event, patience_s: float) -> None:
        super().__init__(queue)
        self._stopping = stopping
        self._patience_s = patience_s

    def sent(self, sending: Sending, now: datetime, channel: str, ts: str) -> bool:
        """Close it as sent."""
        return self._patiently(lambda: self._queue.sent(sending, now, channel, ts))

    def again(self, sending: Sending, due: datetime, *, reached: bool, error: str, channel: str = "") -> bool:
        """Put it off."""
        return self._patiently(lambda: self._queue.again(sending, due, reached=reached, error=error, channel=channel))

    def dead(self, sending: Sending, now: datetime, error: str, *, reached: bool = True) -> bool:
        """Give it up."""
        return self._patiently(lambda: self._queue.dead(sending, now, error, reached=reached))

    def pause(self, workspace: str, channel: str, until: datetime) -> None:
        """Let nothing else go to that channel before `until`."""
        self._patiently(lambda: self._queue.pause(workspace, channel, until))

    def _patiently(self, act: Callable[[], Given]) -> Given:
        until = time.monotonic() + self._patience_s
        while True:
            try:
                return act()
            except Unavailable:
                if time.monotonic() > until or self._stopping.wait(AGAIN_S):
                    raise
