"""The queue in memory, over the same store as the history in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from fakes import MemoryStore, Waiting

from triage.ports import QueueState, Sending


class MemoryQueue:
    """`triage.ports.Queue`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._served = ""

    def claim(self, now: datetime, lease_s: float) -> Sending | None:
        with self._store.writing:
            ready = [row for row in self._rows() if self._may_go(row, now)]
            row = min(ready, key=self._turn, default=None)
            self._served = row.errand.workspace if row else ""
            if row is None:
                return None
            held = replace(row, tries=row.tries + 1, held=True, due=now + timedelta(seconds=lease_s))
            self._put(held)
            followed = self._followed(held)
            told = followed if followed and followed.state == "sent" and followed.ts else None
            return Sending(
                id=held.id,
                errand=held.errand,
                tries=held.tries,
                doubtful=held.tries - 1 > held.failed,
                born=held.born,
                channel=held.channel or None,
                thread_ts=told.ts if told else None,
                thread_channel=told.channel if told else None,
                request=held.request,
            )

    def sent(self, sending: Sending, now: datetime, channel: str, ts: str) -> bool:
        return self._close(
            sending,
            lambda row: replace(row, state="sent", held=False, closed=now, failed=row.tries, channel=channel, ts=ts),
        )

    def again(self, sending: Sending, due: datetime, *, reached: bool, error: str, channel: str = "") -> bool:
        def later(row: Waiting) -> Waiting:
            failed = row.failed if reached or sending.doubtful else row.tries
            return replace(row, due=due, held=False, failed=failed, channel=channel or row.channel, error=error)

        return self._close(sending, later)

    def dead(self, sending: Sending, now: datetime, error: str, *, reached: bool = True) -> bool:
        def given_up(row: Waiting) -> Waiting:
            failed = row.failed if reached or sending.doubtful else row.tries
            return replace(row, state="dead", held=False, closed=now, failed=failed, error=error)

        return self._close(sending, given_up)

    def pause(self, workspace: str, channel: str, until: datetime) -> None:
        with self._store.writing:
            data = self._store.data.copy()
            went_there = {
                row.errand.to
                for row in data.outbox.values()
                if row.errand.workspace == workspace and row.channel == channel
            }
            for place in {channel, *went_there}:
                data.pauses[workspace, place] = max(until, data.pauses.get((workspace, place), until))
            self._store.data = data

    def posted(self, workspace: str, key: str) -> tuple[str, str] | None:
        row = self._store.data.outbox.get((workspace, key))
        return (row.channel, row.ts) if row and row.state == "sent" and row.ts else None

    def state(self, now: datetime) -> QueueState:
        rows = self._rows()
        numbers = {state: sum(row.state == state for row in rows) for state in ("due", "sent", "dead")}
        doubtful = [
            row for row in rows if row.state != "sent" and row.tries > row.failed and not (row.held and row.due > now)
        ]
        oldest = min((row.born for row in rows if row.state == "due"), default=now)
        return QueueState(**numbers, doubtful=len(doubtful), oldest_s=max(0.0, (now - oldest).total_seconds()))

    def revive(self, workspace: str | None = None) -> int:
        with self._store.writing:
            dead = [row for row in self._rows() if row.state == "dead" and workspace in {None, row.errand.workspace}]
            for row in dead:
                self._put(replace(row, state="due", due=row.closed or row.due, closed=None))
            return len(dead)

    def _rows(self) -> list[Waiting]:
        return list(self._store.data.outbox.values())

    def _put(self, row: Waiting) -> None:
        data = self._store.data.copy()
        data.outbox[row.errand.workspace, row.errand.key] = row
        self._store.data = data

    def _followed(self, row: Waiting) -> Waiting | None:
        return self._store.data.outbox.get((row.errand.workspace, row.errand.follows))

    def _turn(self, row: Waiting) -> tuple[bool, str, datetime, int]:
        """Workspaces after the one served last come first."""
        workspace = row.errand.workspace
        return workspace <= self._served, workspace, row.due, row.id

    def _may_go(self, row: Waiting, now: datetime) -> bool:
        if row.state != "due" or row.due > now:
            return False
        followed = self._followed(row)
        if followed and followed.state == "due":
            return False
        errand = row.errand
        if errand.follows and any(
            other.state == "due"
            and other.id < row.id
            and (other.errand.workspace, other.errand.follows) == (errand.workspace, errand.follows)
            for other in self._rows()
        ):
            return False
        place = row.channel or (followed.channel if followed else "") or errand.to
        return self._store.data.pauses.get((errand.workspace, place), now) <= now

    def _close(self, sending: Sending, change: Callable[[Waiting], Waiting]) -> bool:
        with self._store.writing:
            row = self._store.data.outbox.get((sending.errand.workspace, sending.errand.key))
            if row is None or row.state != "due" or not row.held or row.tries != sending.tries:
                return False
            self._put(change(row))
            return True
