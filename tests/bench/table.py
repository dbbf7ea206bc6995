"""One table for every figure, with the targets of docs/house.md beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure. `must` and `good` are upper bounds in the same unit, or lower ones where `more_is_better`."""

    what: str
    figure: float
    unit: str = ""
    must: float | None = None
    good: float | None = None
    note: str = ""
    more_is_better: bool = False

    @property
    def grade(self) -> str:
        if self.must is None:
            return ""

        def holds(target: float) -> bool:
            return self.figure >= target if self.more_is_better else self.figure <= target

        if self.good is not None and holds(self.good):
            return "good"
        return "ok" if holds(self.must) else "MISSED"


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def render(rows: list[Row]) -> str:
    """The table as Markdown."""
    cells = [("what", "figure", "unit", "must", "good", "grade", "note")]
    for row in rows:
        sign = ">= " if row.more_is_better else "<= "
        must, good = ((sign + number(target)) if target is not None else "" for target in (row.must, row.good))
        cells.append((row.what, number(row.figure), row.unit, must, good, row.grade, row.note))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
