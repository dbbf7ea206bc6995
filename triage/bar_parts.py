"""The parts of a bug bar, as frozen values: gates, threats, questions, options, rules, and the bar that holds them."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from triage.problem import BarError, Problem, shape_problems
from triage.severity import Severity

UNKNOWN = "unknown"
UNKNOWN_LABEL = "I don't know"
UNKNOWN_HELP = "Counts as the worst answer until somebody knows better"

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$", max_length=20)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Target = Annotated[str, StringConstraints(pattern=r"^(out_of_scope:)?[a-z][a-z0-9_]*$")]
Priority = Literal["P0", "P1", "P2", "P3", "P4"]
OUT_OF_SCOPE = "out_of_scope:"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(_Part):
    """An entry of an outside catalogue: its id and its name there."""

    id: Text
    name: Text


class Source(_Part):
    """Where the bar comes from."""

    doc: Text
    revision: Text
    date: Text
    url: Text
    note: Text


class Option(_Part):
    """One answer: ``label`` is what is picked, ``help`` says when it is the right one."""

    id: Id
    label: Text
    help: Text


class Variant(Option):
    """A kind of the threat; severity never depends on it. ``badge`` names what it adds to the source's text."""

    badge: Id | None = None


class GateOption(Option):
    """An answer to a gate; with a ``route`` it ends there."""

    route: Id | None = None


class _Asked(_Part):
    id: Id
    code: Code
    ask: Text
    hint: Text | None = None


class Gate(_Asked):
    """A question that decides whether the bar applies at all."""

    options: Annotated[tuple[GateOption, ...], Field(min_length=2)]

    def option(self, option_id: str) -> GateOption:
        """Return the option; ``KeyError`` with the ids there are."""
        return _find(self.options, option_id, f"gate {self.id}", "option")

    def has_option(self, option_id: str) -> bool:
        """Whether this can be answered; ``unknown`` always can."""
        return option_id == UNKNOWN or any(option.id == option_id for option in self.options)


class Question(_Asked):
    """A question of a threat; options from least to most severe. ``who`` can be expected to know the answer."""

    factor: Id
    who: Literal["reporter", "owner"]
    options: Annotated[tuple[Option, ...], Field(min_length=2)]

    def option(self, option_id: str) -> Option:
        """Return the option; ``KeyError`` with the ids there are."""
        return _find(self.options, option_id, f"question {self.id}", "option")

    def has_option(self, option_id: str) -> bool:
        """Whether this can be answered; ``unknown`` always can."""
        return option_id == UNKNOWN or any(option.id == option_id for option in self.options)

    def rank(self, option_id: str) -> int:
        """Return the place of an option, 0 the least severe; ``KeyError`` with the ids there are."""
        return self.options.index(self.option(option_id))


class Default(_Part):
    """What holds when no rule fires."""

    id: RuleId
    severity: Severity
    why: Text


class Rule(Default):
    """Fires when each question in ``when`` is answered by that option or a worse one."""

    when: Annotated[dict[Id, Id], Field(min_length=1)]


class Qualifier(_Part):
    """The threat applies only if ``question`` is answered ``min`` or worse; else the report goes to ``otherwise``.

    ``otherwise`` is another threat's id, or ``out_of_scope:`` and a route's id.
    """

    question: Id
    min: Id
    otherwise: Target
    note: Text


class Mappings(_Part):
    """The same threat in other catalogues."""

    atlas: tuple[Named, ...] = ()
    atlas_also: tuple[Named, ...] = ()
    owasp_ml: tuple[Named, ...] = ()
    owasp_ml_also: tuple[Named, ...] = ()
    owasp_llm_2025: tuple[Named, ...] = ()
    owasp_llm_2026: tuple[Named, ...] = ()
    nist: tuple[Named, ...] = ()
    failure_modes: tuple[Named, ...] = ()
    msrc: Text | None = None
    cwe: tuple[Named, ...] = ()
    avid: tuple[Named, ...] = ()


class Keywords(_Part):
    """Words by which a description gives the threat away; a trailing ``*`` stands for any ending."""

    strong: tuple[Text, ...] = ()
    weak: tuple[Text, ...] = ()


class Threat(_Part):
    """One row of the bar."""

    id: Id
    code: Code
    name: Text
    help: Text
    summary: Text
    range: tuple[Severity, Severity]
    examples: tuple[Text, ...]
    also: tuple[Id, ...] = ()
    notes: tuple[Text, ...] = ()
    keywords: Keywords = Keywords()
    variants: tuple[Variant, ...] = ()
    qualifier: Qualifier | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    rules: tuple[Rule, ...] = ()
    default: Default
    mappings: Mappings = Mappings()
    mitigations: tuple[Named, ...] = ()

    def question(self, question_id: str) -> Question:
        """Return the question; ``KeyError`` with the ids there are."""
        return _find(self.questions, question_id, f"threat {self.id}", "question")

    def variant(self, variant_id: str) -> Variant:
        """Return the variant; ``KeyError`` with the ids there are."""
        return _find(self.variants, variant_id, f"threat {self.id}", "variant")

    def rule(self, rule_id: str) -> Default:
        """Return the rule, or the default if it has that id; ``KeyError`` with the ids there are."""
        return _find((*self.rules, self.default), rule_id, f"threat {self.id}", "rule")


class Route(_Part):
    """Where a report goes that the bar does not cover."""

    id: Id
    label: Text
    why: Text
    advice: Text


class CoRoute(_Part):
    """Somebody else who must hear of it as well."""

    id: Id
    label: Text
    help: Text


class Badge(_Part):
    """Marks what goes beyond the source's text."""

    id: Id
    label: Text
    note: Text


class FailureMode(_Part):
    """An unintentional failure mode; ``number`` as in the source's companion document."""

    id: Id
    number: int
    label: Text
    help: Text


class Escalator(_Part):
    """One step more urgent if ``question`` is answered ``min`` or worse."""

    question: Id
    min: Id
    why: Text


class UrgencyTable(_Part):
    """Severity by maturity gives P0 (now) to P4.

    ``assumed`` says what an unknown maturity counts as, by the answer to the gate ``assumed_from``; without an entry it
    counts as the worst.
    """

    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    by: Id
    assumed_from: Id
    assumed: dict[Id, Id]
    table: dict[Severity, dict[Id, Priority]]
    escalators: tuple[Escalator, ...] = ()

    def question(self, question_id: str) -> Question:
        """Return the question; ``KeyError`` with the ids there are."""
        return _find(self.questions, question_id, "urgency", "question")


class Sla(_Part):
    """Clocks of one urgency: hours to a first response, days to contain and to fix."""

    first_response_h: Annotated[int, Field(gt=0)]
    contain_d: Annotated[int, Field(gt=0)] | None = None
    fix_d: Annotated[int, Field(gt=0)]


class BugBar(_Part):
    """A whole bar. Equal and hashable by content (``hash``), so that what is compiled from it can be kept."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$")]
    name: Text
    vector: Annotated[str, StringConstraints(pattern=r"^[A-Z]+:\d+\.\d+$")]
    source: Source
    choosing: Text
    catalogues: tuple[Named, ...] = ()
    gates: Annotated[tuple[Gate, ...], Field(min_length=1)]
    routes: tuple[Route, ...]
    co_routes: tuple[CoRoute, ...] = ()
    badges: tuple[Badge, ...] = ()
    failure_modes: tuple[FailureMode, ...] = ()
    urgency: UrgencyTable
    sla: dict[Priority, Sla]
    threats: Annotated[tuple[Threat, ...], Field(min_length=1)]
    deprecated: dict[Text, Id] = {}
    """Ids that went: ``threat``, ``threat.question`` or ``threat.question.option`` gives the new id at that place."""

    def gate(self, gate_id: str) -> Gate:
        """Return the gate; ``KeyError`` with the ids there are."""
        return _find(self.gates, gate_id, f"bar {self.id}", "gate")

    def threat(self, threat_id: str) -> Threat:
        """Return the threat; ``KeyError`` with the ids there are."""
        return _find(self.threats, threat_id, f"bar {self.id}", "threat")

    def has_threat(self, threat_id: str) -> bool:
        """Whether there is a threat of this id."""
        return any(threat.id == threat_id for threat in self.threats)

    def route(self, route_id: str) -> Route:
        """Return the route; ``KeyError`` with the ids there are."""
        return _find(self.routes, route_id, f"bar {self.id}", "route")

    def co_route(self, co_route_id: str) -> CoRoute:
        """Return the co-route; ``KeyError`` with the ids there are."""
        return _find(self.co_routes, co_route_id, f"bar {self.id}", "co-route")

    def badge(self, badge_id: str) -> Badge:
        """Return the badge; ``KeyError`` with the ids there are."""
        return _find(self.badges, badge_id, f"bar {self.id}", "badge")

    def failure_mode(self, failure_mode_id: str) -> FailureMode:
        """Return the unintentional failure mode; ``KeyError`` with the ids there are."""
        return _find(self.failure_modes, failure_mode_id, f"bar {self.id}", "failure mode")

    def canonical(self) -> str:
        """Return the one JSON text of this content: keys sorted, no spaces, what is left at its default left out."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_canonical(cls, text: str) -> "BugBar":
        """Return the bar a verdict was made with, from its stored ``canonical`` text.

        It was proved when it was first read; its shape is checked again, not its soundness, so that an old verdict can
        still be replayed after the proofs became stricter. Raises ``BarError``.
        """
        try:
            return cls.model_validate(json.loads(text))
        except ValidationError as error:
            raise BarError(shape_problems(error)) from error
        except json.JSONDecodeError as error:
            raise BarError((Problem("schema", "bar", f"This is not the JSON of a bar: {error}"),)) from error

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, as pydantic makes it, but never with the hash of what it was copied from."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("hash", None)
        return copied

    @cached_property
    def hash(self) -> str:
        """``sha256:`` and the digest of ``canonical()`` in UTF-8."""
        return "sha256:" + hashlib.sha256(self.canonical().encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.hash)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, BugBar) and self.hash == other.hash)


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


_Identified = TypeVar("_Identified", bound=_HasId)


def _find(parts: tuple[_Identified, ...], part_id: str, where: str, what: str) -> _Identified:
    for part in parts:
        if part.id == part_id:
            return part
    raise KeyError(f"{where} has no {what} {part_id!r}; it has: {', '.join(part.id for part in parts) or 'none'}")
