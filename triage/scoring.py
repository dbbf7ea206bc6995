"""Scoring: what the bar says of a case. Pure and deterministic; the same bar and case give the same bytes.

The order of work: the gates (does the bar apply), each threat's qualifier, its rules at the best and the worst
completion of what is unknown, the gravest threat as headline, the urgency apart from it. The high end leads.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from triage import notes, urgency, whatif
from triage.answers import Answers, gate_route, look_up, state_of, table_of
from triage.bar_parts import Badge, BugBar, Named, Threat
from triage.case import Case, CaseError, Gates, ThreatCase, Urgency, read_case
from triage.severity import SEVERITIES, Severity
from triage.tables import OPEN, Settled, State, Tables, ThreatTable, compiled
from triage.vector import vector_of
from triage.verdict import (
    Assessment,
    BadgeShown,
    BarUsed,
    Change,
    Deadline,
    FailureModeShown,
    OpenQuestion,
    Verdict,
)

__all__ = [
    "Assessment",
    "BadgeShown",
    "BarUsed",
    "Case",
    "CaseError",
    "Change",
    "Deadline",
    "FailureModeShown",
    "Gates",
    "OpenQuestion",
    "ThreatCase",
    "Urgency",
    "Verdict",
    "read_case",
    "score",
    "severity_of",
]


def severity_of(bar: BugBar, threat: str, answers: dict[str, str]) -> tuple[Severity | None, Severity | None]:
    """Return the low and the high end of one threat's severity and nothing else; ``None`` outside the bar.

    Raises ``CaseError`` for an unknown threat, question or option.
    """
    tables = compiled(bar)
    table = table_of(tables, threat, "threat")
    low, high = tables.span(table, state_of(table, answers, "answers"))
    return _severity(low), _severity(high)


def score(bar: BugBar, case: Case) -> Verdict:
    """Return the verdict; raises ``CaseError`` naming the field for what the bar does not know."""
    tables = compiled(bar)
    answers = look_up(tables, case)
    if not answers.filed and gate_route(tables, answers.gates) is None:
        raise CaseError("missing", "threats", "Name at least one threat, or a gate that says the bar does not apply.")
    return _verdict(tables, answers)


# Verdicts and their parts are kept, because the same answers come again: while a dialog is filled in, when a report is
# shown, when a history is scored anew. They are frozen, and nothing but bar and answers goes into them.


@lru_cache(maxsize=2048)
def _verdict(tables: Tables, answers: Answers) -> Verdict:
    ended = gate_route(tables, answers.gates)
    if ended is not None:
        gate_id, route = ended
        return _out_of_scope(tables, answers, route, fired={gate_id: getattr(answers.gates, gate_id)})
    filed = tables.fill(answers.filed)
    ripeness = urgency.maturity(tables.bar, answers)
    pressing = urgency.of_the_case(tables, answers)
    variants = {table: variant for (table, _), variant in zip(answers.filed, answers.variants, strict=True)}
    rated = [_rate(tables, one, variants.get(one.table), ripeness, pressing) for one in tables.settle(filed)]
    inside = [one for one in rated if one.assessment.route is None]
    if not inside:
        first = rated[0].assessment
        return _out_of_scope(tables, answers, first.route or "", fired=first.fired, rated=rated)
    return _in_bar(tables, answers, whatif.what_would_change(tables, filed), rated, inside)


class _Rated(NamedTuple):
    """One threat's assessment with what only the whole needs."""

    settled: Settled
    assessment: Assessment
    low: int
    high: int
    open: tuple[OpenQuestion, ...]
    pressing: tuple[str, ...]


@lru_cache(maxsize=2048)
def _rate(tables: Tables, settled: Settled, variant: str | None, ripeness: str, pressing: tuple[str, ...]) -> _Rated:
    table, state, filed_as, route = settled
    threat = table.threat
    told = filed_as.threat.id if filed_as is not table else None
    qualified = _said(table, state, [table.qualifier[0]] if table.qualifier else [])
    if route is not None:
        assessment = Assessment(
            threat=threat.id,
            variant=variant,
            filed_as=told,
            route=route,
            severity=None,
            severity_low=None,
            severity_high=None,
            urgency=None,
            rule=None,
            reason=tables.bar.route(route).why,
            fired=qualified,
            assumed=(),
            ask_next=None,
        )
        return _Rated(settled, assessment, -1, -1, (), ())
    low, high = tables.span(table, state)
    if low is None or high is None:  # a settled threat without a route is inside the bar
        raise AssertionError(threat.id)
    rule, fired, assumed = table.firing(state)
    open_ = whatif.open_questions(table, state)
    pressing = tuple(dict.fromkeys((*pressing, *urgency.of_the_threat(tables, table, state))))
    assessment = Assessment(
        threat=threat.id,
        variant=variant,
        filed_as=told,
        route=None,
        severity=SEVERITIES[high],
        severity_low=SEVERITIES[low],
        severity_high=SEVERITIES[high],
        urgency=urgency.priority(tables.bar, high, ripeness, stepped_up=bool(pressing)),
        rule=rule.id,
        reason=rule.why,
        fired=qualified | _said(table, state, fired),
        assumed=tuple(table.ids[at] for at in sorted({*assumed, *_open_qualifier(table, state)})),
        ask_next=whatif.ask_next(tables, table, state),
    )
    questions = tuple(
        OpenQuestion(threat=threat.id, question=table.ids[at], who=table.questions[at].who) for at in open_
    )
    return _Rated(settled, assessment, low, high, questions, pressing)


def _said(table: ThreatTable, state: State, questions: Iterable[int]) -> dict[str, str]:
    return {table.ids[at]: table.questions[at].options[state[at]].id for at in questions if state[at] != OPEN}


def _open_qualifier(table: ThreatTable, state: State) -> tuple[int, ...]:
    return (table.qualifier[0],) if table.qualifier and state[table.qualifier[0]] == OPEN else ()


def _in_bar(
    tables: Tables, answers: Answers, changes: tuple[Change, ...], rated: list[_Rated], inside: list[_Rated]
) -> Verdict:
    bar = tables.bar
    lead = max(inside, key=lambda one: (one.high, one.low))
    said = lead.assessment
    low = max(one.low for one in inside)
    due = min(one.assessment.urgency or "P4" for one in inside)
    ordered = [lead, *(one for one in rated if one is not lead)]
    settled = [one.settled for one in ordered]
    open_gates = notes.gates_open(bar, answers)
    unsettled = low != lead.high or bool(_open_qualifier(lead.settled.table, lead.settled.state))
    return Verdict(
        outcome="in_bar",
        route=None,
        severity=said.severity,
        severity_low=SEVERITIES[low],
        severity_high=said.severity_high,
        urgency=due,
        threat=said.threat,
        rule=said.rule,
        reason=said.reason,
        fired=said.fired,
        what_would_change=changes,
        ask_next=said.ask_next if unsettled else None,
        vector=vector_of(tables, answers),
        also=tuple(dict.fromkeys(co_route for one in inside for co_route in one.settled.table.threat.also)),
        notes=notes.notes(tables, answers, settled, dict.fromkeys(why for one in inside for why in one.pressing)),
        bar=_bar_used(bar),
        assessments=tuple(one.assessment for one in rated),
        assumed=said.assumed,
        open_questions=tuple(question for one in ordered for question in one.open) if unsettled else (),
        provisional=bool(open_gates) or any(_open_qualifier(one.table, one.state) for one in settled),
        deadline=urgency.deadline(bar.sla[due]),
        badges=tuple(_shown(badge) for badge in notes.badges(tables, answers)),
        mitigations=_mitigations(tuple(one.settled.table.threat for one in ordered if one in inside)),
        mappings=lead.settled.table.threat.mappings,
        failure_mode=None,
    )


def _out_of_scope(
    tables: Tables, answers: Answers, route: str, *, fired: dict[str, str], rated: Iterable[_Rated] = ()
) -> Verdict:
    bar = tables.bar
    mode = tables.failure_modes.get(answers.failure_mode or "")
    return Verdict(
        outcome="out_of_scope",
        route=route,
        severity=None,
        severity_low=None,
        severity_high=None,
        urgency=None,
        threat=None,
        rule=None,
        reason=bar.route(route).why,
        fired=fired,
        what_would_change=(),
        ask_next=None,
        vector=vector_of(tables, answers),
        also=(),
        notes=tuple(note for one in rated for note in notes.handover(one.settled)),
        bar=_bar_used(bar),
        assessments=tuple(one.assessment for one in rated),
        assumed=(),
        open_questions=(),
        provisional=False,
        deadline=None,
        badges=(),
        mitigations=(),
        mappings=None,
        failure_mode=FailureModeShown(id=mode.id, number=mode.number, label=mode.label) if mode else None,
    )


def _shown(badge: Badge) -> BadgeShown:
    return BadgeShown(id=badge.id, label=badge.label, note=badge.note)


def _mitigations(threats: tuple[Threat, ...]) -> tuple[Named, ...]:
    return tuple({named.id: named for threat in threats for named in threat.mitigations}.values())


@lru_cache(maxsize=8)
def _bar_used(bar: BugBar) -> BarUsed:
    return BarUsed(id=bar.id, version=bar.version, hash=bar.hash)


def _severity(rank: int | None) -> Severity | None:
    return None if rank is None else SEVERITIES[rank]
