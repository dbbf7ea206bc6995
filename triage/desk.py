"""The use cases: what people can do with drafts and reports. Each authorises, decides, and commits one transaction.

Everything that has to be told in Slack leaves as an errand in the same transaction. Nothing here is slow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from triage import unrated
from triage.access import Viewer, may_edit
from triage.active import ActiveBars, BarOf, nothing_chosen
from triage.bar import BugBar
from triage.case import Case
from triage.changing import Changes, KeptBars, Said, masked, must_be_member, rescored, visible_report
from triage.entering import Entered, check, merge
from triage.errors import Forbidden, NotFound, Refused
from triage.interview import Screen, last_question, next_screen, threats_to_ask
from triage.lifecycle import Deed, allowed
from triage.listing import Filter, Which
from triage.outgoing import outgoing
from triage.ports import Clock, Errand, Work, WorkPlace
from triage.reports import Draft, Entries, Event, EventKind, Report, Scored, State, Step
from triage.scoring import score
from triage.verdict import Verdict
from triage.workspace import WorkspaceSettings

REPEATS_SHOWN = 10
SOURCE_MAX = 1000
NO_SETTINGS = WorkspaceSettings()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a submitted screen led to.

    `explained` is there once the report is filed, so that nothing is left to be read after the commit; `revived` says
    that the draft had been deleted meanwhile, and that the person has to begin with the first screen again.
    """

    draft: Draft
    screen: Screen
    explained: "Explained | None" = None
    revived: bool = False

    @property
    def report(self) -> Report | None:
        """The report, once it is filed."""
        return self.explained.report if self.explained else None


@dataclass(frozen=True, slots=True)
class Explained:
    """A report's verdict with the bar that gave it; `replayed`: the bar gives it again byte for byte."""

    report: Report
    verdict: Verdict
    case: Case
    bar: BugBar
    replayed: bool

    @classmethod
    def of(cls, report: Report, bar: BugBar) -> "Explained":
        """Explain a report by `bar`, the one that gave its verdict."""
        case = Case.model_validate_json(report.scored.case)
        again = unrated.replayed(bar, case).canonical()
        return cls(report, report.scored.parsed(), case, bar, replayed=again == report.scored.verdict)


@dataclass(frozen=True, slots=True)
class Telling:
    """What an errand tells of: the report as it is now, and the event that caused it.

    `earlier` is the name of the report that it duplicates, `repeats` are those that duplicate it: both only as far as
    whoever reads it may see them.
    """

    report: Report
    verdict: Verdict
    bar: BugBar
    event: Event | None
    earlier: str = ""
    repeats: tuple[str, ...] = ()
    overridden: Event | None = None  # the override that counts


class Desk:
    """The use cases of reporting, over a store, a bar and a clock.

    `defaults`: the settings where none were saved. `chosen`: the hash of the bar that a workspace chose, or nothing.
    """

    def __init__(
        self,
        place: WorkPlace,
        bar: BugBar,
        clock: Clock,
        defaults: WorkspaceSettings = NO_SETTINGS,
        chosen: Callable[[str], str] = nothing_chosen,
    ) -> None:
        self._place = place
        self._bar = bar
        self.bar_of: BarOf = ActiveBars(place, bar, chosen).of
        self._clock = clock
        self.bars = KeptBars(bar)
        self.changes = Changes(place, clock, defaults)

    @property
    def bar(self) -> BugBar:
        """The installation's bar: that of every workspace which chose none; see `bar_of`."""
        return self._bar

    # -- drafts ------------------------------------------------------------------------------------------------------

    def unfinished(self, viewer: Viewer) -> Draft | None:
        """The draft that this person left last, to offer it again."""
        must_be_member(viewer)
        with self._place.read() as work:
            return work.drafts.latest(viewer)

    def draft(self, viewer: Viewer, draft_id: str) -> Draft:
        """A draft of the viewer's. Raises `NotFound`."""
        must_be_member(viewer)
        with self._place.read() as work:
            draft = work.drafts.get(viewer, draft_id)
        if draft is None:
            raise NotFound("That draft is gone. Type /mlbug to begin a new one.")
        return draft

    def discard(self, viewer: Viewer, draft_id: str) -> bool:
        """Delete an unfinished draft for good; whether there was one."""
        must_be_member(viewer)
        with self._place.write() as work:
            gone = work.drafts.delete(viewer, draft_id)
            work.commit()
        return gone

    def keep(self, viewer: Viewer, draft_id: str, screen: Screen, entered: Entered) -> Draft:
        """Save what stands on a screen that is being left without "Next": nothing is checked, nothing is lost."""
        must_be_member(viewer)
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

    def keep_source(self, viewer: Viewer, draft_id: str, entries: Entries, source: str) -> None:
        """Keep the permalink of the message that a report began with; `entries` are the draft's where none was saved yet."""
        must_be_member(viewer)
        with self._place.write() as work:
            before = work.drafts.get(viewer, draft_id, lock=True)
            if before is not None and before.report is not None:
                return
            kept = (before.entries if before else entries).model_copy(update={"source": source[:SOURCE_MAX]})
            step = before.step if before else Step.WHAT
            work.drafts.put(Draft(draft_id, viewer.workspace, viewer.user, step, kept, self._clock()))
            work.commit()

    def submit(self, viewer: Viewer, draft_id: str, screen: Screen, entered: Entered) -> Outcome:
        """Take one screen: check it, save it, and file the report once the last question is answered.

        The same screen twice, or twice at once, has the outcome of once. Raises `FieldErrors`, keeping nothing.
        """
        must_be_member(viewer)
        with self._place.write() as work:
            before = work.drafts.get(viewer, draft_id, lock=True)
            entries = merge(before.entries if before else Entries(), screen, entered, submitted=True)
            # Its first screen is missing: the draft was deleted after this window had passed it.
            revived = screen.step is not Step.WHAT and not entries.title
            if not revived:
                check(self.bar_of(viewer.workspace), entries, screen)
            onward = Screen(Step.WHAT) if revived else next_screen(self.bar_of(viewer.workspace), entries, screen)
            draft = Draft(
                id=draft_id,
                workspace=viewer.workspace,
                user=viewer.user,
                step=onward.step,
                entries=entries,
                updated_at=self._clock(),
                report=before.report if before else None,
            )
            explained = None
            if onward.step is Step.FILED:
                report = (
                    self.file_in(work, viewer, draft) if draft.report is None else self._revise(work, viewer, draft)
                )
                explained = Explained.of(report, self.bars.of(work, report.scored))
                draft = replace(draft, report=report.number)
            work.drafts.put(draft)
            work.commit()
        return Outcome(draft, onward, explained, revived)

    # -- reports -----------------------------------------------------------------------------------------------------

    def show(self, viewer: Viewer, number: int) -> Report:
        """A report that the viewer may see. Raises `NotFound`."""
        must_be_member(viewer)
        with self._place.read() as work:
            return visible_report(work, viewer, number)

    def why(self, viewer: Viewer, number: int) -> Explained:
        """A report's verdict, explained by the bar that gave it. Raises `NotFound`."""
        must_be_member(viewer)
        with self._place.read() as work:
            report = visible_report(work, viewer, number)
            bar = self.bars.of(work, report.scored)
        return Explained.of(report, bar)

    def history(self, viewer: Viewer, number: int) -> Sequence[Event]:
        """What happened to a report that the viewer may see, oldest first. Raises `NotFound`."""
        must_be_member(viewer)
        with self._place.read() as work:
            visible_report(work, viewer, number)
            return [masked(work, viewer, event) for event in work.reports.events(viewer, number)]

    def edit(self, viewer: Viewer, number: int) -> tuple[Draft, Screen]:
        """The entries behind a report of the viewer's own, and the screen to change them on. Raises `NotFound`, `Forbidden`."""
        must_be_member(viewer)
        with self._place.read() as work:
            report = visible_report(work, viewer, number)
            _must_edit(viewer, report)
            draft = work.drafts.get(viewer, report.draft)
        if draft is None and viewer.user == report.reporter:
            raise Refused(
                f"{report.name} was imported, so there are no answers of yours to change. Triagers can override its severity."
            )
        if draft is None:
            raise Forbidden(f"Only its reporter can change the answers of {report.name}.")
        return draft, last_question(self.bar_of(viewer.workspace), draft.entries)

    def systems(self, viewer: Viewer, typed: str, limit: int = 20) -> Sequence[str]:
        """Systems named in reports that the viewer may see, for the type-ahead."""
        must_be_member(viewer)
        with self._place.read() as work:
            return work.reports.systems(viewer, typed.strip(), limit)

    def telling(self, errand: Errand) -> Telling | None:
        """The records behind an errand, for whoever renders it: the person it goes to, or the assistant for its channel.

        None where that person may not see the report (any more). What a channel may read of it is the renderer's to keep.
        """
        reader = Viewer(errand.workspace, errand.to) if errand.to else Viewer.assistant(errand.workspace)
        # Of other reports a channel's reader sees what every member may see, not what the assistant may.
        audience = Viewer(errand.workspace, errand.to)
        with self._place.read() as work:
            report = work.reports.get(reader, errand.report)
            if report is None:
                return None
            bar = self.bars.of(work, report.scored)
            events = work.reports.events(reader, errand.report) if errand.event else ()
            event = next((masked(work, audience, e) for e in events if e.seq == errand.event), None)
            earlier = work.reports.get(audience, report.duplicate_of) if report.duplicate_of else None
            wanted = Filter(Which.REPEATS, str(report.number))
            repeats = work.lists.page(audience, wanted, self._clock(), REPEATS_SHOWN, None)
        overrides = (e for e in reversed(events) if e.kind is EventKind.OVERRIDDEN)
        return Telling(
            report,
            report.scored.parsed(),
            bar,
            event,
            overridden=next(overrides, None) if report.override is not None else None,
            earlier=earlier.name if earlier else "",
            repeats=tuple(row.name for row in repeats),
        )

    # -- filing ------------------------------------------------------------------------------------------------------

    def file_in(self, work: Work, viewer: Viewer, draft: Draft) -> Report:
        """File a draft in an open work: report, verdict, event, errands."""
        now = self._clock()
        verdict, scored = self._score(work, viewer, draft.entries, now)
        # Asked for first: from the filing on nothing is read, so that a database can take the rest at once.
        webhook = bool(self.changes.settings(work, viewer.workspace).webhook)
        report = work.reports.add(_report(draft, verdict, scored, now))
        event = Event(EventKind.FILED, now, viewer.user, now=_words(verdict))
        event = replace(event, seq=work.reports.add_event(report.workspace, report.number, event))
        for errand in outgoing(report, event, webhook=webhook):
            work.errands.put(errand)
        return report

    def _revise(self, work: Work, viewer: Viewer, draft: Draft) -> Report:
        """Change a filed report to what the draft says now; nothing happens where it says the same."""
        now = self._clock()
        report = visible_report(work, viewer, draft.report or 0, lock=True)
        verdict, scored = self._score(work, viewer, draft.entries, now)
        bar = self.bar_of(report.workspace)
        case = draft.entries.case(threats_to_ask(bar, draft.entries))
        changed = replace(
            rescored(report, verdict, scored, bar, case),
            title=draft.entries.title,
            description=draft.entries.description,
            system=draft.entries.system,
            restricted=draft.entries.restricted or report.restricted,
        )
        if _same(report, changed):
            return report
        _must_edit(viewer, report)
        if scored.verdict == report.scored.verdict and scored.case == report.scored.case:
            changed = replace(changed, scored=report.scored)  # the same verdict is kept once
        data = {"restricted": "yes"} if changed.restricted and not report.restricted else {}
        said = Said(_words(report.scored.parsed()), _words(verdict), data=data)
        return self.changes.keep(work, viewer.user, allowed(Deed.EDIT, viewer, report), report, changed, said)

    def _score(self, work: Work, viewer: Viewer, entries: Entries, now: datetime) -> tuple[Verdict, Scored]:
        bar = self.bar_of(viewer.workspace)
        case = entries.case(threats_to_ask(bar, entries))
        verdict = score(bar, case)
        work.bars.keep(bar)
        return verdict, Scored(case.canonical(), verdict.canonical(), bar.hash, now, viewer.user)


def _must_edit(viewer: Viewer, report: Report) -> None:
    accepted = report.state not in {State.NEW, State.OUT_OF_SCOPE}
    if not may_edit(viewer, workspace=report.workspace, reporter=report.reporter, accepted=accepted):
        raise Forbidden(f"{report.name} is {report.state} by now; its answers can be changed by triagers only.")


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
