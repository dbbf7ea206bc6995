"""The use cases of an earlier report: "have we seen this before?", "the same thing", and questions in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from triage.access import Viewer
from triage.bar import BugBar
from triage.care import Care
from triage.changing import Said, must_be_member
from triage.desk import Desk
from triage.errors import FieldErrors, NotFound
from triage.history import Hit
from triage.interview import Screen
from triage.lifecycle import Deed, allowed
from triage.outgoing import relinked, retold
from triage.ports import Errand, Work, WorkPlace
from triage.reports import UNSURE, Draft, Entries, EventKind, Report, Step, report_name
from triage.suggest import Suggestion, suggest

SHOWN = 3
QUESTION_MAX = 1000  # characters of a question that is answered later
DECIDES = frozenset({EventKind.ACCEPTED, EventKind.OVERRIDDEN, EventKind.CLOSED})
ELSE = "The reporter says that it is something else."


@dataclass(frozen=True, slots=True)
class Remembered:
    """An earlier report as somebody is told of it: the bar's reason, and who decided when (its reporter, where nobody did)."""

    hit: Hit
    reason: str
    decider: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a question is answered with: earlier reports that look like it, and the rows of the bar that fit its words."""

    question: str
    reports: tuple[Remembered, ...]
    rows: tuple[Suggestion, ...]


class Recalling:
    """The history as answers; each read takes the viewer, each write authorises."""

    def __init__(self, place: WorkPlace, desk: Desk, care: Care) -> None:
        self._place = place
        self._desk = desk
        self._care = care

    def bar_of(self, workspace: str) -> BugBar:
        """The bar whose rows are shown beside earlier reports."""
        return self._desk.bar_of(workspace)

    def seen_before(self, viewer: Viewer, entries: Entries, besides: int = 0) -> Sequence[Remembered]:
        """At most three earlier reports that look like what was entered, likeliest first. `besides` is left out."""
        must_be_member(viewer)
        text = f"{entries.title}\n{entries.description}"
        threat = next(iter(entries.threats), "")
        with self._place.read() as work:
            hits = work.history.similar(viewer, text, SHOWN, threat=threat, system=entries.system, besides=besides)
            return tuple(_remembered(work, viewer, hit) for hit in hits if hit.like)

    def ask(self, viewer: Viewer, question: str) -> Recalled:
        """Answer a question in plain words from the history and the bar; both may be silent."""
        must_be_member(viewer)
        asked = " ".join(question.split())[:QUESTION_MAX]
        with self._place.read() as work:
            hits = work.history.similar(viewer, asked, SHOWN)
            reports = tuple(_remembered(work, viewer, hit) for hit in hits if hit.like)
        return Recalled(asked, reports, tuple(suggest(self.bar_of(viewer.workspace), asked, 2)))

    def of(self, viewer: Viewer, number: int) -> Remembered | None:
        """One earlier report as it is told of; None where the viewer may not see it."""
        must_be_member(viewer)
        with self._place.read() as work:
            report = work.reports.get(viewer, number)
            return _remembered(work, viewer, _as_hit(report)) if report else None

    def rate(self, viewer: Viewer, about: str, *, helped: bool) -> None:
        """Count a person's opinion of an answer; the last one counts."""
        must_be_member(viewer)
        with self._place.write() as work:
            work.opinions.put(viewer, about, helped=helped)
            work.commit()

    def ratings(self, workspace: str) -> tuple[int, int]:
        """How many answers helped, and how many did not."""
        with self._place.read() as work:
            return work.opinions.count(workspace)

    def asked(self, viewer: Viewer, question: str, key: str, channel: str, thread: str, *, aloud: bool) -> None:
        """Answer a message in its thread, later and once: `key` is the message's own. `aloud`: everybody reads the answer."""
        must_be_member(viewer)
        data = {"question": question[:QUESTION_MAX], "channel": channel, "thread": thread}
        to = "" if aloud else viewer.user
        with self._place.write() as work:
            work.errands.put(Errand(f"answer:{key}", "answer", viewer.workspace, 0, to=to, data=data))
            work.commit()

    def same(self, viewer: Viewer, draft_id: str, earlier: int) -> Report:
        """File the draft as a repeat of `earlier` and end there. The same draft twice is filed once. Raises `NotFound`."""
        must_be_member(viewer)
        with self._place.write() as work:
            draft = work.drafts.get(viewer, draft_id, lock=True)
            if draft is None:
                raise NotFound("That draft is gone. Type /mlbug to begin a new one.")
            known = work.reports.get(viewer, draft.report) if draft.report else None
            if known is not None and known.duplicate_of is not None:
                return known
            original = work.reports.get(viewer, earlier)
            if original is None:
                raise NotFound(f"There is no {report_name(earlier)} that you can see. Go on with the questions.")
            draft = replace(
                draft, entries=_threat_from(draft.entries, original, self.bar_of(viewer.workspace)), step=Step.FILED
            )
            report = known or self._desk.file_in(work, viewer, draft)
            linked = self._link(work, viewer, report, earlier)
            work.drafts.put(replace(draft, report=linked.number))
            work.commit()
        return linked

    def different(self, viewer: Viewer, number: int) -> tuple[Draft, Screen]:
        """Undo `same`: the link goes, and the person goes on with the questions."""
        draft = self._desk.draft(viewer, self._desk.show(viewer, number).draft)  # first: only its writer can go on
        self._care.unlink(viewer, number, ELSE)
        return draft, Screen(Step.GATES)

    def _link(self, work: Work, viewer: Viewer, report: Report, earlier: int) -> Report:
        row = allowed(Deed.LINK, viewer, report)
        try:
            root = self._care.root(work, viewer, report, earlier)
        except FieldErrors as wrong:
            raise NotFound(wrong.message) from None
        said = Said(str(report.state), report_name(root))
        changed = replace(report, duplicate_of=root)
        linked = self._desk.changes.keep(work, viewer.user, row, report, changed, said)
        work.errands.put(relinked(root, report))
        original = work.reports.get(viewer, root)
        if original is not None and original.owner and original.owner != viewer.user:
            work.errands.put(retold(linked, original.owner))
        return linked


def _remembered(work: Work, viewer: Viewer, hit: Hit) -> Remembered:
    report = work.reports.get(viewer, hit.number)
    reason = report.scored.parsed().reason if report else ""
    decided = [event for event in work.reports.events(viewer, hit.number) if event.kind in DECIDES and event.actor]
    if decided:
        return Remembered(hit, reason, decided[-1].actor, decided[-1].at)
    return Remembered(hit, reason, hit.reporter, hit.created_at)


def _as_hit(report: Report) -> Hit:
    return Hit(
        number=report.number,
        matched=report.number,
        score=1.0,
        repeat=True,
        title=report.title,
        system=report.system,
        state=report.state,
        severity=report.effective,
        overridden=report.override is not None,
        threat=report.threat,
        rule=report.rule,
        reporter=report.reporter,
        owner=report.owner,
        created_at=report.created_at,
        closed_at=report.closed_at,
        restricted=report.restricted,
    )


def _threat_from(entries: Entries, original: Report, bar: BugBar) -> Entries:
    """Somebody unsure takes the earlier report's threat, else the likeliest by their words, else the bar's first."""
    if entries.threats:
        return entries
    likely = suggest(bar, f"{entries.title}\n{entries.description}", 1)
    threat = original.threat or (likely[0].threat if likely else bar.threats[0].id)
    return entries.model_copy(update={"chosen": threat} if entries.threat == UNSURE else {"threat": threat})
