"""Reads what stands in a dialog's fields, and puts the desk's errors back under them."""

from collections.abc import Mapping
from typing import Any

from bot.render.blocks import block_of
from bot.render.screens import RESTRICT, RESTRICTED, SYSTEM
from triage.entering import Entered
from triage.interview import Screen
from triage.reports import Step

_TEXTS = ("title", "description")
_CHOICES = (
    "threat",
    "second",
    "ml_target",
    "intent",
    "others_affected",
    "maturity",
    "detect",
    "chosen",
    "failure_mode",
)


def entered(screen: Screen, view: Mapping[str, Any]) -> Entered:
    """The fields of a view's state, by their names. A field that is left empty comes as an empty text."""
    values = {name: value for fields in _state(view).values() for name, value in fields.items()}
    texts = {name: str(values[name].get("value") or "") for name in _TEXTS if name in values}
    if SYSTEM in values:
        texts[SYSTEM] = _chosen(values[SYSTEM])
    prefix = f"q.{screen.threat}."
    restricted = None
    if RESTRICT in values:
        restricted = any(o.get("value") == RESTRICTED for o in values[RESTRICT].get("selected_options") or ())
    return Entered(
        texts=texts,
        choices={
            name: _chosen(values[name])
            for name in _CHOICES
            if name in values and (_chosen(values[name]) or name == "second")
        },
        answers={
            name.removeprefix(prefix): _chosen(value)
            for name, value in values.items()
            if screen.threat and name.startswith(prefix) and _chosen(value)
        },
        variant=_chosen(values.get(f"variant.{screen.threat}", {})),
        restricted=restricted,
    )


def under_fields(screen: Screen, form: str, problems: Mapping[str, str]) -> dict[str, str]:
    """The desk's errors keyed by the block ids of the screen, as Slack wants them."""
    prefix = f"q.{screen.threat}." if screen.step is Step.QUESTIONS else ""
    return {block_of(prefix + name, form): sentence for name, sentence in problems.items()}


def _state(view: Mapping[str, Any]) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    values = (view.get("state") or {}).get("values") or {}
    return values if isinstance(values, Mapping) else {}


def _chosen(value: Mapping[str, Any]) -> str:
    return str((value.get("selected_option") or {}).get("value") or "")
