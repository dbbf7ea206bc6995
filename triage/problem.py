"""One problem of a bar, told so that whoever wrote the bar can mend it."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

ProblemCode = Literal[
    "schema",
    "unknown-question",
    "unknown-option",
    "duplicate-id",
    "duplicate-code",
    "outside-range",
    "severity-unreachable",
    "not-monotone",
    "idle-question",
    "redundant-rule",
    "too-long-for-slack",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """``where`` names the part by its ids (``data_poisoning.control.chosen``), ``message`` what to do about it."""

    code: ProblemCode
    where: str
    message: str


class BarError(ValueError):
    """A bar that is refused. ``problems`` holds everything that is wrong with it; safe to show to whoever wrote it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        listed = "\n".join(f"{problem.where}: {problem.message} [{problem.code}]" for problem in problems)
        super().__init__(f"This bar cannot be used; {len(problems)} problem(s):\n{listed}")


def shape_problems(error: ValidationError, content: object = None) -> tuple[Problem, ...]:
    """Tell what a bar's shape lacks, part by part; list entries are named by their ids where they have one."""
    return tuple(
        Problem("schema", _where(detail["loc"], content), _advice(detail["type"], detail["msg"]))
        for detail in error.errors(include_url=False)
    )


def _where(location: tuple[int | str, ...], content: object) -> str:
    names: list[str] = []
    here: Any = content
    for part in location:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(part, int) and isinstance(here, dict) and isinstance(here.get("id"), str):
            # An id says where it is without the list's name before it: data_poisoning.control, as in every proof.
            names[-1] = here["id"]
        else:
            names.append(str(part))
    return ".".join(names) or "file"


def _advice(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "This is missing. Add it."
        case "extra_forbidden":
            return "There is no such field. Remove it, or mend its spelling."
        case _:
            return f"{message}."
