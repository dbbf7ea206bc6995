"""Cases and bars to test the engine with: made from the built-in bar, whole, drawn at random, or broken on purpose."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from triage.bar import UNKNOWN, BugBar, Threat, parse_bar
from triage.bars import builtin
from triage.scoring import Case, Gates, ThreatCase, Urgency

DATA = Path(__file__).parents[1] / "data"
IN_BAR = Gates(ml_target="yes", intent="malicious", others_affected="yes")

Content = dict[str, Any]


def records(name: str) -> list[dict[str, Any]]:
    """The JSON lines of a file in tests/data."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def one(threat: str, answers: dict[str, str] | None = None, **more: Any) -> Case:
    """A case inside the bar with one threat."""
    variant = more.pop("variant", None)
    return Case(
        **{"gates": IN_BAR, "threats": (ThreatCase(threat=threat, variant=variant, answers=answers or {}),), **more}
    )


def rows(threat: Threat, *, unknowns: bool = False) -> Iterator[dict[str, str]]:
    """Every set of answers to a threat's questions; with `unknowns` also every way to know only some of them."""
    ids = [question.id for question in threat.questions]
    options = [
        [*(option.id for option in question.options), *([UNKNOWN] if unknowns else [])] for question in threat.questions
    ]
    for answers in product(*options):
        yield dict(zip(ids, answers, strict=True))


def broken(change: Callable[[Content], object]) -> BugBar:
    """The built-in bar with one change made to its content, read again; raises what reading raises."""
    content: Content = json.loads(builtin().canonical())
    change(content)
    return parse_bar(json.dumps(content))


def threat_in(content: Content, threat_id: str) -> Content:
    """A threat of a bar's content."""
    return next(threat for threat in content["threats"] if threat["id"] == threat_id)


def question_in(content: Content, threat_id: str, question_id: str) -> Content:
    """A question of a bar's content."""
    return next(question for question in threat_in(content, threat_id)["questions"] if question["id"] == question_id)


def rule_in(content: Content, rule_id: str) -> Content:
    """A rule of a bar's content."""
    return next(rule for threat in content["threats"] for rule in threat.get("rules", ()) if rule["id"] == rule_id)


@st.composite
def threat_cases(draw: st.DrawFn, threat: Threat) -> ThreatCase:
    """One threat with any answers, known, unknown or left out, and any variant or none."""
    answers = {}
    for question in threat.questions:
        said = draw(st.sampled_from([*(option.id for option in question.options), UNKNOWN, None]))
        if said is not None:
            answers[question.id] = said
    variant = draw(st.sampled_from([None, *(variant.id for variant in threat.variants)]))
    return ThreatCase(threat=threat.id, variant=variant, answers=answers)


@st.composite
def cases(draw: st.DrawFn, *, gates: bool = True, most_threats: int = 3) -> Case:
    """Any case that can be scored: one to three threats; with `gates` any answers to the gates, too."""
    bar = builtin()
    threats = draw(st.lists(st.sampled_from(bar.threats), min_size=1, max_size=most_threats, unique_by=lambda t: t.id))
    urgency = {
        question.id: draw(st.sampled_from([*(option.id for option in question.options), UNKNOWN]))
        for question in bar.urgency.questions
    }
    said = {gate.id: draw(st.sampled_from([*(option.id for option in gate.options), UNKNOWN])) for gate in bar.gates}
    mode = draw(st.sampled_from([None, *(mode.id for mode in bar.failure_modes)]))
    return Case(
        gates=Gates(**said) if gates else IN_BAR,
        threats=tuple(draw(threat_cases(threat)) for threat in threats),
        urgency=Urgency(**urgency),
        failure_mode=mode,
    )
