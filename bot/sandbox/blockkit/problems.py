"""What the checker says of a payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a payload.

    `path` is a JSON pointer, as Slack writes it in `[json-pointer:/blocks/0/text]`. An `error` is refused, cut or
    dropped by Slack; a `warn` is legal and unwise. `limit` and `got` are given where a number was passed.
    """

    path: str
    code: str
    message: str
    severity: Literal["error", "warn"] = "error"
    limit: Any = None
    got: Any = None

    def __str__(self) -> str:
        return f"{self.severity} {self.path or '/'} {self.code}: {self.message}"


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Keep the problems that Slack would act on, in order."""
    return [problem for problem in problems if problem.severity == "error"]
