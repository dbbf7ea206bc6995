"""The figures of what came in: by week and severity, by threat, by system."""

from datetime import datetime
from itertools import pairwise

from sqlalchemy import ColumnElement, and_, case, func, literal, select, union_all

from db.figures_look import LISTED, Look, listed_of, rank, severity_of, unindexed
from db.models import reports
from triage.figures import SYSTEMS, Channel, Listed
from triage.severity import Severity

_effective = unindexed(reports.c.effective).label("effective")  # or SQLite groups by reading all of a severity
_BAD = (Severity.CRITICAL.value, Severity.IMPORTANT.value)


class Came:
    """What was filed in one look's window."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._read = look.transaction.read
        self._now = self._filed(look.window.start, look.window.end)

    def _filed(self, start: datetime, end: datetime) -> ColumnElement[bool]:
        return and_(self._look.seen, reports.c.created_at >= start, reports.c.created_at < end)

    def by_week(self) -> list[tuple[int, Severity | None, int]]:
        """Numbers by bucket of the series and severity. Each bucket is a range of the index, none of the rows."""
        weeks = (
            select(literal(bucket).label("bucket"), _effective, func.count().label("n"))
            .where(self._filed(start, end))
            .group_by(_effective)
            for bucket, (start, end) in enumerate(pairwise(self._look.window.edges))
        )
        return [(row.bucket, severity_of(row.effective), row.n) for row in self._read(union_all(*weeks))]

    def before(self) -> list[tuple[Severity | None, int]]:
        """Numbers by severity in the stretch to compare with."""
        which = self._filed(self._look.window.before, self._look.window.start)
        query = select(_effective, func.count().label("n")).where(which).group_by(_effective)
        return [(severity_of(row.effective), row.n) for row in self._read(query)]

    def worst(self) -> list[Listed]:
        """Criticals and Importants, worst first, then newest."""
        query = select(*LISTED).where(self._now, reports.c.effective.in_(_BAD))
        ordered = query.order_by(rank(reports.c.effective), reports.c.created_at.desc(), reports.c.number.desc())
        return [listed_of(row) for row in self._read(ordered.limit(self._look.listed))]

    def by_threat(self) -> tuple[list[tuple[str, int]], int, int]:
        """Numbers by threat; how many the bar rated and nobody overrode; and of these, how many have an open interval."""
        is_rated = and_(reports.c.outcome == "in_bar", reports.c.override.is_(None))
        is_open_end = and_(is_rated, reports.c.severity != reports.c.severity_low)
        query = select(
            reports.c.threat,
            func.count().label("n"),
            func.sum(case((is_rated, 1), else_=0)).label("rated"),
            func.sum(case((is_open_end, 1), else_=0)).label("open_ends"),
        )
        rows = self._read(query.where(self._now).group_by(reports.c.threat)).all()
        threats = [(row.threat, row.n) for row in rows if row.threat is not None]
        return threats, sum(int(row.rated) for row in rows), sum(int(row.open_ends) for row in rows)

    def by_system(self) -> tuple[list[tuple[str, int]], int]:
        """The most named systems, spelt as last, ties to the one named last; and how many reports name one."""
        named = (
            select(reports.c.system_folded, func.count().label("n"), func.max(reports.c.number).label("last"))
            .where(self._now, reports.c.system_folded != "")
            .group_by(reports.c.system_folded)
            .cte("named")
        )
        most = select(named.c.n, named.c.last, func.sum(named.c.n).over().label("all_named")).order_by(
            named.c.n.desc(), named.c.last.desc()
        )
        top = self._read(most.limit(SYSTEMS)).all()
        spelt = select(reports.c.number, reports.c.system).where(
            self._look.seen, reports.c.number.in_([row.last for row in top])
        )
        spelling = {row.number: row.system for row in self._read(spelt)}
        return [(spelling[row.last], row.n) for row in top], int(top[0].all_named) if top else 0

    def restricted(self) -> int:
        """Restricted ones: for a channel those that it does not know of, for a viewer those that are counted."""
        window, audience = self._look.window, self._look.audience
        if isinstance(audience, Channel):
            own = reports.c.workspace == audience.workspace
            which = and_(own, reports.c.created_at >= window.start, reports.c.created_at < window.end)
        else:
            which = self._now
        return int(self._read(select(func.count()).where(which, reports.c.restricted)).scalar_one())
