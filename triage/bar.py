"""The bug bar as data: what a bar file holds, how it is read, and its content hash.

A bar is a TOML file (``triage/bars/`` holds the built-in one). ``parse_bar`` reads it, checks its shape and proves it
sound (``triage.soundness``); it either returns a frozen ``BugBar`` or raises ``BarError`` with every problem at once.
Options of a question stand from least to most severe; the answer ``unknown`` is always offered and never in the file.
"""

import json
import tomllib
from typing import Any

from pydantic import ValidationError

from triage import soundness
from triage.bar_parts import (
    UNKNOWN,
    UNKNOWN_HELP,
    UNKNOWN_LABEL,
    Badge,
    BugBar,
    CoRoute,
    Default,
    Escalator,
    FailureMode,
    Gate,
    GateOption,
    Keywords,
    Mappings,
    Named,
    Option,
    Qualifier,
    Question,
    Route,
    Rule,
    Sla,
    Source,
    Threat,
    UrgencyTable,
    Variant,
)
from triage.problem import BarError, Problem, shape_problems
from triage.severity import SEVERITIES, Severity

__all__ = [
    "SEVERITIES",
    "UNKNOWN",
    "UNKNOWN_HELP",
    "UNKNOWN_LABEL",
    "Badge",
    "BarError",
    "BugBar",
    "CoRoute",
    "Default",
    "Escalator",
    "FailureMode",
    "Gate",
    "GateOption",
    "Keywords",
    "Mappings",
    "Named",
    "Option",
    "Problem",
    "Qualifier",
    "Question",
    "Route",
    "Rule",
    "Severity",
    "Sla",
    "Source",
    "Threat",
    "UrgencyTable",
    "Variant",
    "decode",
    "parse_bar",
    "prove",
]


def parse_bar(text: str) -> BugBar:
    """Read a bar from TOML text and prove it; raises ``BarError`` with all problems of shape and soundness.

    JSON is read too, as ``mlbug bar show --json`` prints it. ``bars.read`` reads overlays as well.
    """
    return prove(decode(text))


def prove(content: dict[str, Any]) -> BugBar:
    """Make a bar of a file's content, and prove it; raises ``BarError`` with all problems."""
    try:
        bar = BugBar.model_validate(content)
    except ValidationError as error:
        raise BarError((*shape_problems(error, content), *_problems_of_whole_threats(content))) from error
    problems = soundness.problems(bar)
    if problems:
        raise BarError(tuple(problems))
    return bar


def decode(text: str) -> dict[str, Any]:
    """Return a file's content, TOML or JSON, unchecked. Raises ``BarError`` where it is neither."""
    try:
        if not text.lstrip().startswith("{"):
            return tomllib.loads(text)
        content = json.loads(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BarError((Problem("schema", "file", f"This is neither TOML nor JSON: {error}."),)) from error
    return {name: value for name, value in content.items() if name != "hash"}


def _problems_of_whole_threats(content: dict[str, Any]) -> list[Problem]:
    """Prove the threats whose own shape is right even though the file's is not, so that all is told at once."""
    found: list[Problem] = []
    threats = content.get("threats")
    for raw in threats if isinstance(threats, list) else []:
        try:
            threat = Threat.model_validate(raw)
        except ValidationError:
            continue
        found += soundness.threat_problems(threat)
    return found
