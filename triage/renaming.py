"""What became of ids that a bar no longer has: old answers as a newer bar understands them."""

from triage.bar import UNKNOWN, BugBar
from triage.case import Case, Gates, ThreatCase, Urgency


def translated(bar: BugBar, case: Case) -> Case:
    """`case` in the words of `bar`: ids that it lists as deprecated are renamed, answers that it lacks are not known.

    A threat that the bar does not have, under no name, is left out.
    """
    gates = {gate: _known_gate(bar, gate, answer) for gate, answer in case.gates.model_dump().items() if answer}
    said = case.urgency.model_dump()
    urgency = {}
    for question in bar.urgency.questions:
        answer = _renamed(bar, "urgency", question.id, said.get(question.id, UNKNOWN))
        if question.id in said:
            urgency[question.id] = _kept(question.has_option(answer), answer)
    threats = tuple(threat for each in case.threats if (threat := _threat(bar, each)) is not None)
    mode = case.failure_mode
    if mode is not None and all(mode != each.id for each in bar.failure_modes):
        mode = bar.deprecated.get(f"failure_modes.{mode}")
    return Case(
        gates=Gates.model_validate(gates),
        threats=threats,
        urgency=Urgency.model_validate(urgency),
        failure_mode=mode,
    )


def _threat(bar: BugBar, given: ThreatCase) -> ThreatCase | None:
    name = given.threat if bar.has_threat(given.threat) else bar.deprecated.get(given.threat, "")
    if not bar.has_threat(name):
        return None
    threat = bar.threat(name)
    asked = {question.id: question for question in threat.questions}
    answers = {}
    for question, answer in given.answers.items():
        now = question if question in asked else _either(bar, given.threat, name, question)
        if now in asked:
            option = _renamed(bar, given.threat, question, answer)
            if option == answer:
                option = _renamed(bar, name, now, answer)
            answers[now] = _kept(asked[now].has_option(option), option)
    variant = given.variant
    if variant is not None and all(variant != each.id for each in threat.variants):
        variant = bar.deprecated.get(f"{given.threat}.variant.{variant}")
    return ThreatCase(threat=name, variant=variant, answers=answers)


def _either(bar: BugBar, was: str, now: str, question: str) -> str:
    return bar.deprecated.get(f"{was}.{question}") or bar.deprecated.get(f"{now}.{question}") or question


def _renamed(bar: BugBar, place: str, question: str, answer: str) -> str:
    return bar.deprecated.get(f"{place}.{question}.{answer}", answer)


def _known_gate(bar: BugBar, gate: str, answer: str) -> str:
    answer = _renamed(bar, "gates", gate, answer)
    return _kept(any(g.id == gate and g.has_option(answer) for g in bar.gates), answer)


def _kept(is_known: bool, answer: str) -> str:
    return answer if is_known else UNKNOWN
