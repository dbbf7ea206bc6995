"""Asking the reporter: which question is worth asking next, and what an answer does to the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from triage.access import Viewer
from triage.active import BarOf
from triage.bar import UNKNOWN, BugBar, GateOption, Option
from triage.case import Case, ThreatCase
from triage.changing import Changes, Said, rescored, visible_report
from triage.errors import Refused, StaleState
from triage.lifecycle import Deed
from triage.ports import Work
from triage.reports import Draft, Report, Scored
from triage.scoring import score
from triage.unrated import is_unrated
from triage.verdict import Verdict

GATES = "gates"  # stands for the threat where a gate is asked


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is put to somebody; `topic` is a threat's id or `GATES`."""

    topic: str
    question: str
    ask: str
    hint: str
    options: Sequence[Option | GateOption]

    @property
    def key(self) -> str:
        """`data_poisoning.reach`."""
        return f"{self.topic}.{self.question}"


def worth_asking(bar: BugBar, case: Case, verdict: Verdict) -> Asked | None:
    """The question that the reporter can be expected to know and that settles most; None where all is settled.

    The verdict's own next question comes first if reporters know it, then others that they know, then the next one anyway,
    then a gate that is open.
    """
    open_ = verdict.open_questions
    known = [q for q in open_ if q.who == "reporter"]
    ordered = [q for q in known if q.question == verdict.ask_next] + known
    ordered += [q for q in open_ if q.question == verdict.ask_next] + list(open_)
    for question in ordered:
        if found := find_question(bar, f"{question.threat}.{question.question}"):
            return found
    for gate in bar.gates:
        if getattr(case.gates, gate.id, "") == UNKNOWN:
            return find_question(bar, f"{GATES}.{gate.id}")
    return None


def find_question(bar: BugBar, key: str) -> Asked | None:
    """The question that a key names, if the bar has it."""
    topic, _, question_id = key.partition(".")
    if topic == GATES:
        gate = next((g for g in bar.gates if g.id == question_id), None)
        return Asked(topic, gate.id, gate.ask, gate.hint or "", gate.options) if gate else None
    threat = next((t for t in bar.threats if t.id == topic), None)
    question = next((q for q in threat.questions if q.id == question_id), None) if threat else None
    return Asked(topic, question.id, question.ask, question.hint or "", question.options) if question else None


class Asking:
    """The use cases, over the bars that new verdicts are given by."""

    def __init__(self, changes: Changes, bar_of: BarOf) -> None:
        self._changes = changes
        self._bar_of = bar_of

    def ask(self, viewer: Viewer, number: int, seen: int = 0) -> tuple[Report, Asked]:
        """Put the next question worth asking to the reporter. Raises `Refused` where nothing is open, or one waits already."""

        def change(_work: Work, report: Report) -> tuple[Report, Said]:
            if report.asked:
                raise Refused(f"A question about {report.name} waits for its reporter already.")
            asked = self._worth_asking(report)
            return replace(report, asked=asked.key), Said(data={"threat": asked.topic, "question": asked.question})

        report = self._changes.do(viewer, number, Deed.ASK, change, seen)
        return report, self._of(report, report.asked)

    def waiting(self, viewer: Viewer, number: int) -> tuple[Report, Asked | None]:
        """The question that waits on a report that the viewer may see."""
        with self._changes.place.read() as work:
            report = visible_report(work, viewer, number)
        return report, find_question(self._bar_of(viewer.workspace), report.asked) if report.asked else None

    def answer(self, viewer: Viewer, number: int, key: str, option: str) -> Report:
        """Answer it as the report's reporter: the report is scored again. “I don't know” changes nothing but ends the waiting."""

        def change(work: Work, report: Report) -> tuple[Report, Said]:
            if report.asked != key:
                raise StaleState(f"That question about {report.name} is answered by now, or nobody needs it any more.")
            asked = self._of(report, key)
            if option != UNKNOWN and option not in {o.id for o in asked.options}:
                raise StaleState("This answer is not on the list any more. Ask a triager to put the question again.")
            answered = replace(report, asked="")
            was = _words(report.scored.parsed())
            data = {"threat": asked.topic, "question": asked.question, "answer": option}
            if option == UNKNOWN:
                return answered, Said(was, was, data=data)
            case = _with(Case.model_validate_json(report.scored.case), asked, option)
            bar = self._bar_of(viewer.workspace)
            verdict = score(bar, case)
            work.bars.keep(bar)
            scored = Scored(case.canonical(), verdict.canonical(), bar.hash, self._changes.clock(), viewer.user)
            self._keep_entries(work, viewer, report, asked, option)
            return rescored(answered, verdict, scored, bar, case), Said(was, _words(verdict), data=data)

        return self._changes.do(viewer, number, Deed.ANSWER, change)

    def _worth_asking(self, report: Report) -> Asked:
        case = Case.model_validate_json(report.scored.case)
        if is_unrated(case):
            raise Refused(f"{report.name} was imported without answers: the bar has nothing to ask about it.")
        bar = self._bar_of(report.workspace)
        asked = worth_asking(bar, case, score(bar, case))
        if asked is None:
            raise Refused(f"Every answer that could move {report.name} is given: there is nothing to ask.")
        return asked

    def _of(self, report: Report, key: str) -> Asked:
        asked = find_question(self._bar_of(report.workspace), key)
        if asked is None:
            raise StaleState(f"The bar has changed since {report.name} was asked about. Put the question again.")
        return asked

    def _keep_entries(self, work: Work, viewer: Viewer, report: Report, asked: Asked, option: str) -> None:
        """Put the answer into the reporter's entries, so that “Edit answers” shows it."""
        draft: Draft | None = work.drafts.get(viewer, report.draft, lock=True)
        if draft is None:
            return
        entries = draft.entries
        if asked.topic == GATES:
            changed = entries.model_copy(update={"gates": entries.gates | {asked.question: option}})
        else:
            given = entries.answers.get(asked.topic, {}) | {asked.question: option}
            changed = entries.model_copy(update={"answers": entries.answers | {asked.topic: given}})
        work.drafts.put(replace(draft, entries=changed, updated_at=self._changes.clock()))


def _with(case: Case, asked: Asked, option: str) -> Case:
    """The case with one more answer; a threat that it did not name before comes in with it."""
    if asked.topic == GATES:
        return case.model_copy(update={"gates": case.gates.model_copy(update={asked.question: option})})
    threats = list(case.threats)
    at = next((n for n, t in enumerate(threats) if t.threat == asked.topic), None)
    before = threats[at] if at is not None else ThreatCase(threat=asked.topic)
    after = before.model_copy(update={"answers": before.answers | {asked.question: option}})
    if at is None:
        threats.append(after)
    else:
        threats[at] = after
    return case.model_copy(update={"threats": tuple(threats)})


def _words(verdict: Verdict) -> str:
    return str(verdict.severity) if verdict.severity else f"out of scope ({verdict.route})"
