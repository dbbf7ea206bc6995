"""The figures of what stood open at the window's moment: by age, overdue, not accepted yet, waiting for an answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, or_, select, union_all

from db.figures_look import LISTED, OPEN, TURN, Look, listed_of, rank, severity_of, unindexed
from db.models import events, reports
from triage.figures import AGES, Listed
from triage.reports import EventKind, State
from triage.severity import Severity

_TALK = {EventKind.ASKED.value, EventKind.ANSWERED.value, EventKind.CLOSED.value, EventKind.LINKED.value}
_COLUMNS = (  # all of them in the index of what is open
    reports.c.workspace,
    reports.c.number,
    reports.c.created_at,
    reports.c.effective,
    reports.c.state,
    reports.c.due_at,
    reports.c.accepted_at,
    reports.c.asked,
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many stood open: by place in AGES and severity; overdue ones by severity; not accepted, and since when."""

    by_age: list[tuple[int, Severity | None, int]]
    overdue: list[tuple[Severity | None, int]]
    unaccepted: int
    unaccepted_since: datetime | None


class Standing:
    """What stood open in one look."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._read = look.transaction.read
        self._asof = look.window.asof

    def _standing(self, *more: ColumnElement[bool]) -> CTE:
        """What is open still, as far as `more` holds, and what was closed since: one condition would use neither's index."""
        still = select(*_COLUMNS).where(self._look.seen, OPEN, reports.c.created_at < self._asof, *more)
        filed = unindexed(reports.c.created_at) < self._asof
        since = select(*_COLUMNS).where(self._look.seen, filed, reports.c.closed_at >= self._asof)
        return union_all(still, since).cte("standing")

    def numbers(self) -> Numbers:
        """All that is counted of them, in one go."""
        standing, asof = self._standing(), self._asof
        ends = [(days, place) for place, (days, _) in enumerate(AGES) if days is not None]
        young = ((standing.c.created_at > asof - timedelta(days=days), place) for days, place in ends)
        age = case(*young, else_=len(AGES) - 1).label("age")
        late = case((standing.c.due_at < asof, 1), else_=0).label("late")
        waits = case((_unaccepted(standing, asof), 1), else_=0).label("waits")
        parts = (age, standing.c.effective, late, waits)
        query = select(*parts, func.count().label("n"), func.min(standing.c.created_at).label("since")).group_by(*parts)
        rows = self._read(query).all()
        waiting = [row for row in rows if row.waits]
        return Numbers(
            by_age=[(row.age, severity_of(row.effective), row.n) for row in rows],
            overdue=[(severity_of(row.effective), row.n) for row in rows if row.late],
            unaccepted=sum(row.n for row in waiting),
            unaccepted_since=min((row.since for row in waiting), default=None),
        )

    def overdue_worst(self) -> list[Listed]:
        """The worst overdue ones, then those overdue for longest."""
        standing = self._standing()
        order = (rank(standing.c.effective), standing.c.due_at, standing.c.number)
        late = select(standing.c.number, *order[:1]).where(standing.c.due_at < self._asof)
        worst = late.order_by(*order).limit(self._look.listed).subquery("worst")
        query = select(*LISTED).join(worst, worst.c.number == reports.c.number)
        ordered = query.where(self._look.seen).order_by(rank(reports.c.effective), reports.c.due_at, reports.c.number)
        return [listed_of(row) for row in self._read(ordered)]

    def asked(self) -> tuple[int, list[Listed]]:
        """Those whose reporter was asked and has not answered since, that wait longest first."""
        # Who is asked now, or was until after that moment: of those open so few have their events looked at.
        turned = select(events.c.report).where(self._look.own, TURN, events.c.at >= self._asof)
        maybe = self._standing(or_(reports.c.asked.is_not(None), reports.c.number.in_(turned)))
        numbers = {row.number for row in self._read(select(maybe.c.number))}
        talk = (row for row in self._look.turns(numbers) if row.kind in _TALK and row.at < self._asof)
        last = {row.report: row for row in talk}
        since = {number: row.at for number, row in last.items() if row.kind == EventKind.ASKED.value}
        longest = sorted(since, key=lambda number: (since[number], number))[: self._look.listed]
        rows = {row.number: row for row in self._look.known(longest, *LISTED[1:])}
        return len(since), [listed_of(rows[number], since[number]) for number in longest]


def _unaccepted(standing: Any, asof: datetime) -> ColumnElement[bool]:
    """Not accepted by then. One that stands accepted and nobody knows since when (imported) does not wait for it."""
    never = and_(standing.c.accepted_at.is_(None), standing.c.state != State.ACCEPTED.value)
    return or_(never, standing.c.accepted_at >= asof)
