"""Figures as tables: CSV that a spreadsheet opens, and never runs."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from triage.figures import AGES, Figures, Mix

Cell = str | int | float | None
HEADS = ("critical", "important", "moderate", "low", "outside_the_bar", "all")
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
)  # what a cell that begins with these may do: https://owasp.org CSV injection


def weeks_csv(figures: Figures) -> str:
    """A row a week: label, first moment, numbers by severity."""
    starts = figures.window.edges[:-1]
    weeks = zip(figures.window.labels, starts, figures.series, strict=True)
    rows: list[Sequence[Cell]] = [(label, _at(start), *_mix(mix)) for label, start, mix in weeks]
    return _csv(("week", "from", *HEADS), rows)


def figures_csv(figures: Figures) -> str:
    """A row a figure: what it is of, its name, its value. Times are hours."""
    return _csv(("of", "name", "value"), list(_rows(figures)))


def _rows(made: Figures) -> Iterable[tuple[str, str, Cell]]:
    window = made.window
    yield from (("period", "from", _at(window.start)), ("period", "to", _at(window.end)))
    yield "period", "open as of", _at(window.asof)
    mixes = (("came in", made.came_in), ("came in before", made.came_before), ("open", made.open))
    for of, mix in (*mixes, ("overdue", made.overdue)):
        yield from ((of, head, number) for head, number in zip(HEADS, _mix(mix), strict=True))
    for (_, name), mix in zip(AGES, made.open_by_age, strict=True):
        yield "open by age", name, mix.total
    yield from (("closed", str(state), number) for state, number in made.closed.items())
    for of, times in (("to accept", made.accept), ("to fix", made.fix)):
        yield of, "reports", times.number
        yield of, "median hours", _hours(times.median_s)
        yield of, "p90 hours", _hours(times.p90_s)
    yield "waiting", "to be accepted", made.unaccepted
    yield "waiting", "for an answer", made.asked
    yield "open intervals", "reports", made.intervals
    yield "open intervals", "of", made.rated
    yield from (("threat", threat, number) for threat, number in made.threats)
    yield from (("system", system, number) for system, number in made.systems)
    yield "system", "others", made.other_systems
    yield "repeats", "linked", made.repeats
    yield from (("repeated", repeat.name, repeat.times) for repeat in made.repeated)
    for rate in made.rules:
        yield "overridden", rate.rule, rate.overridden
        yield "decided", rate.rule, rate.decided
        yield "suspect", rate.rule, "yes" if rate.suspect else "no"


def _mix(mix: Mix) -> tuple[int, ...]:
    return mix.critical, mix.important, mix.moderate, mix.low, mix.outside, mix.total


def _csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_tame(cell) for cell in row] for row in rows)
    return out.getvalue()


def _tame(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _at(moment: datetime) -> str:
    return moment.isoformat()


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 2)
