"""What people do with a filed report. Each is one change: authorised by the state machine, saved with its event, told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from triage import deadlines
from triage.access import Viewer
from triage.case import Case
from triage.changing import Changes, KeptBars, Said, rescored, visible_report
from triage.errors import FieldErrors, Refused
from triage.lifecycle import Deed
from triage.outgoing import relinked
from triage.ports import Work
from triage.reports import Report, State, report_name
from triage.severity import Severity

REASON_MAX = 1000
RISK_MAX_DAYS = 366  # an accepted risk is looked at again at least once a year
SNOOZE_MAX_DAYS = 30
CLOSINGS = {Deed.FIX: State.FIXED, Deed.DECLINE: State.DECLINED, Deed.WITHDRAW: State.WITHDRAWN}


class Care:
    """The use cases. All raise `NotFound`, `Forbidden`, `StaleState` and `Unavailable`; `seen` is as in `Changes.do`."""

    def __init__(self, changes: Changes, bars: KeptBars) -> None:
        self._changes = changes
        self._bars = bars

    def look(self, viewer: Viewer, number: int) -> Report:
        """A report that the viewer may see, as it is now."""
        with self._changes.place.read() as work:
            return visible_report(work, viewer, number)

    def accept(self, viewer: Viewer, number: int, seen: int = 0) -> Report:
        """Take it on: from now on it has a deadline, which no later change moves."""

        def change(work: Work, report: Report) -> tuple[Report, Said]:
            now = self._changes.clock()
            days = self._changes.settings(work, report.workspace).deadlines
            due_at = deadlines.due(now, report.urgency, self._bars.of(work, report.scored), days)
            return replace(report, accepted_at=now, due_at=due_at), Said()

        return self._changes.do(viewer, number, Deed.ACCEPT, change, seen)

    def override(self, viewer: Viewer, number: int, severity: Severity | None, reason: str, seen: int = 0) -> Report:
        """Say another severity than the bar, and why; None: as the bar says, again."""
        why = _reason(reason, "Say why the bar is wrong here. The reason stays with the report.")

        def change(work: Work, report: Report) -> tuple[Report, Said]:
            chosen = None if severity == report.severity else severity
            if chosen == report.override:
                told = severity or report.severity or "outside the bar"
                raise FieldErrors({"severity": f"{report.name} is {told} already. Choose another severity."})
            verdict = report.scored.parsed()
            case = Case.model_validate_json(report.scored.case)
            bar = self._bars.of(work, report.scored)
            changed = rescored(replace(report, override=chosen), verdict, report.scored, bar, case)
            data = {"rule": report.rule or "", "computed": str(report.severity or "")}
            return changed, Said(_severity(report), _severity(changed), why, data)

        return self._changes.do(viewer, number, Deed.OVERRIDE, change, seen)

    def assign(self, viewer: Viewer, number: int, owner: str, seen: int = 0) -> Report:
        """Give it an owner, or take the owner away with an empty id. The caller made sure that the person is a member."""

        def change(_work: Work, report: Report) -> tuple[Report, Said]:
            if owner == (report.owner or ""):
                raise FieldErrors({"owner": "That is its owner already. Choose somebody else."})
            named = report.named | {owner} if report.restricted and owner else report.named
            return replace(report, owner=owner or None, named=named), Said(report.owner or "", owner)

        return self._changes.do(viewer, number, Deed.ASSIGN, change, seen)

    def link(self, viewer: Viewer, number: int, earlier: int, seen: int = 0) -> Report:
        """Call it a duplicate of an earlier report that the viewer may see. A duplicate's own earlier report counts instead."""

        def change(work: Work, report: Report) -> tuple[Report, Said]:
            if earlier == number:
                raise FieldErrors({"earlier": "A report can’t be a duplicate of itself. Name the other one."})
            root = self.root(work, viewer, report, earlier)
            return replace(report, duplicate_of=root), Said(str(report.state), report_name(root))

        return self._linking(viewer, number, Deed.LINK, change, seen)

    def unlink(self, viewer: Viewer, number: int, reason: str, seen: int = 0) -> Report:
        """Undo it: the report goes back to where it was."""
        why = _reason(reason, "Say in a few words why it is no duplicate.")

        def change(_work: Work, report: Report) -> tuple[Report, Said]:
            return report, Said(report_name(report.duplicate_of or 0), "", why)

        return self._linking(viewer, number, Deed.UNLINK, change, seen)

    def restrict(self, viewer: Viewer, number: int, seen: int = 0) -> Report:
        """Let only its reporter, named viewers and triagers see more than its number."""

        def change(_work: Work, report: Report) -> tuple[Report, Said]:
            if report.restricted:
                raise Refused(f"{report.name} is restricted already.")
            named = report.named | {report.owner} if report.owner else report.named
            return replace(report, restricted=True, named=named), Said()

        return self._changes.do(viewer, number, Deed.RESTRICT, change, seen)

    def unrestrict(self, viewer: Viewer, number: int, reason: str, seen: int = 0) -> Report:
        """Let everybody in the workspace see it."""
        why = _reason(reason, "Say why everybody may read it now.")

        def change(_work: Work, report: Report) -> tuple[Report, Said]:
            if not report.restricted:
                raise Refused(f"{report.name} is not restricted.")
            return replace(report, restricted=False), Said(reason=why)

        return self._changes.do(viewer, number, Deed.UNRESTRICT, change, seen)

    def name(self, viewer: Viewer, number: int, person: str, seen: int = 0) -> Report:
        """Let one more person see it while it is restricted. The caller made sure that the person is a member."""

        def change(_work: Work, report: Report) -> tuple[Report, Said]:
            if person in report.named:
                raise FieldErrors({"person": f"They may read {report.name} already."})
            return replace(report, named=report.named | {person}), Said(now=person)

        return self._changes.do(viewer, number, Deed.NAME, change, seen)

    def unname(self, viewer: Viewer, number: int, person: str, seen: int = 0) -> Report:
        """Take a named viewer away."""

        def change(_work: Work, report: Report) -> tuple[Report, Said]:
            if person not in report.named:
                raise FieldErrors({"person": f"They are not named on {report.name}."})
            return replace(report, named=report.named - {person}), Said(was=person)

        return self._changes.do(viewer, number, Deed.UNNAME, change, seen)

    def close(self, viewer: Viewer, number: int, deed: Deed, reason: str, seen: int = 0) -> Report:
        """Close it as fixed, declined or withdrawn; all but fixed need a reason."""
        if deed not in CLOSINGS:
            raise ValueError(f"{deed.name} does not close a report")
        why = _optional(reason) if deed is Deed.FIX else _reason(reason, "Say why, for whoever finds it again.")
        return self._changes.do(viewer, number, deed, lambda _work, report: (report, Said(reason=why)), seen)

    def accept_risk(self, viewer: Viewer, number: int, reason: str, until: date | None, seen: int = 0) -> Report:
        """Live with it until the end of a day; then it comes back by itself."""
        problems = _problems(reason=(reason, "Say why the risk is acceptable, and to whom."))

        def change(work: Work, report: Report) -> tuple[Report, Said]:
            zone = self._changes.settings(work, report.workspace).digest_at.zone
            end = _end(until, zone, self._changes.clock(), RISK_MAX_DAYS, problems)
            data = {"until": end.isoformat(), "day": until.isoformat() if until else ""}
            return replace(report, risk_until=end), Said(reason=reason.strip(), data=data)

        return self._changes.do(viewer, number, Deed.ACCEPT_RISK, change, seen)

    def reopen(self, viewer: Viewer, number: int, reason: str, seen: int = 0) -> Report:
        """Take it up again; its deadline is the one that it had."""
        why = _reason(reason, "Say what is new.")

        def change(_work: Work, report: Report) -> tuple[Report, Said]:
            return report, Said(str(report.state), "", why)

        return self._changes.do(viewer, number, Deed.REOPEN, change, seen)

    def snooze(self, viewer: Viewer, number: int, days: int, seen: int = 0) -> Report:
        """No reminders of it for some days. The deadline stays."""

        def change(work: Work, report: Report) -> tuple[Report, Said]:
            if not 1 <= days <= SNOOZE_MAX_DAYS:
                raise Refused(f"Reminders can be put off by 1 to {SNOOZE_MAX_DAYS} days.")
            if report.due_at is None:
                raise Refused(f"{report.name} has no deadline, so there is nothing to be reminded of.")
            zone = self._changes.settings(work, report.workspace).digest_at.zone
            until = deadlines.next_morning(self._changes.clock() + timedelta(days=days - 1), zone)
            return replace(report, wake_at=until), Said(data={"until": until.isoformat()})

        return self._changes.do(viewer, number, Deed.SNOOZE, change, seen)

    # ----------------------------------------------------------------------------------------------------------------

    def _linking(
        self,
        viewer: Viewer,
        number: int,
        deed: Deed,
        change: Callable[[Work, Report], tuple[Report, Said]],
        seen: int,
    ) -> Report:
        """A change that has the earlier report's card drawn again as well."""

        def both(work: Work, report: Report) -> tuple[Report, Said]:
            changed, said = change(work, report)
            earlier = changed.duplicate_of or report.duplicate_of or 0
            work.errands.put(relinked(earlier, report))
            return changed, said

        return self._changes.do(viewer, number, deed, both, seen)

    def root(self, work: Work, viewer: Viewer, report: Report, earlier: int) -> int:
        """The report that `earlier` stands for: itself, or what it duplicates. Never `report`, and visible to the viewer."""
        found = work.reports.get(viewer, earlier, lock=True)
        if found is None:
            raise FieldErrors({"earlier": f"There is no {report_name(earlier)} that you can see. Check the number."})
        passed = {report.number}
        while found.duplicate_of is not None:
            passed.add(found.number)
            if found.duplicate_of in passed:
                raise FieldErrors(
                    {
                        "earlier": f"{report_name(earlier)} is itself a duplicate of {report.name}. Leave it so, or undo that."
                    }
                )
            following = work.reports.get(viewer, found.duplicate_of)
            if following is None:
                raise FieldErrors({"earlier": f"{found.name} is a duplicate itself. Name the report that it repeats."})
            found = following
        return found.number


def _reason(typed: str, missing: str) -> str:
    problems = _problems(reason=(typed, missing))
    if problems:
        raise FieldErrors(problems)
    return typed.strip()


def _optional(typed: str) -> str:
    return _reason(typed, "") if typed.strip() else ""


def _problems(**fields: tuple[str, str]) -> dict[str, str]:
    problems = {}
    for name, (typed, missing) in fields.items():
        if not any(char.isalnum() for char in typed):
            problems[name] = missing
        elif len(typed.strip()) > REASON_MAX:
            problems[name] = f"Shorten it to {REASON_MAX} characters; it has {len(typed.strip())}."
    return problems


def _end(until: date | None, zone: str, now: datetime, most: int, problems: dict[str, str]) -> datetime:
    """The moment at which the day `until` is over; raises `FieldErrors` with `problems` and those of the date."""
    end = deadlines.end_of(until, zone) if until else datetime.min.replace(tzinfo=UTC)
    if until is None or end <= now:
        problems = problems | {"until": "Choose a day from today on."}
    elif end > now + timedelta(days=most + 1):
        problems = problems | {"until": "Choose a day within a year: then somebody looks at it again."}
    if problems:
        raise FieldErrors(problems)
    return end


def _severity(report: Report) -> str:
    return str(report.effective) if report.effective else "outside the bar"
