"""What the three parts of the figures share: one look at one window by one audience, and rows as values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, and_, case, func, literal, not_, select, text, tuple_

from db.models import STANDS_OPEN, TURNS, events, reports
from db.postings import among, many
from db.transaction import Transaction
from db.visible import visible
from triage.access import Viewer
from triage.figures import Audience, Listed
from triage.reports import EventKind, State
from triage.severity import SEVERITIES, Severity
from triage.weeks import Window

# To the letter: a partial index is used only where the query says what the index does.
OPEN = text(STANDS_OPEN)
TURN = text(TURNS)
LISTED = (
    reports.c.number,
    reports.c.title,
    reports.c.effective,
    reports.c.state,
    reports.c.created_at,
    reports.c.owner,
    reports.c.due_at,
)


@dataclass(frozen=True, slots=True)
class Look:
    """One window, looked at in one transaction. Lists have at most `listed` entries."""

    transaction: Transaction
    audience: Audience
    window: Window
    listed: int

    @property
    def seen(self) -> ColumnElement[bool]:
        """The condition on `reports` under which the audience knows of them."""
        if isinstance(self.audience, Viewer):
            return visible(self.audience)
        return and_(reports.c.workspace == self.audience.workspace, not_(reports.c.restricted))

    @property
    def own(self) -> ColumnElement[bool]:
        """The condition on `events`, said apart so that their indexes can be used."""
        return events.c.workspace == self.audience.workspace

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From the first week of the series to the end of the window."""
        return self.window.edges[0], self.window.end

    def done(self, kind: EventKind, start: datetime, end: datetime) -> ColumnElement[bool]:
        """Events of a kind in a stretch of time."""
        if self.transaction.dialect == "sqlite":  # said as one range, or it would take an index of moments alone
            place = tuple_(events.c.kind, events.c.at)
            return and_(self.own, place >= _place(kind, start), place < _place(kind, end))
        return and_(self.own, events.c.kind == kind.value, events.c.at >= start, events.c.at < end)

    def known(self, numbers: Collection[int], *columns: Column[Any]) -> Sequence[Row[Any]]:
        """Of these reports those that the audience knows of: their numbers, with `columns`.

        Looked up apart: a join is planned by what the database believes about both its sides, and right after an import it
        believes anything.
        """
        query = select(reports.c.number, *columns).where(self.seen, among(self.transaction.dialect, reports.c.number))
        return self._looked_up(query, numbers)

    def turns(self, numbers: Collection[int]) -> Sequence[Row[Any]]:
        """The turns of these reports in their order: `report`, `seq`, `kind`, `at`."""
        of_them = and_(self.own, TURN, among(self.transaction.dialect, events.c.report))
        query = select(events.c.report, events.c.seq, events.c.kind, events.c.at).where(of_them)
        return self._looked_up(query.order_by(events.c.report, events.c.seq), numbers)

    def _looked_up(self, query: Select[Any], numbers: Collection[int]) -> Sequence[Row[Any]]:
        return self.transaction.read(query, {"among": many(self.transaction.dialect, sorted(numbers))}).all()


def _place(kind: EventKind, at: datetime) -> Any:
    return tuple_(literal(kind.value, events.c.kind.type), literal(at, events.c.at.type))


def unindexed(column: Any) -> Any:
    """The column, for a condition that must not choose an index of its own."""
    return func.coalesce(column, column)


def rank(effective: ColumnElement[Any]) -> ColumnElement[int]:
    """Orders by severity, the worst first."""
    return case({severity.value: -severity.rank for severity in SEVERITIES}, value=effective, else_=1)


def listed_of(row: Row[Any], since: datetime | None = None) -> Listed:
    """A row of `LISTED`."""
    return Listed(
        number=row.number,
        title=row.title,
        severity=severity_of(row.effective),
        state=State(row.state),
        created_at=row.created_at,
        owner=row.owner,
        due_at=row.due_at,
        since=since,
    )


def severity_of(word: str | None) -> Severity | None:
    """A severity as a row holds it."""
    return None if word is None else Severity(word)
