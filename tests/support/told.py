"""Made-up histories for the figures, and what they come to, counted the slow way: report by report, figure by figure.

Written apart from `triage.figures` and `db.figures`, so that the two can be held against each other. Nothing is shared but
the records that go in.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from records import a_report, add

from triage.access import Viewer
from triage.figures import Channel
from triage.ports import WorkPlace
from triage.reports import Event, EventKind, State
from triage.severity import Severity
from triage.weeks import Window

_TALK = (EventKind.ASKED, EventKind.ANSWERED, EventKind.CLOSED, EventKind.LINKED)


@dataclass(frozen=True)
class Told:
    """One made-up report with its events, in their order; its number is its place in the history, from 1."""

    created_at: datetime
    title: str = ""
    state: State = State.NEW
    severity: Severity | None = Severity.CRITICAL
    severity_low: Severity | None = Severity.CRITICAL
    override: Severity | None = None
    rule: str | None = "DP-C1"
    threat: str | None = "data_poisoning"
    system: str = ""
    restricted: bool = False
    reporter: str = "U1"
    named: frozenset[str] = frozenset()
    owner: str | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    events: tuple[Event, ...] = field(default=())  # accepted at most once, as in the product

    @property
    def accepted_at(self) -> datetime | None:
        return next((event.at for event in self.events if event.kind is EventKind.ACCEPTED), None)

    @property
    def asked(self) -> str:
        talk = [event.kind for event in self.events if event.kind in _TALK]
        return "data_poisoning.control" if talk and talk[-1] is EventKind.ASKED else ""

    @property
    def counts_as(self) -> Severity | None:
        return self.override if self.override is not None else self.severity


def keep(place: WorkPlace, workspace: str, history: list[Told]) -> None:
    """Write a history by the store's own ports."""
    with place.write() as work:
        for number, told in enumerate(history, 1):
            fields = {name: getattr(told, name) for name in Told.__dataclass_fields__ if name != "events"}
            fields |= {"accepted_at": told.accepted_at, "asked": told.asked}
            fields["outcome"] = "in_bar" if told.severity else "out_of_scope"
            fields["title"] = told.title or f"Case {number}"
            filed = add(work, a_report(f"d{number}", workspace=workspace, **fields))
            assert filed.number == number
            for event in told.events:
                work.reports.add_event(workspace, number, event)
        work.commit()


def count(history: list[Told], audience: Channel | Viewer, window: Window) -> dict[str, Any]:
    """Every figure, by looking at every report."""
    shown = {n: told for n, told in enumerate(history, 1) if _shows(told, audience)}
    inside = {n: told for n, told in shown.items() if window.start <= told.created_at < window.end}
    closed = {
        n: told
        for n, told in shown.items()
        if told.closed_at and window.start <= told.closed_at < window.end and told.state not in _OPEN
    }
    standing = {n: told for n, told in shown.items() if _stood(told, window.asof)}
    late = {n: told for n, told in standing.items() if told.due_at and told.due_at < window.asof}
    waiting = {n: at for n, told in standing.items() if (at := _asked_at(told, window.asof))}
    links = _links(shown, window)
    agreed, overridden = _decisions(shown, window)
    unaccepted = [told for told in standing.values() if not _accepted_by(told, window.asof)]
    restricted = history if isinstance(audience, Channel) else list(shown.values())
    systems = _systems(inside)
    return {
        "came_in": _mix(inside.values()),
        "came_before": _mix(told for told in shown.values() if window.before <= told.created_at < window.start),
        "series": [
            _mix(told for told in shown.values() if a <= told.created_at < b)
            for a, b in zip(window.edges, window.edges[1:], strict=False)
        ],
        "new": sorted(
            (n for n, told in inside.items() if told.counts_as in {Severity.CRITICAL, Severity.IMPORTANT}),
            key=lambda n: (inside[n].counts_as == Severity.CRITICAL, inside[n].created_at, n),
            reverse=True,
        ),
        "closed": dict(Counter(told.state for told in closed.values())),
        "accept": _times(
            [
                (told.events[first].at - told.created_at).total_seconds()
                for told in shown.values()
                if (first := _first_accepted(told)) is not None and window.start <= told.events[first].at < window.end
            ]
        ),
        "fix": _times(
            [
                (told.closed_at - told.created_at).total_seconds()
                for told in closed.values()
                if told.state is State.FIXED and told.closed_at
            ]
        ),
        "rated": sum(1 for told in inside.values() if told.severity and told.override is None),
        "intervals": sum(
            1
            for told in inside.values()
            if told.severity and told.override is None and told.severity is not told.severity_low
        ),
        "threats": dict(Counter(told.threat for told in inside.values() if told.threat)),
        "systems": systems[:5],
        "other_systems": sum(number for _, number in systems[5:]),
        "open": _mix(standing.values()),
        "open_by_age": [
            _mix(told for told in standing.values() if low <= _days(told, window.asof) < high)
            for low, high in ((-1, 7), (7, 28), (28, 91), (91, 10_000))
        ],
        "overdue": _mix(late.values()),
        "overdue_worst": sorted(late, key=lambda n: (_badness(late[n]), late[n].due_at, n)),
        "unaccepted": len(unaccepted),
        "unaccepted_since": min((told.created_at for told in unaccepted), default=None),
        "asked": len(waiting),
        "asked_longest": sorted(waiting, key=lambda n: (waiting[n], n)),
        "repeats": sum(links.values()),
        "repeated": sorted(links.items(), key=lambda pair: (pair[1], pair[0]), reverse=True),
        "rules": {
            rule: (overridden[rule], overridden[rule] + agreed[rule]) for rule in overridden if overridden[rule] > 0
        },
        "decided": sum(agreed.values()) + sum(overridden.values()),
        "restricted": sum(1 for told in restricted if told.restricted and window.start <= told.created_at < window.end),
    }


_OPEN = (State.NEW, State.ACCEPTED)


def _shows(told: Told, audience: Channel | Viewer) -> bool:
    if isinstance(audience, Channel):
        return not told.restricted
    if not audience.is_member:
        return False
    insiders = {told.reporter, *told.named}
    return audience.is_triager or not told.restricted or audience.user in insiders


def _stood(told: Told, asof: datetime) -> bool:
    if told.created_at >= asof:
        return False
    if told.closed_at is not None:
        return told.closed_at >= asof
    return told.state in _OPEN


def _days(told: Told, asof: datetime) -> float:
    return (asof - told.created_at) / timedelta(days=1)


def _badness(told: Told) -> int:
    order = [Severity.CRITICAL, Severity.IMPORTANT, Severity.MODERATE, Severity.LOW, None]
    return order.index(told.counts_as)


def _events(told: Told, *kinds: EventKind, start: datetime | None = None, end: datetime | None = None) -> list[int]:
    return [
        place
        for place, event in enumerate(told.events)
        if event.kind in kinds and (start is None or event.at >= start) and (end is None or event.at < end)
    ]


def _accepted_by(told: Told, moment: datetime) -> bool:
    if not _events(told, EventKind.ACCEPTED):
        return told.state is State.ACCEPTED  # imported as accepted: since when, nobody knows
    return bool(_events(told, EventKind.ACCEPTED, end=moment))


def _first_accepted(told: Told) -> int | None:
    accepted = _events(told, EventKind.ACCEPTED)
    return accepted[0] if accepted else None


def _asked_at(told: Told, asof: datetime) -> datetime | None:
    talk = _events(told, *_TALK, end=asof)
    if not talk or told.events[talk[-1]].kind is not EventKind.ASKED:
        return None
    return told.events[talk[-1]].at


def _links(shown: dict[int, Told], window: Window) -> Counter[int]:
    links: Counter[int] = Counter()
    for told in shown.values():
        moves = _events(told, EventKind.LINKED, EventKind.UNLINKED)
        last = told.events[moves[-1]] if moves else None
        if last and last.kind is EventKind.LINKED and window.start <= last.at < window.end:
            target = int(last.now.removeprefix("ML-"))
            if target in shown:
                links[target] += 1
    return links


def _decisions(shown: dict[int, Told], window: Window) -> tuple[Counter[str], Counter[str]]:
    agreed: Counter[str] = Counter()
    overridden: Counter[str] = Counter()
    span = {"start": window.edges[0], "end": window.end}
    for told in shown.values():
        overrides = [told.events[place] for place in _events(told, EventKind.OVERRIDDEN, **span)]
        rules = {event.data.get("rule") or told.rule for event in overrides}
        overridden.update(rule for rule in rules if rule)
        if not overrides and told.rule and _events(told, EventKind.ACCEPTED, **span):
            agreed[told.rule] += 1
    return agreed, overridden


def _systems(inside: dict[int, Told]) -> list[tuple[str, int]]:
    groups: dict[str, list[int]] = {}
    for number, told in inside.items():
        if told.system:
            groups.setdefault(told.system.casefold(), []).append(number)
    ranked = sorted(groups.values(), key=lambda numbers: (len(numbers), max(numbers)), reverse=True)
    return [(inside[max(numbers)].system, len(numbers)) for numbers in ranked]


def _mix(some: Any) -> tuple[int, ...]:
    counted = Counter(told.counts_as for told in some)
    order = (Severity.CRITICAL, Severity.IMPORTANT, Severity.MODERATE, Severity.LOW, None)
    return tuple(counted[severity] for severity in order)


def _times(seconds: list[float]) -> tuple[int, float | None, float | None]:
    """Number, median and p90: the smallest value that nine of ten do not exceed."""
    number = len(seconds)
    if not number:
        return 0, None, None
    ordered = sorted(seconds)
    middle = (ordered[(number - 1) // 2] + ordered[number // 2]) / 2
    ninety = min(value for value in ordered if 10 * sum(other <= value for other in ordered) >= 9 * number)
    return number, middle, ninety
