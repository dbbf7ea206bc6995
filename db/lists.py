"""Reports by the page: one bounded query each, filtered by who asks, along an index of the list's own order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, true

from db.models import reports, workspaces
from db.transaction import Transaction
from db.visible import visible
from triage.access import Viewer
from triage.listing import BY_DEADLINE, OLDEST_FIRST, Cursor, Filter, Listed, Which
from triage.reports import OPEN_STATES, State
from triage.severity import Severity

LOOKED_THROUGH = 2000
_OPEN = sorted(state.value for state in OPEN_STATES)
_COLUMNS = (
    reports.c.number,
    reports.c.title,
    reports.c.state,
    reports.c.effective,
    reports.c.urgency,
    reports.c.threat,
    reports.c.reporter,
    reports.c.owner,
    reports.c.created_at,
    reports.c.due_at,
    reports.c.restricted,
    reports.c.duplicate_of,
)


class SqlLists:
    """`triage.ports.Lists` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def page(self, viewer: Viewer, wanted: Filter, now: datetime, limit: int, after: Cursor | None) -> Sequence[Listed]:
        """At most `limit` reports that the viewer may see, in the filter's order, behind `after`."""
        query = select(*_COLUMNS).where(visible(viewer), _in(viewer, wanted, now))
        if after is not None:
            query = query.where(_behind(wanted, after))
        return [_listed(row) for row in self._transaction.read(_ordered(query, wanted).limit(limit))]

    def count(self, viewer: Viewer, wanted: Filter, now: datetime, most: int) -> int:
        """How many there are that the viewer may see; counting stops at `most`."""
        some = select(reports.c.number).where(visible(viewer), _in(viewer, wanted, now)).limit(most).subquery()
        return int(self._transaction.read(select(func.count()).select_from(some)).scalar_one())

    def woken(self, now: datetime, limit: int) -> Sequence[tuple[str, int]]:
        """(workspace, number) of reports that the clock has to look at, longest due first."""
        due = (
            select(reports.c.workspace, reports.c.number)
            .where(reports.c.wake_at <= now)
            .order_by(reports.c.wake_at)
            .limit(limit)
        )
        return [(row.workspace, row.number) for row in self._transaction.read(due)]


def _in(viewer: Viewer, wanted: Filter, now: datetime) -> ColumnElement[bool]:
    """What belongs on the list, besides being visible."""
    state, me = reports.c.state, viewer.user
    is_open = state.in_(_OPEN)
    accepted = state == State.ACCEPTED.value
    conditions: dict[Which, ColumnElement[bool]] = {
        Which.ALL: true(),
        Which.OPEN: is_open,
        Which.MINE: or_(reports.c.reporter == me, and_(reports.c.owner == me, is_open)),
        # `closed_at` says nothing new here; it lets the partial index be used.
        Which.OVERDUE: and_(accepted, reports.c.due_at < now, reports.c.closed_at.is_(None)),
        Which.SEVERITY: and_(is_open, reports.c.effective == wanted.value),
        Which.THREAT: reports.c.threat == wanted.value,
        Which.REPEATS: reports.c.duplicate_of == _number(wanted.value),
        Which.NEW: state == State.NEW.value,
        Which.OWNED: and_(accepted, reports.c.owner == me),
        Which.REPORTED: reports.c.reporter == me,
        Which.TITLED: and_(
            func.lower(reports.c.title).contains(wanted.value.lower(), autoescape=True), _newest(viewer)
        ),
        Which.ASKED: and_(is_open, reports.c.reporter == me, reports.c.asked.is_not(None)),
    }
    return conditions[wanted.which]


def _newest(viewer: Viewer) -> ColumnElement[bool]:
    """Bounds a look through titles: what is older is found by its number, or by search."""
    # By the counter, not by the newest report: that one may be a restricted one.
    following = select(workspaces.c.next_report).where(workspaces.c.id == viewer.workspace).scalar_subquery()
    return reports.c.number >= following - LOOKED_THROUGH


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _ordered(query: Select[Any], wanted: Filter) -> Select[Any]:
    number = reports.c.number
    if wanted.which in BY_DEADLINE:
        return query.order_by(reports.c.due_at.is_(None), reports.c.due_at, number)
    return query.order_by(number if wanted.which in OLDEST_FIRST else number.desc())


def _behind(wanted: Filter, after: Cursor) -> ColumnElement[bool]:
    number, due_at = reports.c.number, reports.c.due_at
    if wanted.which not in BY_DEADLINE:
        return number > after.number if wanted.which in OLDEST_FIRST else number < after.number
    if after.due_at is None:
        return and_(due_at.is_(None), number > after.number)
    return or_(due_at.is_(None), due_at > after.due_at, and_(due_at == after.due_at, number > after.number))


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        number=row.number,
        title=row.title,
        state=State(row.state),
        severity=Severity(row.effective) if row.effective else None,
        urgency=row.urgency,
        threat=row.threat,
        reporter=row.reporter,
        owner=row.owner,
        created_at=row.created_at,
        due_at=row.due_at,
        restricted=row.restricted,
        duplicate_of=row.duplicate_of,
    )
