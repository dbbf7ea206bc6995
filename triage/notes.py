"""What a verdict has to say beside its reason: what is provisional, what was assumed, where sources disagree."""

from collections.abc import Iterable, Sequence

from triage.answers import Answers
from triage.bar_parts import UNKNOWN, Badge, BugBar
from triage.tables import OPEN, Settled, Tables


def gates_open(bar: BugBar, answers: Answers) -> tuple[str, ...]:
    """Return the ids of the gates that are unknown: the case is scored as if the bar applied."""
    return tuple(gate.id for gate in bar.gates if getattr(answers.gates, gate.id) == UNKNOWN)


def notes(tables: Tables, answers: Answers, settled: Sequence[Settled], pressing: Iterable[str]) -> tuple[str, ...]:
    """Return the notes on a case inside the bar; ``settled`` with the leading threat first, none of them twice."""
    bar = tables.bar
    said = [
        f"“{bar.gate(gate_id).ask}” is not answered; the bar is taken to apply." for gate_id in gates_open(bar, answers)
    ]
    for one in settled:
        said += handover(one)
        said += _qualifier_open(tables, one)
    for one in settled:
        said += one.table.threat.notes
    said += _urgency(bar, answers)
    said += [f"One step more urgent: {why}" for why in pressing]
    return tuple(dict.fromkeys(said))


def handover(one: Settled) -> list[str]:
    """Return why a threat is rated as another one, or not at all."""
    qualifier = one.filed_as.threat.qualifier
    if qualifier is None or (one.table is one.filed_as and one.route is None):
        return []
    return [f"{one.filed_as.threat.name}: {qualifier.note}"]


def badges(tables: Tables, answers: Answers) -> list[Badge]:
    """Return the badges of the variants that were chosen."""
    shown: dict[str, Badge] = {}
    for (table, _), variant_id in zip(answers.filed, answers.variants, strict=True):
        badge = table.variants[variant_id].badge if variant_id is not None else None
        if badge is not None:
            shown.setdefault(badge, tables.bar.badge(badge))
    return list(shown.values())


def _qualifier_open(tables: Tables, one: Settled) -> list[str]:
    if one.table.qualifier is None or one.state[one.table.qualifier[0]] != OPEN:
        return []
    asked = one.table.questions[one.table.qualifier[0]]
    other = tables.handover(one.table)
    instead = f"this may be {other.threat.name.lower()} instead" if other else "this may be outside the bar"
    return [f"“{asked.ask}” is not answered; {instead}, and the interval covers both."]


def _urgency(bar: BugBar, answers: Answers) -> list[str]:
    urgency = bar.urgency
    if getattr(answers.urgency, urgency.by) != UNKNOWN:
        return []
    question = urgency.question(urgency.by)
    assumed = urgency.assumed.get(getattr(answers.gates, urgency.assumed_from))
    label = question.option(assumed).label if assumed else question.options[-1].label
    return [f"“{question.ask}” is not answered; for the urgency it counts as “{label}”."]
