"""How urgent: severity by maturity, and one step up by what the answers say is at stake. Never touches the severity."""

from triage.answers import Answers
from triage.bar_parts import UNKNOWN, BugBar, Sla
from triage.tables import State, Tables, ThreatTable
from triage.verdict import Deadline, Priority

_PRIORITIES: tuple[Priority, ...] = ("P0", "P1", "P2", "P3", "P4")


def maturity(bar: BugBar, answers: Answers) -> str:
    """Return the maturity that counts. Unknown: by the gate that hints at it, else the worst there is."""
    urgency = bar.urgency
    said = str(getattr(answers.urgency, urgency.by))
    if said != UNKNOWN:
        return said
    hint = getattr(answers.gates, urgency.assumed_from)
    return urgency.assumed.get(hint) or urgency.question(urgency.by).options[-1].id


def of_the_case(tables: Tables, answers: Answers) -> tuple[str, ...]:
    """Return why everything in a case is a step more urgent; only what was answered counts."""
    reasons = []
    for escalator in tables.bar.urgency.escalators:
        places = tables.urgency.get(escalator.question)
        if places is not None and places[getattr(answers.urgency, escalator.question)] >= places[escalator.min]:
            reasons.append(escalator.why)
    return tuple(reasons)


def of_the_threat(tables: Tables, table: ThreatTable, state: State) -> tuple[str, ...]:
    """Return why one threat is a step more urgent; only what was answered counts."""
    reasons = []
    for escalator in tables.bar.urgency.escalators:
        at = table.index.get(escalator.question)
        if at is not None and state[at] >= table.places[at][escalator.min]:
            reasons.append(escalator.why)
    return tuple(reasons)


def priority(bar: BugBar, severity_rank: int, maturity_id: str, *, stepped_up: bool) -> Priority:
    """Return the priority of a severity; P0 is the top."""
    found = next(row for severity, row in bar.urgency.table.items() if severity.rank == severity_rank)[maturity_id]
    return _PRIORITIES[max(0, _PRIORITIES.index(found) - 1)] if stepped_up else found


def deadline(sla: Sla) -> Deadline:
    """Return the clocks of a priority, in hours."""
    return Deadline(
        first_response_h=sla.first_response_h,
        contain_h=sla.contain_d * 24 if sla.contain_d else None,
        fix_h=sla.fix_d * 24,
    )
