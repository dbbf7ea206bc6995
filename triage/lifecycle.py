"""The state machine of a report, written once: a table of what may be done, from which state, by whom, with what.

Use cases ask `allowed`, buttons ask `choices`, the documentation is `drawn` from it; nothing else decides.
"""

from dataclasses import dataclass
from enum import StrEnum

from triage.access import Viewer
from triage.errors import Forbidden, StaleState
from triage.reports import EventKind, Report, State


class Deed(StrEnum):
    """What can be done to a filed report; the value completes "Only … can …"."""

    EDIT = "change the answers"
    ACCEPT = "accept it"
    OVERRIDE = "override the severity"
    ASSIGN = "assign it"
    LINK = "call it a duplicate"
    UNLINK = "undo the duplicate"
    ASK = "ask the reporter"
    ANSWER = "answer for the reporter"
    RESTRICT = "restrict it"
    UNRESTRICT = "lift the restriction"
    NAME = "name viewers"
    UNNAME = "remove viewers"
    FIX = "close it as fixed"
    ACCEPT_RISK = "accept the risk"
    DECLINE = "decline it"
    WITHDRAW = "withdraw it"
    REOPEN = "reopen it"
    SNOOZE = "snooze its reminders"
    REMIND = "remind of it"
    END_RISK = "end the accepted risk"


class Who(StrEnum):
    """What somebody is to one report."""

    TRIAGER = "triagers"
    REPORTER = "its reporter"
    OWNER = "its owner"
    ASSISTANT = "mlbug itself"


class Need(StrEnum):
    """What has to come with a deed."""

    REASON = "a reason"
    SEVERITY = "a severity"
    UNTIL = "a date ahead"
    PERSON = "a person"
    REPORT = "an earlier report"
    QUESTION = "an open question"


class Aim(StrEnum):
    """A target that depends on the report."""

    STAYS = "the same state"
    RESTS = "new, accepted or out of scope"  # see `resting`


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `deed` from any of `sources` leads to `target`, is done by any of `who`, needs `needs`, and is told as `event`."""

    deed: Deed
    sources: frozenset[State]
    target: State | Aim
    who: frozenset[Who]
    event: EventKind
    needs: tuple[Need, ...] = ()


def _row(
    deed: Deed,
    sources: tuple[State, ...],
    target: State | Aim,
    who: tuple[Who, ...],
    event: EventKind,
    *needs: Need,
) -> Transition:
    return Transition(deed, frozenset(sources), target, frozenset(who), event, needs)


_OPEN = (State.NEW, State.ACCEPTED)
_EARLY = (State.NEW, State.OUT_OF_SCOPE)
_ANY = tuple(State)
_CLOSED_BY_TRIAGERS = (State.FIXED, State.RISK_ACCEPTED, State.DECLINED)
_TRIAGER = (Who.TRIAGER,)
_EITHER = (Who.TRIAGER, Who.REPORTER)

TRANSITIONS = (
    _row(Deed.EDIT, _EARLY, Aim.RESTS, _EITHER, EventKind.ANSWERS_CHANGED),
    _row(Deed.EDIT, (State.ACCEPTED,), Aim.RESTS, _TRIAGER, EventKind.ANSWERS_CHANGED),
    _row(Deed.ACCEPT, (State.NEW,), State.ACCEPTED, _TRIAGER, EventKind.ACCEPTED),
    _row(
        Deed.OVERRIDE,
        (*_OPEN, State.OUT_OF_SCOPE),
        Aim.RESTS,
        _TRIAGER,
        EventKind.OVERRIDDEN,
        Need.SEVERITY,
        Need.REASON,
    ),
    _row(Deed.ASSIGN, _OPEN, Aim.STAYS, _TRIAGER, EventKind.ASSIGNED, Need.PERSON),
    _row(Deed.LINK, _EARLY, State.DUPLICATE, _EITHER, EventKind.LINKED, Need.REPORT),
    _row(Deed.LINK, (State.ACCEPTED,), State.DUPLICATE, _TRIAGER, EventKind.LINKED, Need.REPORT),
    _row(Deed.UNLINK, (State.DUPLICATE,), Aim.RESTS, _EITHER, EventKind.UNLINKED, Need.REASON),
    _row(Deed.ASK, _OPEN, Aim.STAYS, _TRIAGER, EventKind.ASKED, Need.QUESTION),
    _row(Deed.ANSWER, _OPEN, Aim.RESTS, (Who.REPORTER,), EventKind.ANSWERED, Need.QUESTION),
    _row(Deed.RESTRICT, _ANY, Aim.STAYS, _EITHER, EventKind.RESTRICTED),
    _row(Deed.UNRESTRICT, _ANY, Aim.STAYS, _TRIAGER, EventKind.UNRESTRICTED, Need.REASON),
    _row(Deed.NAME, _ANY, Aim.STAYS, _EITHER, EventKind.VIEWER_ADDED, Need.PERSON),
    _row(Deed.UNNAME, _ANY, Aim.STAYS, _EITHER, EventKind.VIEWER_REMOVED, Need.PERSON),
    _row(Deed.FIX, _OPEN, State.FIXED, _TRIAGER, EventKind.CLOSED),
    _row(Deed.FIX, (State.ACCEPTED,), State.FIXED, (Who.OWNER,), EventKind.CLOSED),
    _row(Deed.ACCEPT_RISK, _OPEN, State.RISK_ACCEPTED, _TRIAGER, EventKind.CLOSED, Need.REASON, Need.UNTIL),
    _row(Deed.DECLINE, (*_OPEN, State.OUT_OF_SCOPE), State.DECLINED, _TRIAGER, EventKind.CLOSED, Need.REASON),
    _row(Deed.WITHDRAW, _EARLY, State.WITHDRAWN, _EITHER, EventKind.CLOSED, Need.REASON),
    _row(Deed.WITHDRAW, (State.ACCEPTED,), State.WITHDRAWN, _TRIAGER, EventKind.CLOSED, Need.REASON),
    _row(Deed.REOPEN, _CLOSED_BY_TRIAGERS, Aim.RESTS, _TRIAGER, EventKind.REOPENED, Need.REASON),
    _row(Deed.REOPEN, (State.WITHDRAWN,), Aim.RESTS, _EITHER, EventKind.REOPENED, Need.REASON),
    _row(Deed.SNOOZE, (State.ACCEPTED,), Aim.STAYS, (Who.OWNER, Who.TRIAGER), EventKind.SNOOZED, Need.UNTIL),
    _row(Deed.REMIND, (State.ACCEPTED,), Aim.STAYS, (Who.ASSISTANT,), EventKind.REMINDED),
    _row(Deed.END_RISK, (State.RISK_ACCEPTED,), Aim.RESTS, (Who.ASSISTANT,), EventKind.REOPENED),
)

CLOSED_STATES = frozenset({*_CLOSED_BY_TRIAGERS, State.DUPLICATE, State.WITHDRAWN})


def roles(viewer: Viewer, report: Report) -> frozenset[Who]:
    """What `viewer` is to `report`; nothing at all across workspaces and for outsiders."""
    if viewer.workspace != report.workspace or not viewer.is_member:
        return frozenset()
    if viewer == Viewer.assistant(viewer.workspace):
        return frozenset({Who.ASSISTANT})
    found = {Who.TRIAGER} if viewer.is_triager else set()
    if viewer.user == report.reporter:
        found.add(Who.REPORTER)
    if viewer.user == report.owner:
        found.add(Who.OWNER)
    return frozenset(found)


def allowed(deed: Deed, viewer: Viewer, report: Report) -> Transition:
    """The row by which `viewer` may do `deed` now.

    Raises `Forbidden` where the viewer never may, or not in this state; `StaleState` where nobody can in this state.
    """
    mine = roles(viewer, report)
    rows = [row for row in TRANSITIONS if row.deed is deed]
    here = [row for row in rows if report.state in row.sources]
    for row in here:
        if row.who & mine:
            return row
    if here or not any(row.who & mine for row in rows):
        able = {who for row in here or rows for who in row.who}
        names = " and ".join(who for who in Who if who in able)
        raise Forbidden(f"Only {names} can {deed}.")
    raise StaleState(
        f"{report.name} is {report.state} by now, so nobody can {deed}. Its card shows what there is to do."
    )


def choices(viewer: Viewer, report: Report) -> tuple[Deed, ...]:
    """What `viewer` may do to `report` as it is now."""
    mine = roles(viewer, report)
    return tuple(dict.fromkeys(r.deed for r in TRANSITIONS if report.state in r.sources and r.who & mine))


def resting(report: Report) -> State:
    """Where a report belongs that is neither closed nor a duplicate: by its severity, and whether it was accepted."""
    if report.effective is None:
        return State.OUT_OF_SCOPE
    return State.NEW if report.accepted_at is None else State.ACCEPTED


def destination(row: Transition, report: Report) -> State:
    """The state that the row leads `report` to; `report` carries the deed's other changes already."""
    match row.target:
        case Aim.STAYS:
            return report.state
        case Aim.RESTS:
            return resting(report)
        case state:
            return state


def drawn() -> str:
    """The machine as a Mermaid state diagram and a table in Markdown, for docs/lifecycle.md."""
    ids = {state: state.replace(" ", "_") for state in State}
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {ids[State.NEW]}", f"    [*] --> {ids[State.OUT_OF_SCOPE]}"]
    lines += [f"    {ids[state]} : {state}" for state in State if ids[state] != state]
    edges: dict[tuple[State, State | str], list[str]] = {}
    for row in TRANSITIONS:
        if row.target is Aim.STAYS:
            continue
        for source in sorted(row.sources, key=list(State).index):
            for target in _targets(row, source):
                if target is not source:
                    edges.setdefault((source, target), []).append(row.deed.name.lower().replace("_", " "))
    lines += [
        f"    {ids[a]} --> {ids[State(b)]} : {', '.join(dict.fromkeys(deeds))}" for (a, b), deeds in edges.items()
    ]
    lines += ["```", "", "| Deed | From | To | Who | Needs | Event |", "| --- | --- | --- | --- | --- | --- |"]
    for row in TRANSITIONS:
        sources = "any state" if row.sources == frozenset(State) else _listed(row.sources, State)
        needs = ", ".join(row.needs) or "–"
        name = row.deed.name.lower().replace("_", " ")
        lines.append(f"| {name} | {sources} | {row.target} | {_listed(row.who, Who)} | {needs} | {row.event} |")
    return "\n".join(lines) + "\n"


def _targets(row: Transition, source: State) -> tuple[State, ...]:
    if isinstance(row.target, State):
        return (row.target,)
    # What is new was never accepted, and what is accepted was: `resting` keeps the two apart.
    return tuple(
        s for s in (State.NEW, State.ACCEPTED, State.OUT_OF_SCOPE) if {s, source} != {State.NEW, State.ACCEPTED}
    )


def _listed(some: frozenset[State] | frozenset[Who], order: type[State] | type[Who]) -> str:
    return ", ".join(each for each in order if each in some)
