"""What happens because time passes: reminders, and accepted risks that end. Run as often as you like, by as many as you like."""

from collections.abc import Callable
from dataclasses import replace

from triage import deadlines
from triage.access import Viewer
from triage.changing import Changes, Said
from triage.lifecycle import Deed, allowed
from triage.ports import Errand, Work
from triage.reports import Report, State

AT_ONCE = 200


class Rounds:
    """The assistant's own use cases. `is_here` says whether somebody (workspace, user) still is a member."""

    def __init__(self, changes: Changes, is_here: Callable[[str, str], bool] = lambda _workspace, _user: True) -> None:
        self._changes = changes
        self._is_here = is_here

    def go(self) -> int:
        """Look at each report whose time has come, one transaction each; how many were due."""
        with self._changes.place.read() as work:
            due = work.lists.woken(self._changes.clock(), AT_ONCE)
        for workspace, number in due:
            me = Viewer.assistant(workspace)
            with self._changes.place.read() as work:
                before = work.reports.get(me, number)
            # Asked before the transaction begins: the answer may take a call.
            owner = before.owner if before else None
            left = owner if owner and not self._is_here(workspace, owner) else None
            with self._changes.place.write() as work:
                self._look(work, me, number, left)
                work.commit()
        return len(due)

    def _look(self, work: Work, me: Viewer, number: int, left: str | None) -> None:
        now = self._changes.clock()
        report = work.reports.get(me, number, lock=True)
        if report is None or report.wake_at is None or report.wake_at > now:
            return  # somebody else looked
        if report.state is State.RISK_ACCEPTED:
            row = allowed(Deed.END_RISK, me, report)
            said = Said(str(report.state), "", "The time for which its risk was accepted is over.")
            self._changes.keep(work, "", row, report, report, said)
        elif report.state is State.ACCEPTED and report.due_at is not None:
            self._remind(work, me, report, has_left=left is not None and left == report.owner)
        else:
            raise AssertionError(f"{report.name} is {report.state} and was to be woken")  # `settled` sees to that

    def _remind(self, work: Work, me: Viewer, report: Report, *, has_left: bool) -> None:
        """The owner first; the channel where there is none (any more), or where the deadline has passed all the same."""
        now = self._changes.clock()
        zone = self._changes.settings(work, report.workspace).digest_at.zone
        assert report.due_at is not None  # noqa: S101 - for the type checker; the caller looked
        late = report.due_at < now
        data = {"channel": "yes"} if late or not report.owner or has_left else {}
        data |= {"left": "yes"} if has_left else {}
        wake_at = deadlines.next_reminder(report.due_at, now, zone)
        row = allowed(Deed.REMIND, me, report)
        said = Said(now=report.owner or "", data=data | {"due": report.due_at.isoformat()})
        self._changes.keep(work, "", row, report, replace(report, wake_at=wake_at), said)
        if report.owner and not has_left:
            # One message a person and day, however many of their reports are due: the key exists once.
            key = f"reminder:{report.owner}:{deadlines.local_day(now, zone)}"
            work.errands.put(Errand(key, "reminder", report.workspace, report.number, to=report.owner))
