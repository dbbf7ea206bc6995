"""What waits for a channel, and who looks at their Home tab, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from triage.held import UNREACHABLE
from triage.ports import Clock, Errand


class MemoryHeld:
    """`triage.ports.Held`."""

    def __init__(self, read: Callable[[], Any], write: Callable[[], Any], clock: Clock) -> None:
        self._read = read
        self._write = write
        self._clock = clock

    def is_told(self, workspace: str, channel: str) -> bool:
        return (workspace, f"unreachable:{channel}") in self._read().marks

    def tell(self, workspace: str, channel: str, at: datetime) -> bool:
        if self.is_told(workspace, channel):
            return False
        self._write().marks[workspace, f"unreachable:{channel}"] = at
        return True

    def mended(self, workspace: str, channel: str) -> None:
        self._write().marks.pop((workspace, f"unreachable:{channel}"), None)

    def count(self) -> int:
        return sum(row.state == "due" and row.error in UNREACHABLE for row in self._read().outbox.values())

    def hasten(self, workspace: str | None = None) -> int:
        outbox, now = self._write().outbox, self._clock()
        found = [
            (key, row)
            for key, row in outbox.items()
            if workspace in {None, key[0]}
            and row.error in UNREACHABLE
            and (
                (row.state == "due" and not row.held and row.due > now)
                or (row.state == "dead" and row.errand.kind == "card")
            )
        ]
        for key, row in found:
            born = row.born if row.tries > row.failed else now
            outbox[key] = replace(row, state="due", due=now, born=born, closed=None, held=False)
        return len(found)

    def move(self, workspace: str, key: str, channel: str) -> bool:
        outbox, now = self._write().outbox, self._clock()
        row = outbox.get((workspace, key))
        if row is None or row.state != "sent" or row.channel != channel:
            return False
        outbox[workspace, key] = replace(row, state="due", due=now, born=now, closed=None, channel="", ts="")
        return True


class MemoryLookers:
    """`triage.ports.Lookers`. `put` puts an errand into the queue unless its key exists."""

    def __init__(
        self, read: Callable[[], Any], write: Callable[[], Any], put: Callable[[Errand], None], clock: Clock
    ) -> None:
        self._read = read
        self._write = write
        self._put = put
        self._clock = clock

    def opened(self, workspace: str, user: str, at: datetime, forget: datetime) -> None:
        marks = self._write().marks
        for key, opened_at in list(marks.items()):
            if key[0] == workspace and key[1].startswith("home:") and opened_at < forget:
                del marks[key]
        marks[workspace, f"home:{user}"] = at

    def since(self, workspace: str, at: datetime, limit: int) -> Sequence[str]:
        found = [
            (opened_at, name)
            for (where, name), opened_at in self._read().marks.items()
            if where == workspace and name.startswith("home:") and opened_at >= at
        ]
        return [name.removeprefix("home:") for _, name in sorted(found, reverse=True)[:limit]]

    def refresh(self, workspace: str, users: Sequence[str], due: datetime) -> None:
        for user in users:
            errand = Errand(f"home:{user}", "home", workspace, 0, to=user)
            outbox = self._write().outbox
            before = outbox.get((workspace, errand.key))
            self._put(errand)
            row = outbox[workspace, errand.key]
            waits = before is not None and before.state == "due" and not before.held
            outbox[workspace, errand.key] = replace(
                row,
                state="due",
                due=row.due if waits else due,
                born=self._clock(),
                held=False,
                closed=None,
                failed=row.tries,
            )
