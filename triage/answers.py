"""A case's ids looked up in a bar: what scoring and the vector work on, or the error that names the field."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from triage.bar_parts import UNKNOWN
from triage.case import Case, CaseError, Gates, Urgency
from triage.tables import OPEN, Filed, State, Tables, ThreatTable

_QUOTE_MAX = 60


class Answers(NamedTuple):
    """A case that the bar knows every word of. Hashable, so that what follows from it can be kept."""

    filed: tuple[Filed, ...]
    variants: tuple[str | None, ...]
    gates: Gates
    urgency: Urgency
    failure_mode: str | None


def look_up(tables: Tables, case: Case) -> Answers:
    """Return the case's answers; raises ``CaseError`` naming the first field that the bar does not know."""
    for gate_id, routes in tables.gates.items():
        said = getattr(case.gates, gate_id)
        if said not in routes:
            raise _no_option(f"gates.{gate_id}", said, routes)
    filed = _filed_threats(tables, case)
    for question_id, options in tables.urgency.items():
        said = getattr(case.urgency, question_id)
        if said not in options:
            raise _no_option(f"urgency.{question_id}", said, options)
    mode = case.failure_mode
    if mode is not None and mode not in tables.failure_modes:
        raise CaseError(
            "unknown-failure-mode",
            "failure_mode",
            f"There is no failure mode {quoted(mode)}. {choose(tables.failure_modes)}",
        )
    return Answers(filed, tuple([threat.variant for threat in case.threats]), case.gates, case.urgency, mode)


def gate_route(tables: Tables, gates: Gates) -> tuple[str, str] | None:
    """Return the first gate that ends it, and the route it leads to; ``None`` if the bar applies or may apply."""
    for gate_id, routes in tables.gates.items():
        route = routes[getattr(gates, gate_id)]
        if route is not None:
            return gate_id, route
    return None


def _filed_threats(tables: Tables, case: Case) -> tuple[Filed, ...]:
    filed: list[Filed] = []
    for number, threat_case in enumerate(case.threats):
        field = f"threats[{number}]"
        table = table_of(tables, threat_case.threat, f"{field}.threat")
        if any(other.table is table for other in filed):
            raise CaseError("duplicate-threat", f"{field}.threat", f"{table.threat.id} is there twice. Leave one out.")
        variant = threat_case.variant
        if variant is not None and variant not in table.variants:
            raise CaseError(
                "unknown-variant",
                f"{field}.variant",
                f"{table.threat.id} has no variant {quoted(variant)}. {choose(table.variants)}",
            )
        filed.append(Filed(table, state_of(table, threat_case.answers, f"{field}.answers")))
    return tuple(filed)


def table_of(tables: Tables, threat_id: str, field: str) -> ThreatTable:
    """Return a threat's table by its id; raises ``CaseError``."""
    table = tables.threats.get(threat_id)
    if table is None:
        raise CaseError("unknown-threat", field, f"There is no threat {quoted(threat_id)}. {choose(tables.threats)}")
    return table


def state_of(table: ThreatTable, answers: Mapping[str, str], field: str) -> State:
    """Return the places of the answers, in the order of the threat's questions; raises ``CaseError``."""
    state = [OPEN] * len(table.ids)
    for question_id, option_id in answers.items():
        at = table.index.get(question_id)
        if at is None:
            raise CaseError(
                "unknown-question",
                f"{field}.{named(question_id)}",
                f"{table.threat.id} has no question {quoted(question_id)}. {choose(table.ids)}",
            )
        place = table.places[at].get(option_id)
        if place is None:
            raise _no_option(f"{field}.{question_id}", option_id, table.places[at])
        state[at] = place
    return tuple(state)


def quoted(said: str) -> str:
    """Return what was said, fit to stand in a message: quoted, on one line, cut to what can be read."""
    return repr(said if len(said) <= _QUOTE_MAX else said[:_QUOTE_MAX] + "…")


def named(said: str) -> str:
    """Return a name from outside as part of a field's path: as it is where it is plain, else ``quoted``."""
    return said if said.isidentifier() and len(said) <= _QUOTE_MAX else quoted(said)


def choose(ids: Iterable[str]) -> str:
    """Return the sentence that lists what can be chosen."""
    listed = list(ids)
    return f"Choose one of: {', '.join(listed)}." if listed else "Leave it out; there is nothing to choose from."


def _no_option(field: str, said: str, options: Iterable[str]) -> CaseError:
    listed = [option for option in options if option != UNKNOWN]
    return CaseError("unknown-option", field, f"{quoted(said)} is no answer here. {choose([*listed, UNKNOWN])}")
