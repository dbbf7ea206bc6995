"""The use cases: what people can do with drafts and reports. Each authorises, decides, and commits one transaction.

Everything that has to be told in Slack leaves as an errand in the same transaction. Nothing here is slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from triage.access import Viewer, may_edit
from triage.bar import BugBar
from triage.case import Case
from triage.entering import Entered, check, merge
from triage.errors import Forbidden, NotFound, Refused, StaleState
from triage.interview import Screen, last_question, next_screen
from triage.ports import Clock, Errand, Work, WorkPlace
from triage.reports import Draft, Entries, Event, EventKind, Report, Scored, State, Step, report_name
from triage.scoring import score
from triage.verdict import Verdict

OUTSIDER = "mlbug is for members of this workspace. Guests and people of other workspaces can’t use it here."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a submitted screen led to.

    `report` is there once the report is filed; `revived` says that the draft had been deleted meanwhile, and that the
    person has to begin with the first screen again.
    """

    draft: Draft
    screen: Screen
    report: Report | None = None
    revived: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """A report's verdict with the bar that gave it; `replayed`: the bar gives it again byte for byte."""

    report: Report
    verdict: Verdict
    case: Case
    bar: BugBar
    replayed: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """What an errand tells of: the report as it is now, and the event that caused it."""

    report: Report
    verdict: Verdict
    bar: BugBar
    event: Event | None


class Desk:
    """The use cases of reporting, over a store, a bar and a clock."""

    def __init__(self, place: WorkPlace, bar: BugBar, clock: Clock) -> None:
        self._place = place
        self._bar = bar
        self._clock = clock
        self._kept_bars: dict[str, BugBar] = {bar.hash: bar}

    @property
    def bar(self) -> BugBar:
        """The bar that new verdicts are given by."""
        return self._bar

    # -- drafts ------------------------------------------------------------------------------------------------------

    def unfinished(self, viewer: Viewer) -> Draft | None:
        """The draft that this person left last, to offer it again."""
        _must_be_member(viewer)
        with self._place.read() as work:
            return work.drafts.latest(viewer)

    def draft(self, viewer: Viewer, draft_id: str) -> Draft:
        """A draft of the viewer's. Raises `NotFound`."""
        _must_be_member(viewer)
        with self._place.read() as work:
            draft = work.drafts.get(viewer, draft_id)
        if draft is None:
            raise NotFound("That draft is gone. Type /mlbug to begin a new one.")
        return draft

    def discard(self, viewer: Viewer, draft_id: str) -> bool:
        """Delete an unfinished draft for good; whether there was one."""
        _must_be_member(viewer)
        with self._place.write() as work:
            gone = work.drafts.delete(viewer, draft_id)
            work.commit()
        return gone

    def keep(self, viewer: Viewer, draft_id: str, screen: Screen, entered: Entered) -> Draft:
        """Save what stands on a screen that is being left without "Next": nothing is checked, nothing is lost."""
        _must_be_member(viewer)
        with self._place.write() as work:
            before = work.drafts.get(viewer, draft_id, lock=True)
            entries = merge(before.entries if before else Entries(), screen, entered, submitted=False)
            draft = Draft(
                id=draft_id,
                workspace=viewer.workspace,
                user=viewer.user,
                step=screen.step,
                entries=entries,
                updated_at=self._clock(),
                report=before.report if before else None,
            )
            work.drafts.put(draft)
            work.commit()
        return draft

    def submit(self, viewer: Viewer, draft_id: str, screen: Screen, entered: Entered) -> Outcome:
        """Take one screen: check it, save it, and file the report once the last question is answered.

        The same screen twice, or twice at once, has the outcome of once. Raises `FieldErrors`, keeping nothing.
        """
        _must_be_member(viewer)
        with self._place.write() as work:
            before = work.drafts.get(viewer, draft_id, lock=True)
            entries = merge(before.entries if before else Entries(), screen, entered, submitted=True)
            # Its first screen is missing: the draft was deleted after this window had passed it.
            revived = screen.step is not Step.WHAT and not entries.title
            if not revived:
                check(self._bar, entries, screen)
            onward = Screen(Step.WHAT) if revived else next_screen(self._bar, entries, screen)
            draft = Draft(
                id=draft_id,
                workspace=viewer.workspace,
                user=viewer.user,
                step=onward.step,
                entries=entries,
                updated_at=self._clock(),
                report=before.report if before else None,
            )
            report = None
            if onward.step is Step.FILED:
                report = self._file(work, viewer, draft) if draft.report is None else self._revise(work, viewer, draft)
                draft = replace(draft, report=report.number)
            work.drafts.put(draft)
            work.commit()
        return Outcome(draft, onward, report, revived)

    # -- reports -----------------------------------------------------------------------------------------------------

    def show(self, viewer: Viewer, number: int) -> Report:
        """A report that the viewer may see. Raises `NotFound`."""
        _must_be_member(viewer)
        with self._place.read() as work:
            return _visible(work, viewer, number)

    def why(self, viewer: Viewer, number: int) -> Explained:
        """A report's verdict, explained by the bar that gave it. Raises `NotFound`."""
        _must_be_member(viewer)
        with self._place.read() as work:
            report = _visible(work, viewer, number)
            bar = self._bar_of(work, report.scored)
        case = Case.model_validate_json(report.scored.case)
        again = score(bar, case).canonical()
        return Explained(report, report.scored.parsed(), case, bar, replayed=again == report.scored.verdict)

    def history(self, viewer: Viewer, number: int) -> Sequence[Event]:
        """What happened to a report that the viewer may see, oldest first. Raises `NotFound`."""
        _must_be_member(viewer)
        with self._place.read() as work:
            _visible(work, viewer, number)
            return work.reports.events(viewer, number)

    def edit(self, viewer: Viewer, number: int) -> tuple[Draft, Screen]:
        """The entries behind a report of the viewer's own, and the screen to change them on. Raises `NotFound`, `Forbidden`."""
        _must_be_member(viewer)
        with self._place.read() as work:
            report = _visible(work, viewer, number)
            _must_edit(viewer, report)
            draft = work.drafts.get(viewer, report.draft)
        if draft is None:
            raise Forbidden(f"Only its reporter can change the answers of {report.name}.")
        return draft, last_question(self._bar, draft.entries)

    def systems(self, viewer: Viewer, typed: str, limit: int = 20) -> Sequence[str]:
        """Systems named in reports that the viewer may see, for the type-ahead."""
        _must_be_member(viewer)
        with self._place.read() as work:
            return work.reports.systems(viewer, typed.strip(), limit)

    def telling(self, errand: Errand) -> Telling | None:
        """The records behind an errand, for whoever renders it: the person it goes to, or the assistant for its channel.

        None where that person may not see the report (any more). What a channel may read of it is the renderer's to keep.
        """
        reader = Viewer(errand.workspace, errand.to) if errand.to else Viewer.assistant(errand.workspace)
        with self._place.read() as work:
            report = work.reports.get(reader, errand.report)
            if report is None:
                return None
            bar = self._bar_of(work, report.scored)
            events = work.reports.events(reader, errand.report) if errand.event else ()
        event = next((e for e in events if e.seq == errand.event), None)
        return Telling(report, report.scored.parsed(), bar, event)

    # -- filing ------------------------------------------------------------------------------------------------------

    def _file(self, work: Work, viewer: Viewer, draft: Draft) -> Report:
        now = self._clock()
        verdict, scored = self._score(work, viewer, draft.entries, now)
        report = work.reports.add(_report(draft, verdict, scored, now))
        work.reports.add_verdict(report.workspace, report.number, scored)
        filed = Event(EventKind.FILED, now, viewer.user, now=_words(verdict))
        seq = work.reports.add_event(report.workspace, report.number, filed)
        card = f"{report.name}:card"
        work.errands.put(Errand(card, "card", report.workspace, report.number, event=seq))
        work.errands.put(
            Errand(f"{report.name}:dm:{seq}", "dm", report.workspace, report.number, to=report.reporter, event=seq)
        )
        return report

    def _revise(self, work: Work, viewer: Viewer, draft: Draft) -> Report:
        """Change a filed report to what the draft says now; nothing happens where it says the same."""
        now = self._clock()
        report = _visible(work, viewer, draft.report or 0, lock=True)
        verdict, scored = self._score(work, viewer, draft.entries, now)
        changed = _report(draft, verdict, scored, now)
        if _same(report, changed):
            return report
        _must_edit(viewer, report)
        out, back = State.OUT_OF_SCOPE, State.NEW
        state = out if verdict.outcome == "out_of_scope" else back if report.state is out else report.state
        revised = replace(
            changed,
            number=report.number,
            created_at=report.created_at,
            reporter=report.reporter,
            state=state,
            named=report.named,
            owner=report.owner,
            override=report.override,
            due_at=report.due_at,
            version=report.version + 1,
        )
        if not work.reports.save(revised):
            raise StaleState(
                f"{report.name} was changed by somebody else just now. Open it again and repeat your change."
            )
        if scored.verdict != report.scored.verdict or scored.case != report.scored.case:
            work.reports.add_verdict(report.workspace, report.number, scored)
        event = Event(
            EventKind.ANSWERS_CHANGED, now, viewer.user, was=_words(report.scored.parsed()), now=_words(verdict)
        )
        seq = work.reports.add_event(report.workspace, report.number, event)
        card = f"{report.name}:card"
        for kind in ("card_edit", "thread"):
            key = f"{report.name}:{kind}:{seq}"
            work.errands.put(Errand(key, kind, report.workspace, report.number, follows=card, event=seq))
        return revised

    def _score(self, work: Work, viewer: Viewer, entries: Entries, now: datetime) -> tuple[Verdict, Scored]:
        case = entries.case()
        verdict = score(self._bar, case)
        work.bars.keep(self._bar)
        return verdict, Scored(case.canonical(), verdict.canonical(), self._bar.hash, now, viewer.user)

    def _bar_of(self, work: Work, scored: Scored) -> BugBar:
        if scored.bar_hash not in self._kept_bars:
            text = work.bars.text(scored.bar_hash)
            if text is None:
                raise Refused("The bar that gave this verdict is missing from the history. Tell whoever runs mlbug.")
            self._kept_bars[scored.bar_hash] = BugBar.from_canonical(text)
        return self._kept_bars[scored.bar_hash]


def _must_be_member(viewer: Viewer) -> None:
    if not viewer.is_member:
        raise Forbidden(OUTSIDER)


def _must_edit(viewer: Viewer, report: Report) -> None:
    accepted = report.state not in {State.NEW, State.OUT_OF_SCOPE}
    if not may_edit(viewer, workspace=report.workspace, reporter=report.reporter, accepted=accepted):
        raise Forbidden(f"{report.name} is {report.state} by now; its answers can be changed by triagers only.")


def _visible(work: Work, viewer: Viewer, number: int, *, lock: bool = False) -> Report:
    report = work.reports.get(viewer, number, lock=lock)
    if report is None:
        # The same words whether it does not exist or may not be seen.
        raise NotFound(f"There is no {report_name(number)} that you can see. Check the number.")
    return report


def _words(verdict: Verdict) -> str:
    return str(verdict.severity) if verdict.severity else f"out of scope ({verdict.route})"


def _same(before: Report, after: Report) -> bool:
    def told(report: Report) -> tuple[object, ...]:
        return (
            report.title,
            report.description,
            report.system,
            report.restricted,
            report.scored.case,
            report.scored.verdict,
        )

    return told(before) == told(after)


def _report(draft: Draft, verdict: Verdict, scored: Scored, now: datetime) -> Report:
    entries = draft.entries
    return Report(
        workspace=draft.workspace,
        number=0,
        draft=draft.id,
        title=entries.title,
        description=entries.description,
        system=entries.system,
        reporter=draft.user,
        created_at=now,
        state=State.OUT_OF_SCOPE if verdict.outcome == "out_of_scope" else State.NEW,
        restricted=entries.restricted,
        scored=scored,
        severity=verdict.severity,
        severity_low=verdict.severity_low,
        urgency=verdict.urgency,
        threat=verdict.threat,
        rule=verdict.rule,
        outcome=verdict.outcome,
        route=verdict.route,
        source=entries.source,
    )
