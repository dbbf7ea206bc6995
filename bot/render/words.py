"""The sentences about a verdict, said the same way on every screen, card and message. Our own words only: safe anywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from triage.bar import UNKNOWN, UNKNOWN_LABEL, BugBar, Question, Threat
from triage.reports import Report, State
from triage.severity import Severity
from triage.verdict import Change, Verdict


@dataclass(frozen=True, slots=True)
class Here:
    """What holds in the workspace at the moment of rendering.

    `days`: its own days to a fix, by urgency, where they differ from the bar's. `zone`: the IANA zone of its days.
    """

    now: datetime
    zone: str
    days: Mapping[str, int] = field(default_factory=dict)


def severity_words(high: Severity | None, low: Severity | None) -> str:
    """`Critical`, or `Critical, could be Important` where answers are missing."""
    if high is None:
        return "Outside the bar"
    return str(high) if low in {None, high} else f"{high}, could be {low}"


def headline(report: Report) -> str:
    """`ML-42 · Critical, could be Important · P1`; an override leads, with what the bar says behind it."""
    if report.severity is None:
        return f"{report.name} · Outside the bar"
    told = severity_words(report.severity, report.severity_low)
    if report.override is not None:
        told = f"{report.override} (the bar says {told})"
    return " · ".join(part for part in (report.name, told, report.urgency) if part)


def settles(bar: BugBar, verdict: Verdict) -> str:
    """What to answer so that the interval closes; empty where it is closed."""
    if verdict.severity is None or verdict.severity_low == verdict.severity_high or verdict.ask_next is None:
        return ""
    asked = ask_words(bar, verdict, verdict.ask_next)
    return f"Answer “{asked}” to settle it." if asked else ""


def ask_words(bar: BugBar, verdict: Verdict, question_id: str) -> str:
    """The wording of a question by its id, looked for in the threats of the verdict, leading one first."""
    for threat in threats_of(bar, verdict):
        for question in threat.questions:
            if question.id == question_id:
                return question.ask
    return next((gate.ask for gate in bar.gates if gate.id == question_id), "")


def threats_of(bar: BugBar, verdict: Verdict) -> Iterator[Threat]:
    """The threats that were assessed, leading one first."""
    known = {threat.id: threat for threat in bar.threats}
    ids = [verdict.threat, *(assessment.threat for assessment in verdict.assessments)]
    for threat_id in dict.fromkeys(ids):
        if threat_id in known:
            yield known[threat_id]


def answer_words(question: Question, answer: str) -> str:
    """The label of an answer."""
    if answer == UNKNOWN:
        return UNKNOWN_LABEL
    return next((option.label for option in question.options if option.id == answer), answer)


def fired_lines(bar: BugBar, verdict: Verdict) -> list[tuple[str, str]]:
    """(question, answer) of each answer that the rule rests on."""
    threat = next(threats_of(bar, verdict), None)
    if threat is None:
        return []
    questions = {question.id: question for question in threat.questions}
    return [(questions[q].ask, answer_words(questions[q], a)) for q, a in verdict.fired.items() if q in questions]


def change_lines(bar: BugBar, verdict: Verdict, limit: int = 3) -> list[str]:
    """What would move the severity: one sentence a way, smallest change first."""
    ways: dict[object, list[Change]] = {}
    for index, change in enumerate(verdict.what_would_change):
        ways.setdefault(("set", change.set_) if change.set_ is not None else ("one", index), []).append(change)
    lines = []
    for way in list(ways.values())[:limit]:
        steps = " and ".join(_step(bar, verdict, change) for change in way)
        lines.append(f"{way[0].severity or 'Outside the bar'} if {steps}.")
    return lines


def due_line(report: Report, bar: BugBar, here: Here) -> str:
    """When what is due, by the urgency that counts; empty once nothing is."""
    if report.state is State.ACCEPTED and report.due_at:
        return fix_due(report.due_at, here.now)
    clocks = bar.sla.get(report.urgency) if report.urgency else None  # type: ignore[call-overload]  # of an older bar
    if report.state is not State.NEW or clocks is None:
        return ""
    fix_d = here.days.get(report.urgency or "", clocks.fix_d)
    contain_d = clocks.contain_d if clocks.contain_d and clocks.contain_d < fix_d else None
    contain = f"contain within {_span(24 * contain_d)}, " if contain_d else ""
    first = report.created_at + timedelta(hours=clocks.first_response_h)
    told = (
        f"*Late*: a first answer was due {moment(first)}." if first < here.now else f"First answer due {moment(first)}."
    )
    return f"{told} Once accepted: {contain}fix within {_span(24 * fix_d)}."


def also_lines(bar: BugBar, verdict: Verdict) -> list[str]:
    """Who else must hear of it."""
    routes = {route.id: route for route in bar.co_routes}
    return [f"{routes[r].label}: {routes[r].help}" for r in verdict.also if r in routes]


def route_lines(bar: BugBar, verdict: Verdict) -> list[str]:
    """Where a report outside the bar goes, and why."""
    route = next((r for r in bar.routes if r.id == verdict.route), None)
    if route is None:
        return []
    lines = [f"*{route.label}.* {route.why}", route.advice]
    if mode := verdict.failure_mode:
        told = next((m.help for m in bar.failure_modes if m.id == mode.id), "")
        lines.append(f"*Unintentional failure mode {mode.number}: {mode.label}.* {told}")
    return lines


def fix_due(due_at: datetime, now: datetime) -> str:
    """The deadline of a fix, ahead or gone by."""
    return f"*Overdue*: the fix was due {moment(due_at)}." if due_at < now else f"Fix due {moment(due_at)}."


def last_day(end: datetime, zone: str) -> str:
    """`2027-03-01`: the last day before the midnight `end` in that zone."""
    return f"{(end - timedelta(seconds=1)).astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def moment(at: datetime) -> str:
    """A time in the reader's own zone and language; UTC where Slack can't."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def _step(bar: BugBar, verdict: Verdict, change: Change) -> str:
    for threat in threats_of(bar, verdict):
        for question in threat.questions:
            if question.id == change.question and change.threat in {None, threat.id}:
                return f"“{question.ask}” is answered “{answer_words(question, change.to)}”"
    return f"{change.question} is {change.to}"


def _span(hours: int) -> str:
    if hours < 48:
        return f"{hours} hours"
    return f"{round(hours / 24)} days"
