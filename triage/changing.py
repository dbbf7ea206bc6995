"""One change of a report: locked, checked against the state machine, saved with its event, and told; in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from triage import deadlines
from triage.access import Viewer
from triage.bar import BugBar
from triage.case import Case
from triage.errors import Forbidden, NotFound, Refused, StaleState
from triage.lifecycle import CLOSED_STATES, Deed, Transition, allowed, destination
from triage.outgoing import outgoing
from triage.ports import Clock, Work, WorkPlace
from triage.reports import OPEN_STATES, Event, EventKind, Report, Scored, State, parse_report_name, report_name
from triage.verdict import Verdict
from triage.workspace import WorkspaceSettings

OUTSIDER = "mlbug is for members of this workspace. Guests and people of other workspaces can’t use it here."


@dataclass(frozen=True, slots=True)
class Said:
    """What the event of a change says; see `EventKind` for what `was` and `now` are."""

    was: str = ""
    now: str = ""
    reason: str = ""
    data: dict[str, str] = field(default_factory=dict)


Change = Callable[[Work, Report], tuple[Report, Said]]


class KeptBars:
    """The bars that verdicts were given by, read once each."""

    def __init__(self, bar: BugBar) -> None:
        self._kept: dict[str, BugBar] = {bar.hash: bar}

    def of(self, work: Work, scored: Scored) -> BugBar:
        """The bar that gave a verdict. Raises `Refused` where the history lost it."""
        if scored.bar_hash not in self._kept:
            text = work.bars.text(scored.bar_hash)
            if text is None:
                raise Refused("The bar that gave this verdict is missing from the history. Tell whoever runs mlbug.")
            self._kept[scored.bar_hash] = BugBar.from_canonical(text)
        return self._kept[scored.bar_hash]


class Changes:
    """Carries out changes. `defaults`: the settings of a workspace that saved none."""

    def __init__(self, place: WorkPlace, clock: Clock, defaults: WorkspaceSettings) -> None:
        self.place = place
        self.clock = clock
        self._defaults = defaults

    def do(self, viewer: Viewer, number: int, deed: Deed, change: Change, seen: int = 0) -> Report:
        """Do it, or nothing. `seen` is the version that the viewer decided on; 0: whichever it is.

        Raises `NotFound`, `Forbidden`, `StaleState`, and what `change` raises.
        """
        must_be_member(viewer)
        with self.place.write() as work:
            before = visible_report(work, viewer, number, lock=True)
            row = allowed(deed, viewer, before)
            if seen and not self._same_to(work, viewer, before, seen):
                raise StaleState(
                    f"{before.name} was changed since you looked at it; it is {before.state} now. "
                    "Nothing was done: look at it again, then repeat it."
                )
            changed, said = change(work, before)
            report = self.keep(work, viewer.user, row, before, changed, said)
            work.commit()
        return report

    def _same_to(self, work: Work, viewer: Viewer, report: Report, seen: int) -> bool:
        """Whether nobody else changed it since version `seen`. Each version has its event, so events count as versions do."""
        if seen == report.version:
            return True
        later = [event for event in work.reports.events(viewer, report.number) if event.seq > seen]
        return bool(later) and all(event.actor == viewer.user for event in later)

    def keep(self, work: Work, actor: str, row: Transition, before: Report, changed: Report, said: Said) -> Report:
        """Save a change under `row` in an open work, with its event and errands. Raises `StaleState`."""
        now = self.clock()
        settings = self.settings(work, before.workspace)
        after = settled(row, before, changed, now, settings.digest_at.zone)
        if not work.reports.save(after):
            raise StaleState(f"{before.name} was changed by somebody else just now. Look at it again, then repeat it.")
        if isinstance(row.target, State) and not said.now:
            said = replace(said, was=str(before.state), now=str(after.state))
        event = Event(row.event, now, actor, said.was, said.now, said.reason, said.data)
        event = replace(event, seq=work.reports.add_event(before.workspace, before.number, event))
        for errand in outgoing(after, event, webhook=bool(settings.webhook)):
            work.errands.put(errand)
        return after

    def settings(self, work: Work, workspace: str) -> WorkspaceSettings:
        """What holds for a workspace now."""
        return work.settings.get(workspace) or self._defaults


def settled(row: Transition, before: Report, changed: Report, now: datetime, zone: str) -> Report:
    """`changed` in the state that `row` leads to, with everything that depends on the state put right."""
    state = destination(row, changed)
    closed = state in CLOSED_STATES
    wake_at = changed.wake_at if changed.wake_at != before.wake_at or state is before.state else None
    if state is State.RISK_ACCEPTED:
        wake_at = changed.risk_until
    elif state is State.ACCEPTED and wake_at is None and changed.due_at is not None:
        wake_at = deadlines.first_reminder(changed.due_at, now, zone)
    elif state is not State.ACCEPTED:
        wake_at = None
    return replace(
        changed,
        state=state,
        closed_at=(before.closed_at if before.state in CLOSED_STATES else now) if closed else None,
        duplicate_of=changed.duplicate_of if state is State.DUPLICATE else None,
        risk_until=changed.risk_until if state is State.RISK_ACCEPTED else None,
        wake_at=wake_at,
        asked=changed.asked if state in OPEN_STATES else "",
        version=before.version + 1,
    )


def rescored(report: Report, verdict: Verdict, scored: Scored, bar: BugBar, case: Case) -> Report:
    """`report` with another verdict. An override stays, and the urgency goes with the severity that counts."""
    urgency: str | None = verdict.urgency
    if report.override is not None:
        urgency = deadlines.urgency_of(bar, case, verdict, report.override)
    return replace(
        report,
        scored=scored,
        severity=verdict.severity,
        severity_low=verdict.severity_low,
        urgency=urgency,
        threat=verdict.threat,
        rule=verdict.rule,
        outcome=verdict.outcome,
        route=verdict.route,
    )


def must_be_member(viewer: Viewer) -> None:
    """Raise `Forbidden` for guests and people of other workspaces."""
    if not viewer.is_member:
        raise Forbidden(OUTSIDER)


def visible_report(work: Work, viewer: Viewer, number: int, *, lock: bool = False) -> Report:
    """The report, or `NotFound` in the same words whether it does not exist or may not be seen."""
    report = work.reports.get(viewer, number, lock=lock)
    if report is None:
        raise NotFound(
            f"There is no {report_name(number)} that you can see. Check the number; a restricted report is open to its "
            "reporter, the people named on it and triagers only."
        )
    return report


def masked(work: Work, viewer: Viewer, event: Event) -> Event:
    """The event without the name of another report that the viewer may not see: a link would tell what that one is about."""
    if event.kind not in {EventKind.LINKED, EventKind.UNLINKED}:
        return event
    linked = event.now if event.kind is EventKind.LINKED else event.was
    number = parse_report_name(linked)
    if number is not None and work.reports.get(viewer, number) is not None:
        return event
    return replace(event, now="") if event.kind is EventKind.LINKED else replace(event, was="")
