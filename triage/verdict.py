"""What the bar says of a case: the verdict and its parts, in the shape that outside programs read."""

import json
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from triage.bar_parts import Mappings, Named
from triage.severity import Severity

Priority = Literal["P0", "P1", "P2", "P3", "P4"]


class _Result(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


def _is_none(value: object) -> bool:
    return value is None


class Change(_Result):
    """A change of one answer that would move the severity to ``severity`` (``None``: out of the bar).

    Entries that share a ``set`` have to change together. ``threat`` is there only where a case has several threats.
    """

    question: str
    from_: str = Field(alias="from")
    to: str
    severity: Severity | None
    set_: int | None = Field(default=None, alias="set", exclude_if=_is_none)
    threat: str | None = Field(default=None, exclude_if=_is_none)


class OpenQuestion(_Result):
    """An unknown answer that could still lower the severity; ``who`` can be expected to know it."""

    threat: str
    question: str
    who: Literal["reporter", "owner"]


class Assessment(_Result):
    """One threat by itself. ``filed_as`` is the threat that was named where its qualifier handed it over to this one.

    Outside the bar (``route``) there is no severity, rule or urgency.
    """

    threat: str
    variant: str | None
    filed_as: str | None
    route: str | None
    severity: Severity | None
    severity_low: Severity | None
    severity_high: Severity | None
    urgency: Priority | None
    rule: str | None
    reason: str
    fired: dict[str, str]
    assumed: tuple[str, ...]
    ask_next: str | None


class Deadline(_Result):
    """Clocks of an urgency, in hours from acceptance."""

    first_response_h: int
    contain_h: int | None
    fix_h: int


class BadgeShown(_Result):
    """A mark on what goes beyond the source's text."""

    id: str
    label: str
    note: str


class FailureModeShown(_Result):
    """The unintentional failure mode of an accident."""

    id: str
    number: int
    label: str


class BarUsed(_Result):
    """The bar that gave a verdict; ``hash`` finds its content again."""

    id: str
    version: str
    hash: str


class Verdict(_Result):
    """What the bar says of a case. ``severity`` is the high end of the interval; all severities are null out of scope.

    ``fired`` are the answers that made ``rule`` hold, ``assumed`` the questions it takes at their worst because the
    answer is unknown. ``provisional`` while a gate or a qualifier is unknown.
    """

    outcome: Literal["in_bar", "out_of_scope"]
    route: str | None
    severity: Severity | None
    severity_low: Severity | None
    severity_high: Severity | None
    urgency: Priority | None
    threat: str | None
    rule: str | None
    reason: str
    fired: dict[str, str]
    what_would_change: tuple[Change, ...]
    ask_next: str | None
    vector: str
    also: tuple[str, ...]
    notes: tuple[str, ...]
    bar: BarUsed
    assessments: tuple[Assessment, ...]
    assumed: tuple[str, ...]
    open_questions: tuple[OpenQuestion, ...]
    provisional: bool
    deadline: Deadline | None
    badges: tuple[BadgeShown, ...]
    mitigations: tuple[Named, ...]
    mappings: Mappings | None
    failure_mode: FailureModeShown | None

    def canonical(self) -> str:
        """Return the one JSON text of this verdict: keys sorted, no spaces. The same case and bar give the same bytes."""
        return self._text

    @cached_property
    def _text(self) -> str:
        # A verdict is frozen, and the one that a case has is kept by `scoring`: its text is asked for again and again.
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
