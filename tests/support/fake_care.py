"""Lists, saved settings and people in memory, over the same data as the history in memory."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from triage.access import Person, Viewer, may_see
from triage.listing import BY_DEADLINE, OLDEST_FIRST, Cursor, Filter, Listed, Which
from triage.reports import OPEN_STATES, Report, State
from triage.workspace import WorkspaceSettings

LOOKED_THROUGH = 2000


class MemoryLists:
    """`triage.ports.Lists`."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    def page(self, viewer: Viewer, wanted: Filter, now: datetime, limit: int, after: Cursor | None) -> Sequence[Listed]:
        found = sorted(self._found(viewer, wanted, now), key=lambda report: _key(wanted, report))
        if after is not None:
            behind = _place(wanted, after.number, after.due_at)
            found = [report for report in found if _key(wanted, report) > behind]
        return [_listed(report) for report in found[:limit]]

    def count(self, viewer: Viewer, wanted: Filter, now: datetime, most: int) -> int:
        return min(most, len(self._found(viewer, wanted, now)))

    def woken(self, now: datetime, limit: int) -> Sequence[tuple[str, int]]:
        due = [r for r in self._read().reports.values() if r.wake_at is not None and r.wake_at <= now]
        return [(r.workspace, r.number) for r in sorted(due, key=lambda r: r.wake_at)[:limit]]

    def _found(self, viewer: Viewer, wanted: Filter, now: datetime) -> list[Report]:
        reports = [r for r in self._read().reports.values() if r.workspace == viewer.workspace]
        last = max((r.number for r in reports), default=0)
        return [
            r
            for r in reports
            if may_see(viewer, workspace=r.workspace, reporter=r.reporter, restricted=r.restricted, named=r.named)
            and _is_in(viewer, wanted, now, r, last)
        ]


class MemorySettings:
    """`triage.ports.SavedSettings`; `kept`: workspace -> versions."""

    def __init__(self, read: Callable[[], Any], write: Callable[[], Any]) -> None:
        self._read = read
        self._write = write

    def get(self, workspace: str) -> WorkspaceSettings | None:
        versions = self._read().settings.get(workspace, ())
        return versions[-1][0] if versions else None

    def put(self, workspace: str, settings_now: WorkspaceSettings, at: datetime, by: str) -> None:
        data = self._write()
        data.settings[workspace] = (*data.settings.get(workspace, ()), (settings_now, at, by))


class MemoryPeople:
    """`triage.ports.People`."""

    def __init__(self, read: Callable[[], Any], write: Callable[[], Any]) -> None:
        self._read = read
        self._write = write

    def get(self, workspace: str, user: str) -> Person | None:
        return self._read().people.get((workspace, user))

    def put(self, person: Person) -> None:
        self._write().people[person.workspace, person.user] = person

    def admins(self, workspace: str) -> Sequence[str]:
        known = self._read().people.values()
        return sorted(p.user for p in known if p.workspace == workspace and p.admin and not p.is_outsider)


def _is_in(viewer: Viewer, wanted: Filter, now: datetime, r: Report, last: int) -> bool:
    accepted, is_open = r.state is State.ACCEPTED, r.state in OPEN_STATES
    mine, owned = r.reporter == viewer.user, r.owner == viewer.user
    return {
        Which.ALL: True,
        Which.OPEN: is_open,
        Which.MINE: mine or (owned and is_open),
        Which.OVERDUE: accepted and r.due_at is not None and r.due_at < now,
        Which.SEVERITY: is_open and r.effective == wanted.value if r.effective else False,
        Which.THREAT: r.threat == wanted.value,
        Which.NEW: r.state is State.NEW,
        Which.OWNED: accepted and owned,
        Which.REPORTED: mine,
        Which.REPEATS: str(r.duplicate_of) == wanted.value,
        Which.TITLED: wanted.value.lower() in r.title.lower() and r.number > last - LOOKED_THROUGH,
        Which.ASKED: is_open and mine and r.asked != "",
    }[wanted.which]


def _key(wanted: Filter, report: Report) -> tuple[Any, ...]:
    return _place(wanted, report.number, report.due_at)


def _place(wanted: Filter, number: int, due_at: datetime | None) -> tuple[Any, ...]:
    if wanted.which in BY_DEADLINE:
        return due_at is None, due_at.timestamp() if due_at else 0.0, number
    return (number if wanted.which in OLDEST_FIRST else -number,)


def _listed(r: Report) -> Listed:
    return Listed(
        r.number,
        r.title,
        r.state,
        r.effective,
        r.urgency,
        r.threat,
        r.reporter,
        r.owner,
        r.created_at,
        r.due_at,
        r.restricted,
        r.duplicate_of,
    )
