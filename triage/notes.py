"""What a verdict has to say beside its reason: what is provisional, what was assumed, where sources disagree."""

from collections.abc import Iterable, Sequence

from triage.bar_parts import UNKNOWN, Badge, BugBar
from triage.case import Case
from triage.tables import OPEN, Settled, Tables


def gates_open(bar: BugBar, case: Case) -> tuple[str, ...]:
    """Return the ids of the gates that are unknown: the case is scored as if the bar applied."""
    return tuple(gate.id for gate in bar.gates if getattr(case.gates, gate.id) == UNKNOWN)


def notes(tables: Tables, case: Case, settled: Sequence[Settled], pressing: Iterable[str]) -> tuple[str, ...]:
    """Return the notes on a case inside the bar; ``settled`` with the leading threat first, none of them twice."""
    bar = tables.bar
    said = [
        f"“{bar.gate(gate_id).ask}” is not answered; the bar is taken to apply." for gate_id in gates_open(bar, case)
    ]
    for one in settled:
        said += handover(one)
        said += _qualifier_open(tables, one)
    for one in settled:
        said += one.table.threat.notes
    said += _urgency(bar, case)
    said += [f"One step more urgent: {why}" for why in pressing]
    return tuple(dict.fromkeys(said))


def handover(one: Settled) -> list[str]:
    """Return why a threat is rated as another one, or not at all."""
    qualifier = one.filed_as.threat.qualifier
    if qualifier is None or (one.table is one.filed_as and one.route is None):
        return []
    return [f"{one.filed_as.threat.name}: {qualifier.note}"]


def badges(tables: Tables, case: Case) -> list[Badge]:
    """Return the badges of the variants that were chosen."""
    shown: list[Badge] = []
    for threat_case in case.threats:
        variant = tables.threats[threat_case.threat].variants.get(threat_case.variant or "")
        if variant is not None and variant.badge is not None:
            shown.append(tables.bar.badge(variant.badge))
    return list(dict.fromkeys(shown))


def _qualifier_open(tables: Tables, one: Settled) -> list[str]:
    if one.table.qualifier is None or one.state[one.table.qualifier[0]] != OPEN:
        return []
    asked = one.table.questions[one.table.qualifier[0]]
    other = tables.handover(one.table)
    instead = f"this may be {other.threat.name.lower()} instead" if other else "this may be outside the bar"
    return [f"“{asked.ask}” is not answered; {instead}, and the interval covers both."]


def _urgency(bar: BugBar, case: Case) -> list[str]:
    urgency = bar.urgency
    if getattr(case.urgency, urgency.by) != UNKNOWN:
        return []
    question = urgency.question(urgency.by)
    assumed = urgency.assumed.get(getattr(case.gates, urgency.assumed_from))
    label = question.option(assumed).label if assumed else question.options[-1].label
    return [f"“{question.ask}” is not answered; for the urgency it counts as “{label}”."]
