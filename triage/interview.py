"""Which screen comes next: a function of the bar and of what was entered, so that no state can disagree with it."""

from dataclasses import dataclass

from triage.bar import BugBar, Threat
from triage.reports import UNSURE, Entries, Step

GATE_IDS = ("ml_target", "intent", "others_affected")


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen of the dialog; `threat` says whose questions it asks."""

    step: Step
    threat: str = ""


def threats_to_ask(bar: BugBar, entries: Entries) -> tuple[str, ...]:
    """The threats whose questions matter: those entered, and those that a failed qualifier hands over to."""
    known = {threat.id: threat for threat in bar.threats}
    wanted = [threat_id for threat_id in entries.threats if threat_id in known]
    for threat_id in wanted:
        heir = _hands_over_to(known[threat_id], entries.answers.get(threat_id, {}))
        if threat_id in entries.asked and heir in known and heir not in wanted:
            wanted.append(heir)  # and the loop goes on to it
    return tuple(wanted)


def screens(bar: BugBar, entries: Entries) -> tuple[Screen, ...]:
    """The whole way through the dialog for these entries, first screen to verdict."""
    way = [Screen(Step.WHAT), Screen(Step.GATES)]
    if entries.gates.get("ml_target") == "no":
        return (*way, Screen(Step.FILED))
    if entries.gates.get("intent") == "accidental":
        return (*way, Screen(Step.FAILURE), Screen(Step.FILED))
    if entries.gates.get("others_affected") == "no":
        return (*way, Screen(Step.FILED))
    way.extend(Screen(Step.QUESTIONS, threat) for threat in threats_to_ask(bar, entries))
    return (*way, Screen(Step.FILED))


def next_screen(bar: BugBar, entries: Entries, submitted: Screen) -> Screen:
    """The screen after the one just submitted. One that no longer belongs to the way leads back to the first open one."""
    way = screens(bar, entries)
    if submitted in way:
        return way[way.index(submitted) + 1]
    return next(screen for screen in way[1:] if not _answered(screen, entries))


def previous_screen(bar: BugBar, entries: Entries, shown: Screen) -> Screen:
    """The screen before `shown`; the first has none before it and is its own."""
    way = screens(bar, entries)
    if shown not in way:
        return Screen(Step.WHAT)
    return way[max(0, way.index(shown) - 1)]


def last_question(bar: BugBar, entries: Entries) -> Screen:
    """Where "Edit answers" leads: the screen right before the verdict."""
    return screens(bar, entries)[-2]


def _hands_over_to(threat: Threat, answers: dict[str, str]) -> str:
    """What the report is about instead, where the threat's qualifier is answered and fails; else nothing."""
    qualifier = threat.qualifier
    if qualifier is None:
        return ""
    order = [option.id for option in threat.question(qualifier.question).options]
    answer = answers.get(qualifier.question)
    fails = answer in order and order.index(answer) < order.index(qualifier.min)
    return qualifier.otherwise if fails else ""


def _answered(screen: Screen, entries: Entries) -> bool:
    match screen.step:
        case Step.GATES:
            unsure = entries.threat == UNSURE and not entries.chosen
            return not unsure and all(gate in entries.gates for gate in GATE_IDS)
        case Step.FAILURE:
            return bool(entries.failure_mode)
        case Step.QUESTIONS:
            return screen.threat in entries.asked
        case _:
            return screen.step is Step.WHAT
