"""What another bar would say of reports that were filed already. Nothing is changed by asking."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from triage.bar import BugBar
from triage.case import Case
from triage.renaming import translated
from triage.unrated import replayed


@dataclass(frozen=True, slots=True)
class Stored:
    """A report as it is rated now, by the bar; severities are words, None out of scope."""

    workspace: str
    number: int
    severity: str | None
    rule: str | None
    case: str  # canonical JSON of the Case


@dataclass(frozen=True, slots=True)
class Differs:
    """A report that the other bar rates otherwise."""

    workspace: str
    number: int
    now: str | None
    then: str | None
    rule_now: str | None
    rule_then: str | None


def differences(bar: BugBar, stored: Iterable[Stored]) -> Iterator[Differs]:
    """The reports whose severity would differ by `bar`, in the order given."""
    for each in stored:
        verdict = replayed(bar, translated(bar, Case.model_validate_json(each.case)))
        then = str(verdict.severity) if verdict.severity else None
        if then != each.severity:
            yield Differs(each.workspace, each.number, each.severity, then, each.rule, verdict.rule)
