"""The list of ids that went leads somewhere, and names nothing that is still there."""

from collections.abc import Iterator

from triage.bar_parts import UNKNOWN, BugBar, Gate, Question, Threat
from triage.problem import Problem

VARIANT = "variant"


def problems(bar: BugBar) -> Iterator[Problem]:
    """Yield entries of ``deprecated`` that are still in use, or whose new id does not exist at that place."""
    for old, new in bar.deprecated.items():
        parts = old.split(".")
        known = _known(bar, parts)
        if known is None:
            sentence = "This is no place in a bar. Write threat, threat.question or threat.question.option."
            yield Problem("schema", f"deprecated.{old}", sentence)
        elif parts[-1] in known:
            yield Problem(
                "duplicate-id", f"deprecated.{old}", f"{parts[-1]} is still there. Remove this entry, or the id."
            )
        elif new not in known and new != UNKNOWN:
            yield Problem(
                "unknown-option", f"deprecated.{old}", f"There is no {new} at that place. Name what is there."
            )


def _known(bar: BugBar, parts: list[str]) -> set[str] | None:
    """The ids that there are now at the place that ``parts`` leads to; None for no place."""
    match parts:
        case [_]:
            return {threat.id for threat in bar.threats}
        case ["failure_modes", _]:
            return {mode.id for mode in bar.failure_modes}
        case [place, _]:
            threat = _threat(bar, place)
            return {question.id for question in threat.questions} if threat else None
        case ["gates" | "urgency" as place, name, _]:
            asked: tuple[Gate | Question, ...] = bar.gates if place == "gates" else bar.urgency.questions
            return next(({option.id for option in each.options} for each in asked if each.id == name), None)
        case [place, name, _]:
            return _options(bar, place, name)
        case _:
            return None


def _options(bar: BugBar, place: str, name: str) -> set[str] | None:
    threat = _threat(bar, place)
    if threat is None:
        return None
    if name == VARIANT:
        return {variant.id for variant in threat.variants}
    now = bar.deprecated.get(f"{place}.{name}", name)
    return next(({option.id for option in each.options} for each in threat.questions if each.id == now), None)


def _threat(bar: BugBar, place: str) -> Threat | None:
    name = bar.deprecated.get(place, place)
    return bar.threat(name) if bar.has_threat(name) else None
