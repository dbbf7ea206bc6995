"""The queue, with what becomes of each try counted."""

from collections.abc import Callable
from datetime import datetime

from bot.metrics import Metrics
from bot.queue_over import QueueOver
from triage.ports import Errand, Queue, Sending


class CountedQueue(QueueOver):
    """`triage.ports.Queue` over another. `due` gives the moment at which a digest had to go out; none for other errands."""

    def __init__(self, queue: Queue, metrics: Metrics, due: Callable[[Errand], datetime | None]) -> None:
        super().__init__(queue)
        self._metrics = metrics
        self._due = due

    def sent(self, sending: Sending, now: datetime, channel: str, ts: str) -> bool:
        """Close it as sent. What had nothing to tell any more is not counted."""
        closed = super().sent(sending, now, channel, ts)
        if closed and channel:
            self._metrics.told(sending.errand.kind, "sent")
            if (due := self._due(sending.errand)) is not None:
                self._metrics.digest_sent(max(0.0, (now - due).total_seconds()))
        return closed

    def again(self, sending: Sending, due: datetime, *, reached: bool, error: str, channel: str = "") -> bool:
        """Put it off."""
        closed = super().again(sending, due, reached=reached, error=error, channel=channel)
        if closed:
            self._metrics.told(sending.errand.kind, "later")
        return closed

    def dead(self, sending: Sending, now: datetime, error: str, *, reached: bool = True) -> bool:
        """Give it up."""
        closed = super().dead(sending, now, error, reached=reached)
        if closed:
            self._metrics.told(sending.errand.kind, "dead")
        return closed
