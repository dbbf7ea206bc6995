"""The figures of what was done: accepted, closed, overridden, linked."""

from collections import Counter

from sqlalchemy import ColumnElement, and_, func, select

from db.figures_look import Look
from db.models import events, reports
from triage.figures import Repeated
from triage.reports import OPEN_STATES, EventKind, State, parse_report_name

_LINKS = {EventKind.LINKED.value, EventKind.UNLINKED.value}
_OPEN = sorted(state.value for state in OPEN_STATES)


class Done:
    """What was done in one look's window, and in the span of its series."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._read = look.transaction.read

    def closed(self) -> list[tuple[State, int]]:
        """Numbers by the state that they were closed into."""
        query = select(reports.c.state, func.count().label("n")).where(self._closed()).group_by(reports.c.state)
        return [(State(row.state), row.n) for row in self._read(query)]

    def fix_s(self) -> list[float]:
        """Seconds from filing to the fix."""
        fixed = and_(self._closed(), reports.c.state == State.FIXED.value)
        rows = self._read(select(reports.c.created_at, reports.c.closed_at).where(fixed)).all()
        return [(row.closed_at - row.created_at).total_seconds() for row in rows]

    def _closed(self) -> ColumnElement[bool]:
        window = self._look.window
        during = and_(reports.c.closed_at >= window.start, reports.c.closed_at < window.end)
        return and_(self._look.seen, during, reports.c.state.not_in(_OPEN))

    def accept_s(self) -> list[float]:
        """Seconds from filing to acceptance."""
        window = self._look.window
        accepted = and_(reports.c.accepted_at >= window.start, reports.c.accepted_at < window.end)
        query = select(reports.c.created_at, reports.c.accepted_at)
        rows = self._read(query.where(self._look.seen, accepted)).all()
        return [(row.accepted_at - row.created_at).total_seconds() for row in rows]

    def overridden(self) -> list[tuple[str, int]]:
        """Reports that were overridden, by the rule that had rated them."""
        overridden = self._look.done(EventKind.OVERRIDDEN, *self._look.span)
        rows = self._read(select(events.c.report, events.c.data).where(overridden)).all()
        rules = {row.number: row.rule for row in self._look.known({row.report for row in rows}, reports.c.rule)}
        pairs = {(row.report, row.data.get("rule") or rules[row.report]) for row in rows if row.report in rules}
        return sorted(Counter(rule for _, rule in pairs if rule).items())

    def agreed(self) -> list[tuple[str, int]]:
        """Reports that were accepted and not overridden, by rule."""
        start, end = self._look.span
        overridden = select(events.c.report).where(self._look.done(EventKind.OVERRIDDEN, start, end))
        accepted = and_(reports.c.accepted_at >= start, reports.c.accepted_at < end)
        agreed = and_(self._look.seen, accepted, reports.c.rule.is_not(None), reports.c.number.not_in(overridden))
        query = select(reports.c.rule, func.count().label("n")).where(agreed).group_by(reports.c.rule)
        return [(row.rule, row.n) for row in self._read(query)]

    def repeats(self) -> tuple[int, list[Repeated]]:
        """Links that still hold, by the report they lead to, where the audience may see both ends."""
        linked = self._look.done(EventKind.LINKED, self._look.window.start, self._look.window.end)
        rows = self._read(select(events.c.report, events.c.seq, events.c.now).where(linked)).all()
        links = (row for row in self._look.turns({row.report for row in rows}) if row.kind in _LINKS)
        last = {row.report: row.seq for row in links}
        to = {row.report: parse_report_name(row.now) for row in rows if row.seq == last.get(row.report)}
        titles = {row.number: row.title for row in self._look.known({*to, *filter(None, to.values())}, reports.c.title)}
        times = Counter(target for number, target in to.items() if target and target in titles and number in titles)
        worst = sorted(times, key=lambda number: (-times[number], -number))
        shown = [Repeated(number, titles[number], times[number]) for number in worst[: self._look.listed]]
        return times.total(), shown
