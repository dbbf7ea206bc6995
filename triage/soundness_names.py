"""Names in a bar: no id and no code stands for two things, and whatever is named exists."""

from collections import Counter
from collections.abc import Iterable, Iterator

from triage.bar_parts import OUT_OF_SCOPE, UNKNOWN, BugBar, Gate, Option, Question, Threat
from triage.problem import Problem

GATES = ("ml_target", "intent", "others_affected")
"""The gates that a case answers; a bar words them and says where each answer leads."""

VECTOR_CODES = ("TH", "VA", "FM")
"""Codes that the vector itself uses; nothing that is asked may have one of them."""


def problems(bar: BugBar) -> Iterator[Problem]:
    """Yield what is wrong with the names of a bar as a whole; ``threat_problems`` does the threats by themselves."""
    yield from _twice("threats", (threat.id for threat in bar.threats))
    yield from _twice("gates", (gate.id for gate in bar.gates))
    yield from _twice("routes", (route.id for route in bar.routes))
    yield from _twice("co_routes", (co_route.id for co_route in bar.co_routes))
    yield from _twice("badges", (badge.id for badge in bar.badges))
    yield from _twice("failure_modes", (mode.id for mode in bar.failure_modes))
    yield from _twice("failure_modes", (str(mode.number) for mode in bar.failure_modes))
    yield from _twice("rules", (rule.id for threat in bar.threats for rule in (*threat.rules, threat.default)))
    yield from _gates(bar)
    yield from _codes(bar)
    for threat in bar.threats:
        yield from _companions(bar, threat)
        yield from _handover(bar, threat)


def threat_problems(threat: Threat) -> Iterator[Problem]:
    """Yield what is wrong with the names within one threat."""
    yield from _twice(threat.id, (question.id for question in threat.questions))
    yield from _twice(f"{threat.id}.variants", (variant.id for variant in threat.variants))
    yield from code_twice(threat.id, ((question.code, question.id) for question in threat.questions))
    for question in threat.questions:
        yield from options_twice(question.options, f"{threat.id}.{question.id}")
    for rule in threat.rules:
        for question_id, option_id in rule.when.items():
            yield from _named(threat.questions, f"{threat.id}.{rule.id}", question_id, option_id)
    if threat.qualifier is not None:
        yield from _named(threat.questions, f"{threat.id}.qualifier", threat.qualifier.question, threat.qualifier.min)


def options_twice(options: Iterable[Option], where: str) -> Iterator[Problem]:
    """Yield options whose id is there twice, or is the answer that is always offered."""
    ids = [option.id for option in options]
    yield from _twice(where, ids)
    if UNKNOWN in ids:
        yield Problem("duplicate-id", where, "The answer unknown is always offered. Remove it from the options.")


def code_twice(where: str, codes: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Yield codes that stand for two things."""
    owners: dict[str, list[str]] = {}
    for code, name in codes:
        owners.setdefault(code, []).append(name)
    for code, names in owners.items():
        if len(names) > 1:
            yield Problem("duplicate-code", where, f"The code {code} stands for {' and '.join(names)}. Change one.")


def _twice(where: str, ids: Iterable[str]) -> Iterator[Problem]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield Problem("duplicate-id", where, f"The id {name} is there {count} times. Every id must differ.")


def _gates(bar: BugBar) -> Iterator[Problem]:
    names = {gate.id for gate in bar.gates}
    routes = {route.id for route in bar.routes}
    for gate_id in GATES:
        if gate_id not in names:
            yield Problem("schema", "gates", f"The gate {gate_id} is missing. Add it.")
    for gate in bar.gates:
        yield from options_twice(gate.options, gate.id)
        if gate.id not in GATES:
            yield Problem("schema", gate.id, f"A case can answer only {', '.join(GATES)}. Remove this gate.")
        for option in gate.options:
            if option.route is not None and option.route not in routes:
                yield Problem("schema", f"{gate.id}.{option.id}", f"There is no route {option.route}. Add it.")
        if gate.options[-1].route is not None:
            yield Problem("schema", gate.id, "The last option has to be one by which the bar applies: without a route.")


def _codes(bar: BugBar) -> Iterator[Problem]:
    yield from code_twice("threats", ((threat.code, threat.id) for threat in bar.threats))
    asked: tuple[Gate | Question, ...] = (*bar.gates, *bar.urgency.questions)
    shared = [(one.code, one.id) for one in asked] + [(code, "the vector itself") for code in VECTOR_CODES]
    yield from code_twice("gates and urgency", shared)
    for threat in bar.threats:
        for question in threat.questions:
            for code, name in shared:
                if question.code == code:
                    where = f"{threat.id}.{question.id}"
                    yield Problem("duplicate-code", where, f"The code {code} already stands for {name}. Change it.")


def _companions(bar: BugBar, threat: Threat) -> Iterator[Problem]:
    co_routes = {co_route.id for co_route in bar.co_routes}
    for co_route in threat.also:
        if co_route not in co_routes:
            yield Problem("schema", f"{threat.id}.also", f"There is no co-route {co_route}. Add it.")
    badges = {badge.id for badge in bar.badges}
    for variant in threat.variants:
        if variant.badge is not None and variant.badge not in badges:
            yield Problem("schema", f"{threat.id}.{variant.id}", f"There is no badge {variant.badge}. Add it.")


def _handover(bar: BugBar, threat: Threat) -> Iterator[Problem]:
    if threat.qualifier is None:
        return
    target = threat.qualifier.otherwise
    where = f"{threat.id}.qualifier"
    if target.startswith(OUT_OF_SCOPE):
        route = target.removeprefix(OUT_OF_SCOPE)
        if route not in {route.id for route in bar.routes}:
            yield Problem("schema", where, f"There is no route {route} to leave the bar by. Add it.")
    elif not bar.has_threat(target):
        yield Problem("schema", where, f"There is no threat {target} to hand over to.")
    elif _leads_back(bar, threat):
        yield Problem("schema", where, "The handovers lead in a circle. Let one of them end outside the bar.")
    elif bar.threat(target).range[1] > threat.range[0]:
        yield Problem(
            "not-monotone", where, f"{target} can be graver than {threat.id}, though the better answer leads there."
        )


def _leads_back(bar: BugBar, start: Threat) -> bool:
    seen = {start.id}
    here = start
    while here.qualifier is not None and bar.has_threat(here.qualifier.otherwise):
        here = bar.threat(here.qualifier.otherwise)
        if here.id in seen:
            return True
        seen.add(here.id)
    return False


def _named(questions: tuple[Question, ...], where: str, question_id: str, option_id: str) -> Iterator[Problem]:
    question = next((question for question in questions if question.id == question_id), None)
    if question is None:
        listed = ", ".join(question.id for question in questions)
        yield Problem("unknown-question", where, f"There is no question {question_id}; there are {listed}.")
    elif all(option.id != option_id for option in question.options):
        listed = ", ".join(option.id for option in question.options)
        yield Problem("unknown-option", where, f"{question_id} has no option {option_id}; it has {listed}.")
