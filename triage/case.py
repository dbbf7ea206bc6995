"""What the engine is asked: gates, threats with answers, urgency. And the error for what it cannot make sense of."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from triage.bar_parts import UNKNOWN


class CaseError(ValueError):
    """Input that cannot be scored: ``field`` names it (``threats[0].answers.control``), ``message`` says what to do."""

    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.code = code
        self.field = field
        self.message = message


class _Input(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gates(_Input):
    """Answers to the gates, by option id."""

    ml_target: str = UNKNOWN
    intent: str = UNKNOWN
    others_affected: str = UNKNOWN


class ThreatCase(_Input):
    """One threat with its answers: question id to option id; a question left out counts as ``unknown``."""

    threat: str
    variant: str | None = None
    answers: dict[str, str] = {}


class Urgency(_Input):
    """Answers to the urgency questions, by option id."""

    maturity: str = UNKNOWN
    detect: str = UNKNOWN


class Case(_Input):
    """One thing to score. ``failure_mode`` (an id) may be given where the gate ``intent`` says ``accidental``."""

    gates: Gates = Gates()
    threats: tuple[ThreatCase, ...] = ()
    urgency: Urgency = Urgency()
    failure_mode: str | None = None

    def canonical(self) -> str:
        """Return the one JSON text of this case: keys sorted, no spaces, what is left at its default left out."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def without_unknowns(self) -> "Case":
        """Return the same case with the answers left out that say ``unknown``; it scores the same."""
        threats = tuple(
            threat.model_copy(update={"answers": {q: o for q, o in threat.answers.items() if o != UNKNOWN}})
            for threat in self.threats
        )
        return self.model_copy(update={"threats": threats})


def read_case(data: Any) -> Case:
    """Return the case that decoded JSON describes; raises ``CaseError`` naming the first field that is wrong."""
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = _path(first["loc"])
        match first["type"]:
            case "extra_forbidden":
                raise CaseError("unknown-field", field, "There is no such field. Leave it out.") from error
            case "missing":
                raise CaseError("missing", field, "This field is needed.") from error
            case "model_type" | "model_attributes_type":
                raise CaseError("bad-value", field, "A JSON object is needed here.") from error
            case "string_type":
                raise CaseError("bad-value", field, "A text is needed here: the id of an answer.") from error
            case _:
                raise CaseError("bad-value", field, f"{first['msg']}.") from error


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        name = part if isinstance(part, int) else part[:60]
        path += f"[{name}]" if isinstance(name, int) else f".{name}" if path else name
    return path
