"""A queue that hands everything on to another: what the others over it begin from, each with its one difference."""

from datetime import datetime

from triage.ports import Queue, QueueState, Sending


class QueueOver:
    """`triage.ports.Queue` over another, as that one does it."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def claim(self, now: datetime, lease_s: float) -> Sending | None:
        """The next errand."""
        return self._queue.claim(now, lease_s)

    def sent(self, sending: Sending, now: datetime, channel: str, ts: str) -> bool:
        """Close it as sent."""
        return self._queue.sent(sending, now, channel, ts)

    def again(self, sending: Sending, due: datetime, *, reached: bool, error: str, channel: str = "") -> bool:
        """Put it off."""
        return self._queue.again(sending, due, reached=reached, error=error, channel=channel)

    def dead(self, sending: Sending, now: datetime, error: str, *, reached: bool = True) -> bool:
        """Give it up."""
        return self._queue.dead(sending, now, error, reached=reached)

    def pause(self, workspace: str, channel: str, until: datetime) -> None:
        """Let nothing else go to that channel before `until`."""
        self._queue.pause(workspace, channel, until)

    def posted(self, workspace: str, key: str) -> tuple[str, str] | None:
        """Where a message is."""
        return self._queue.posted(workspace, key)

    def state(self, now: datetime) -> QueueState:
        """How it is."""
        return self._queue.state(now)

    def revive(self, workspace: str | None = None) -> int:
        """Let go again what was given up."""
        return self._queue.revive(workspace)
