"""`triage.figures.Ledger` over the history: every number is summed by the database, in one transaction, each in one query.

How many queries there are depends on nothing; what they read is what was filed, decided and closed in the window, and what
stands open: never the history before it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Engine,
    Row,
    and_,
    case,
    distinct,
    exists,
    func,
    literal,
    not_,
    select,
    tuple_,
    union_all,
)

from db.models import events, reports
from db.transaction import Transaction, begin
from db.visible import visible
from triage.access import Viewer
from triage.figures import AGES, SYSTEMS, Audience, Channel, Listed, Records, Repeated
from triage.reports import OPEN_STATES, EventKind, State, parse_report_name
from triage.severity import SEVERITIES, Severity
from triage.weeks import Window

AT_ONCE = 5_000  # numbers in one query; both databases take more
_OPEN = sorted(state.value for state in OPEN_STATES)
_WORST_FIRST = case({severity.value: -severity.rank for severity in SEVERITIES}, value=reports.c.effective, else_=1)
_SAME_REPORT = and_(events.c.workspace == reports.c.workspace, events.c.report == reports.c.number)
_later = events.alias("later")


def _unindexed(column: Any) -> Any:
    """The column, for a condition that must not choose an index: SQLite would read all events of a kind for each report."""
    return func.coalesce(column, column)


_later_at = _unindexed(_later.c.at)


class SqlLedger:
    """The figures of the database of `engine`. Raises `Unavailable`, as every read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def records(self, audience: Audience, window: Window, listed: int) -> Records:
        """What the audience may know of the window, at one moment; lists have at most `listed` entries."""
        with begin(self._engine, writes=False) as transaction:
            return _Reading(transaction, audience, window, listed).records()


class _Reading:
    """One look at one window."""

    def __init__(self, transaction: Transaction, audience: Audience, window: Window, listed: int) -> None:
        self._read = transaction.read
        self._audience = audience
        self._window = window
        self._listed = listed
        self._seen = _seen(audience)

    def records(self) -> Records:
        rated, intervals = self._intervals()
        systems, named_systems = self._systems()
        unaccepted, unaccepted_since = self._unaccepted()
        repeats, repeated = self._repeats()
        asked = self._asked()
        return Records(
            came_in=self._came_in(),
            came_before=self._came_before(),
            new=self._new(),
            closed=self._closed(),
            accept_s=self._accept_s(),
            fix_s=self._fix_s(),
            rated=rated,
            intervals=intervals,
            threats=self._threats(),
            systems=systems,
            named_systems=named_systems,
            open=self._open(),
            overdue=self._overdue(),
            overdue_worst=self._overdue_worst(),
            unaccepted=unaccepted,
            unaccepted_since=unaccepted_since,
            asked=asked[0],
            asked_longest=asked[1],
            repeats=repeats,
            repeated=repeated,
            agreed=self._agreed(),
            overridden=self._overridden(),
            restricted=self._restricted(),
        )

    # -- what came in ------------------------------------------------------------------------------------------------

    def _filed(self, start: datetime, end: datetime) -> ColumnElement[bool]:
        return and_(self._seen, reports.c.created_at >= start, reports.c.created_at < end)

    def _filed_now(self) -> ColumnElement[bool]:
        return self._filed(self._window.start, self._window.end)

    def _came_in(self) -> list[tuple[int, Severity | None, int]]:
        edges = self._window.edges
        bucket = case(*((reports.c.created_at < edge, n) for n, edge in enumerate(edges[1:]))).label("bucket")
        query = select(bucket, reports.c.effective, func.count().label("n")).where(self._filed(edges[0], edges[-1]))
        rows = self._read(query.group_by(bucket, reports.c.effective))
        return [(row.bucket, _severity(row.effective), row.n) for row in rows]

    def _came_before(self) -> list[tuple[Severity | None, int]]:
        return self._by_severity(self._filed(self._window.before, self._window.start))

    def _by_severity(self, which: ColumnElement[bool]) -> list[tuple[Severity | None, int]]:
        query = select(reports.c.effective, func.count().label("n")).where(which).group_by(reports.c.effective)
        return [(_severity(row.effective), row.n) for row in self._read(query)]

    def _new(self) -> list[Listed]:
        bad = reports.c.effective.in_([Severity.CRITICAL.value, Severity.IMPORTANT.value])
        query = select(*_LISTED).where(self._filed_now(), bad)
        newest = reports.c.created_at.desc(), reports.c.number.desc()
        return [_one(row) for row in self._read(query.order_by(_WORST_FIRST, *newest).limit(self._listed))]

    def _intervals(self) -> tuple[int, int]:
        open_end = case((reports.c.severity != reports.c.severity_low, 1), else_=0)
        query = select(func.count().label("rated"), func.coalesce(func.sum(open_end), 0).label("open_ends"))
        rated = query.where(self._filed_now(), reports.c.outcome == "in_bar", reports.c.override.is_(None))
        row = self._read(rated).one()
        return row.rated, int(row.open_ends)

    def _threats(self) -> list[tuple[str, int]]:
        query = select(reports.c.threat, func.count().label("n")).where(
            self._filed_now(), reports.c.threat.is_not(None)
        )
        return [(row.threat, row.n) for row in self._read(query.group_by(reports.c.threat))]

    def _systems(self) -> tuple[list[tuple[str, int]], int]:
        """The most named systems, spelt as last; ties go to the one named last."""
        named = (
            select(reports.c.system_folded, func.count().label("n"), func.max(reports.c.number).label("last"))
            .where(self._filed_now(), reports.c.system_folded != "")
            .group_by(reports.c.system_folded)
            .cte("named")
        )
        most = select(named.c.n, named.c.last, func.sum(named.c.n).over().label("all_named")).order_by(
            named.c.n.desc(), named.c.last.desc()
        )
        top = self._read(most.limit(SYSTEMS)).all()
        spelt = select(reports.c.number, reports.c.system).where(
            self._seen, reports.c.number.in_([row.last for row in top])
        )
        spelling = {row.number: row.system for row in self._read(spelt)}
        return [(spelling[row.last], row.n) for row in top], int(top[0].all_named) if top else 0

    def _restricted(self) -> int:
        if isinstance(self._audience, Channel):
            own = reports.c.workspace == self._audience.workspace
            which = and_(own, reports.c.created_at >= self._window.start, reports.c.created_at < self._window.end)
        else:
            which = self._filed_now()
        return _number(self._read(select(func.count()).where(which, reports.c.restricted)))

    # -- what was done -----------------------------------------------------------------------------------------------

    def _done(self, kind: EventKind, start: datetime, end: datetime) -> ColumnElement[bool]:
        """Events of a kind in a stretch of time, as one range of their index, which SQLite would not choose by itself."""
        of_workspace = events.c.workspace == self._audience.workspace  # said of the events, too, for their index
        place = tuple_(events.c.kind, events.c.at)
        return and_(of_workspace, place >= _place(kind, start), place < _place(kind, end))

    def _closed(self) -> list[tuple[State, int]]:
        query = select(reports.c.state, func.count().label("n")).where(self._closed_now()).group_by(reports.c.state)
        return [(State(row.state), row.n) for row in self._read(query)]

    def _closed_now(self) -> ColumnElement[bool]:
        return and_(
            self._seen,
            reports.c.closed_at >= self._window.start,
            reports.c.closed_at < self._window.end,
            not_(_IS_OPEN),
        )

    def _accept_s(self) -> list[float]:
        first = not_(_event_exists(EventKind.ACCEPTED, _later.c.seq < events.c.seq, of=events))
        query = select(events.c.at, reports.c.created_at).join(reports, _SAME_REPORT)
        accepted = self._done(EventKind.ACCEPTED, self._window.start, self._window.end)
        return [_seconds(row.created_at, row.at) for row in self._read(query.where(self._seen, accepted, first))]

    def _fix_s(self) -> list[float]:
        query = select(reports.c.created_at, reports.c.closed_at).where(
            self._closed_now(), reports.c.state == State.FIXED.value
        )
        return [_seconds(row.created_at, row.closed_at) for row in self._read(query)]

    def _overridden(self) -> list[tuple[str, int]]:
        query = select(events.c.report, events.c.data, reports.c.rule).join(reports, _SAME_REPORT)
        rows = self._read(query.where(self._seen, self._done(EventKind.OVERRIDDEN, *self._span)))
        pairs = {(row.report, row.data.get("rule") or row.rule) for row in rows}
        rules = sorted(rule for _, rule in pairs if rule)
        return [(rule, rules.count(rule)) for rule in dict.fromkeys(rules)]

    def _agreed(self) -> list[tuple[str, int]]:
        start, end = self._span
        overridden = _event_exists(EventKind.OVERRIDDEN, _later_at >= start, _later_at < end, of=events)
        query = select(reports.c.rule, func.count(distinct(reports.c.number)).label("n")).join(events, _SAME_REPORT)
        accepted = self._done(EventKind.ACCEPTED, start, end)
        agreed = query.where(self._seen, accepted, reports.c.rule.is_not(None), not_(overridden))
        return [(row.rule, row.n) for row in self._read(agreed.group_by(reports.c.rule))]

    @property
    def _span(self) -> tuple[datetime, datetime]:
        return self._window.edges[0], self._window.end

    def _repeats(self) -> tuple[int, list[Repeated]]:
        """Links that still hold, by the report they lead to, where the audience may see both ends."""
        linking = (EventKind.LINKED, EventKind.UNLINKED)
        holds = not_(_event_exists(*linking, _later.c.seq > events.c.seq, of=events))
        linked = self._done(EventKind.LINKED, self._window.start, self._window.end)
        query = select(events.c.now, func.count().label("n")).join(reports, _SAME_REPORT)
        rows = self._read(query.where(self._seen, linked, holds).group_by(events.c.now))
        times = {number: row.n for row in rows if (number := parse_report_name(row.now)) is not None}
        titles = dict(self._titles(sorted(times)))
        worst = sorted(titles, key=lambda number: (-times[number], -number))
        shown = [Repeated(number, titles[number], times[number]) for number in worst[: self._listed]]
        return sum(times[number] for number in titles), shown

    def _titles(self, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
        for start in range(0, len(numbers), AT_ONCE):
            some = reports.c.number.in_(numbers[start : start + AT_ONCE])
            for row in self._read(select(reports.c.number, reports.c.title).where(self._seen, some)):
                yield row.number, row.title

    # -- what stands open --------------------------------------------------------------------------------------------

    def _standing(self, *more: ColumnElement[bool]) -> CTE:
        """What was open at the window's moment: each half has an index of its own, which a single condition would not use."""
        asof = self._window.asof
        columns = (*_LISTED, reports.c.workspace)
        still = select(*columns).where(self._seen, _IS_OPEN, reports.c.closed_at.is_(None), *more)
        since = select(*columns).where(self._seen, reports.c.closed_at >= asof, *more)
        both = union_all(still, since).cte("both")
        return select(both).where(_unindexed(both.c.created_at) < asof).cte("standing")

    def _open(self) -> list[tuple[int, Severity | None, int]]:
        standing = self._standing()
        asof = self._window.asof
        young = (
            (standing.c.created_at > asof - timedelta(days=d), n) for n, (d, _) in enumerate(AGES) if d is not None
        )
        age = case(*young, else_=len(AGES) - 1).label("age")
        query = select(age, standing.c.effective, func.count().label("n")).group_by(age, standing.c.effective)
        return [(row.age, _severity(row.effective), row.n) for row in self._read(query)]

    def _overdue(self) -> list[tuple[Severity | None, int]]:
        late = self._standing(reports.c.due_at < self._window.asof)
        query = select(late.c.effective, func.count().label("n")).group_by(late.c.effective)
        return [(_severity(row.effective), row.n) for row in self._read(query)]

    def _overdue_worst(self) -> list[Listed]:
        late = self._standing(reports.c.due_at < self._window.asof)
        rank = case({severity.value: -severity.rank for severity in SEVERITIES}, value=late.c.effective, else_=1)
        query = select(late).order_by(rank, late.c.due_at, late.c.number).limit(self._listed)
        return [_one(row) for row in self._read(query)]

    def _unaccepted(self) -> tuple[int, datetime | None]:
        standing = self._standing()
        accepted = _event_exists(EventKind.ACCEPTED, _later_at < self._window.asof, of=standing)
        query = select(func.count().label("n"), func.min(standing.c.created_at).label("since")).where(not_(accepted))
        row = self._read(query).one()
        return row.n, row.since

    def _asked(self) -> tuple[int, list[Listed]]:
        """Open reports whose reporter was asked and has not answered since, those that wait longest first."""
        standing = self._standing()
        asof = self._window.asof
        question = events.alias("question")
        talk = (EventKind.ASKED, EventKind.ANSWERED)
        answered = _event_exists(*talk, _later.c.seq > question.c.seq, _later_at < asof, of=question)
        asks = and_(
            question.c.workspace == standing.c.workspace,
            question.c.report == standing.c.number,
            _unindexed(question.c.kind) == EventKind.ASKED.value,
            _unindexed(question.c.at) < asof,
        )
        waits = select(standing, question.c.at.label("since"), func.count().over().label("all_waiting"))
        # An outer join whose misses are dropped: SQLite would begin with all questions of the history.
        found = _unindexed(question.c.seq).is_not(None)
        query = waits.select_from(standing).outerjoin(question, asks).where(found, not_(answered))
        rows = self._read(query.order_by(question.c.at, standing.c.number).limit(max(self._listed, 1))).all()
        longest = [_one(row, since=row.since) for row in rows[: self._listed]]
        return rows[0].all_waiting if rows else 0, longest


_IS_OPEN = reports.c.state.in_(_OPEN)
_LISTED = (
    reports.c.number,
    reports.c.title,
    reports.c.effective,
    reports.c.state,
    reports.c.created_at,
    reports.c.owner,
    reports.c.due_at,
)


def _seen(audience: Audience) -> ColumnElement[bool]:
    if isinstance(audience, Viewer):
        return visible(audience)
    return and_(reports.c.workspace == audience.workspace, not_(reports.c.restricted))


def _place(kind: EventKind, at: datetime) -> Any:
    return tuple_(literal(kind.value, events.c.kind.type), literal(at, events.c.at.type))


def _event_exists(*kinds_and_conditions: EventKind | ColumnElement[bool], of: Any) -> ColumnElement[bool]:
    """Whether the report of a row of `of` has another event: of one of the kinds, under the conditions."""
    kinds = [each.value for each in kinds_and_conditions if isinstance(each, EventKind)]
    conditions = [each for each in kinds_and_conditions if not isinstance(each, EventKind)]
    number = of.c.number if "number" in of.c else of.c.report
    same = and_(_later.c.workspace == of.c.workspace, _later.c.report == number)
    return exists(select(literal(1)).where(same, _unindexed(_later.c.kind).in_(kinds), *conditions))


def _one(row: Row[Any], since: datetime | None = None) -> Listed:
    return Listed(
        number=row.number,
        title=row.title,
        severity=_severity(row.effective),
        state=State(row.state),
        created_at=row.created_at,
        owner=row.owner,
        due_at=row.due_at,
        since=since,
    )


def _severity(word: str | None) -> Severity | None:
    return None if word is None else Severity(word)


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()


def _number(result: Any) -> int:
    return int(result.scalar_one())
