"""The urgency of a bar: its table is whole and in order, its clocks are there, and what it names exists."""

from collections.abc import Iterator
from itertools import pairwise

from triage.bar_parts import BugBar, Escalator, Question
from triage.problem import Problem
from triage.severity import SEVERITIES, Severity
from triage.soundness_names import code_twice, options_twice

QUESTIONS = ("maturity", "detect")
"""The urgency questions that a case answers."""


def problems(bar: BugBar) -> Iterator[Problem]:
    """Yield what is wrong with the urgency of a bar."""
    urgency = bar.urgency
    names = [question.id for question in urgency.questions]
    for question_id in QUESTIONS:
        if names.count(question_id) != 1:
            yield Problem("schema", "urgency", f"Ask {question_id} once; it is there {names.count(question_id)} times.")
    for question in urgency.questions:
        yield from options_twice(question.options, f"urgency.{question.id}")
        if question.id not in QUESTIONS:
            where = f"urgency.{question.id}"
            yield Problem("schema", where, f"A case can answer only {' and '.join(QUESTIONS)}. Remove it.")
    yield from code_twice("urgency", ((question.code, question.id) for question in urgency.questions))
    if urgency.by in names:
        scale = urgency.question(urgency.by)
        yield from _assumed(bar, scale)
        yield from _table(bar, scale)
        yield from _order(bar, scale)
    else:
        yield Problem("unknown-question", "urgency.by", f"There is no urgency question {urgency.by}.")
    yield from _clocks(bar)
    for escalator in urgency.escalators:
        yield from _escalator(bar, escalator)


def _assumed(bar: BugBar, scale: Question) -> Iterator[Problem]:
    urgency = bar.urgency
    gate = next((gate for gate in bar.gates if gate.id == urgency.assumed_from), None)
    if gate is None:
        yield Problem("unknown-question", "urgency.assumed_from", f"There is no gate {urgency.assumed_from}.")
        return
    for answer, assumed in urgency.assumed.items():
        if not gate.has_option(answer):
            yield Problem("unknown-option", f"urgency.assumed.{answer}", f"{gate.id} has no option {answer}.")
        if all(option.id != assumed for option in scale.options):
            yield Problem("unknown-option", f"urgency.assumed.{answer}", f"{scale.id} has no option {assumed}.")


def _table(bar: BugBar, scale: Question) -> Iterator[Problem]:
    options = [option.id for option in scale.options]
    for severity in _used(bar):
        where = f"urgency.table.{severity.value}"
        row = bar.urgency.table.get(severity)
        if row is None:
            yield Problem("schema", where, "A threat can be so severe, but there is no row for it. Add it.")
            continue
        for option in options:
            if option not in row:
                yield Problem("schema", where, f"There is no entry for {option}. Add it.")
        for option in row:
            if option not in options:
                yield Problem("unknown-option", where, f"{scale.id} has no option {option}.")


def _order(bar: BugBar, scale: Question) -> Iterator[Problem]:
    """What is worse must not be less urgent. Priorities compare as text: P0 is the most urgent."""
    table = bar.urgency.table
    options = [option.id for option in scale.options]
    for severity, row in table.items():
        for better, worse in pairwise(option for option in options if option in row):
            if row[worse] > row[better]:
                yield Problem(
                    "not-monotone",
                    f"urgency.table.{severity.value}",
                    f"{worse} gives {row[worse]}, less urgent than {row[better]} for {better}.",
                )
    for milder, graver in pairwise(sorted(table, key=lambda severity: severity.rank)):
        for option in options:
            before, after = table[milder].get(option), table[graver].get(option)
            if before is not None and after is not None and after > before:
                yield Problem(
                    "not-monotone",
                    f"urgency.table.{graver.value}",
                    f"For {option} it is {after}, less urgent than {before} for {milder.value}.",
                )


def _clocks(bar: BugBar) -> Iterator[Problem]:
    priorities = {int(priority[1]) for row in bar.urgency.table.values() for priority in row.values()}
    # An escalator raises a priority by one.
    for number in sorted(priorities | {max(0, priority - 1) for priority in priorities}):
        if not any(priority == f"P{number}" for priority in bar.sla):
            yield Problem("schema", "sla", f"There are no clocks for P{number}. Add sla.P{number}.")


def _escalator(bar: BugBar, escalator: Escalator) -> Iterator[Problem]:
    where = f"urgency.escalators.{escalator.question}"
    everything = (*bar.urgency.questions, *(question for threat in bar.threats for question in threat.questions))
    asked = [question for question in everything if question.id == escalator.question]
    if not asked:
        yield Problem("unknown-question", where, f"Nothing asks {escalator.question}.")
    elif any(all(option.id != escalator.min for option in question.options) for question in asked):
        yield Problem(
            "unknown-option", where, f"{escalator.question} has no option {escalator.min} everywhere it is asked."
        )


def _used(bar: BugBar) -> tuple[Severity, ...]:
    used = {rank for threat in bar.threats for rank in range(threat.range[0].rank, threat.range[1].rank + 1)}
    return tuple(SEVERITIES[rank] for rank in sorted(used))
