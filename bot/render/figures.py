"""Figures as charts, tables, lists and sentences: the parts that the digest and the reports on demand are made of.

Each part that has a newer block has plain words beside it, for workspaces without that block, and for the message's text.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.render.blocks import Block, Part, bold, bullets, section, user
from bot.render.text import clip, literal, one_line
from triage.figures import AGES, Figures, Listed, Mix, Times
from triage.reports import State
from triage.severity import SEVERITIES, Severity

SUSPECTS = 8  # rules named as suspect; the thread has more
TITLE = 100  # characters of a report's title in a list
TEXT_MAX = 3900  # of a message's text: what can still be edited, https://docs.slack.dev/reference/methods/chat.update
_LOWER = "Moderate and Low"
_WORST_FIRST = tuple(reversed(SEVERITIES))
OUTSIDE = "Outside the bar"


def mix_words(mix: Mix) -> str:
    """`2 Critical, 1 Low, 3 outside the bar`; empty for none."""
    parts = [f"{mix.number(severity)} {severity}" for severity in _WORST_FIRST if mix.number(severity)]
    if mix.outside:
        parts.append(f"{mix.outside} outside the bar")
    return ", ".join(parts)


def span(seconds: float) -> str:
    """A length of time in one unit: `45 minutes`, `7 hours`, `3 days`."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (unit == "minute"):
            number = round(seconds / size)
            return f"{number} {unit}" + ("" if number == 1 else "s")
    raise AssertionError("unreachable")


def times_words(times: Times) -> str:
    """How long it took: half of them, and nine of ten; empty where none did."""
    if times.median_s is None or times.p90_s is None:
        return ""
    if times.number == 1:
        return f"{span(times.median_s)} (1 report)"
    return f"half within {span(times.median_s)}, nine of ten within {span(times.p90_s)} ({times.number} reports)"


def closed_words(closed: Mapping[State, int]) -> str:
    """`4 fixed, 1 declined`; empty for none."""
    return ", ".join(f"{number} {state}" for state, number in closed.items())


def override_words(figures: Figures) -> str:
    """How often a rule was overridden, and which rules are suspect."""
    if not figures.overridden:
        return ""
    told = f"Overridden: {figures.overridden} of {figures.decided} decided verdicts."
    suspects = [f"{r.rule} ({r.overridden} of {r.decided})" for r in figures.rules if r.suspect][:SUSPECTS]
    if not suspects:
        return told
    so = "this rule, so it is" if len(suspects) == 1 else "these rules, so they are"
    return f"{told} People keep overriding {so} suspect: {', '.join(suspects)}."


def waiting_words(figures: Figures) -> str:
    """What waits for somebody."""
    parts = []
    if figures.unaccepted and figures.unaccepted_since:
        oldest = span((figures.window.asof - figures.unaccepted_since).total_seconds())
        many = "the oldest " if figures.unaccepted > 1 else ""
        parts.append(f"{_waits(figures.unaccepted)} to be accepted, {many}for {oldest}")
    if figures.asked:
        parts.append(f"{_waits(figures.asked)} for an answer from the reporter")
    return "; ".join(parts) + "." if parts else ""


def _waits(number: int) -> str:
    return f"{number} waits" if number == 1 else f"{number} wait"


def threat_words(threat: str) -> str:
    """`data_poisoning` as people read it, whatever bar it is of."""
    return threat.replace("_", " ").capitalize()


# -- blocks ----------------------------------------------------------------------------------------------------------------


def severity_table(figures: Figures, now: str, before: str) -> Block:
    """What came in, stands open and is overdue, by severity."""
    rows = [[_text("Severity"), _text(now), _text(before), _text("Open"), _text("Overdue")]]
    for severity in (*_WORST_FIRST, None):
        numbers = [_of(mix, severity) for mix in (figures.came_in, figures.came_before, figures.open, figures.overdue)]
        if severity is not None or any(numbers):
            rows.append([_text(str(severity) if severity else OUTSIDE), *map(_number, numbers)])
    totals = (figures.came_in, figures.came_before, figures.open, figures.overdue)
    rows.append([_text("All"), *(_number(mix.total) for mix in totals)])
    return {
        "type": "data_table",
        "caption": "Reports by severity",
        "page_size": 10,
        "row_header_column_index": 0,
        "rows": rows,
    }


def severity_words(figures: Figures, now: str, before: str) -> Block:
    """The same as words, for workspaces without tables."""
    lines = [f"*{now}:* {mix_words(figures.came_in) or 'nothing'}."]
    lines.append(f"*{before}:* {mix_words(figures.came_before) or 'nothing'}.")
    lines.append(f"*Open:* {mix_words(figures.open) or 'nothing'}.")
    lines.append(f"*Overdue:* {mix_words(figures.overdue) or 'nothing'}.")
    return section("\n".join(lines))


def weeks_chart(figures: Figures) -> Block | None:
    """Reports in the bar, filed per week, in three lines; None where there is nothing to draw."""
    lines = (
        ("Critical", [mix.critical for mix in figures.series]),
        ("Important", [mix.important for mix in figures.series]),
        (_LOWER, [mix.moderate + mix.low for mix in figures.series]),
    )
    return _chart("line", "Reports in the bar, filed per week", figures.window.labels, lines, "Week", "Reports")


def weeks_words(figures: Figures) -> str:
    """The same as words."""
    weeks = zip(figures.window.labels, figures.series, strict=True)
    return "Filed per week: " + ", ".join(f"{label} {mix.total}" for label, mix in weeks) + "."


def ages_chart(figures: Figures) -> Block | None:
    """What stands open by age; None where nothing does."""
    bars = (
        ("Critical, Important", [mix.critical + mix.important for mix in figures.open_by_age]),
        ("Moderate, Low", [mix.moderate + mix.low for mix in figures.open_by_age]),
    )
    return _chart("bar", "Open reports by age", [name for _, name in AGES], bars, "Age", "Reports")


def ages_words(figures: Figures) -> str:
    """The same as a sentence; empty where nothing stands open."""
    return f"Open by age: {ages}." if (ages := ages_list(figures)) else ""


def ages_list(figures: Figures) -> str:
    """`under a week 2, 1 to 4 weeks 15`; empty where nothing stands open."""
    ages = [
        f"{name.lower()} {mix.total}" for (_, name), mix in zip(AGES, figures.open_by_age, strict=True) if mix.total
    ]
    return ", ".join(ages)


def charts(figures: Figures) -> list[Block]:
    """The charts that have something to show: two at most, as Slack allows in a message."""
    return [chart for chart in (weeks_chart(figures), ages_chart(figures)) if chart]


# -- lists -----------------------------------------------------------------------------------------------------------------


def report_line(report: Listed, *more: Part) -> list[Part]:
    """A report in a bulleted list."""
    severity = str(report.severity) if report.severity else OUTSIDE
    return [bold(f"{report.name} · {severity}"), " · ", one_line(report.title, TITLE), *more]


def report_text(report: Listed, more: str = "") -> str:
    """The same for a message's text."""
    severity = str(report.severity) if report.severity else OUTSIDE
    return f"{report.name}, {severity}: {literal(one_line(report.title, TITLE), 2 * TITLE)}{more}"


def overdue_line(report: Listed, asof: datetime, *, mention: bool) -> list[Part]:
    """A report that is overdue; its owner is told of it where `mention` says so, and nobody else."""
    owner: list[Part] = [" · ", user(report.owner)] if mention and report.owner and report.open else []
    nobody: list[Part] = [" · nobody has it"] if report.open and not report.owner else []
    return report_line(report, f" · {_late(report, asof)}", *owner, *nobody, *_since_closed(report))


def overdue_text(report: Listed, asof: datetime) -> str:
    """The same for a message's text."""
    if not report.open:
        return report_text(report, f", {_late(report, asof)}, {report.state} since")
    return report_text(report, f", {_late(report, asof)}, {f'<@{report.owner}>' if report.owner else 'nobody has it'}")


def listing(title: str, lines: Sequence[Sequence[Part]], whole: int, where: str) -> list[Block]:
    """A titled list, with how many more there are and where to find them."""
    if not lines:
        return []
    blocks = [section(f"*{title}*"), bullets(lines)]
    if whole > len(lines):
        blocks.append(section(f"and {whole - len(lines)} more: {where}"))
    return blocks


def spoken(lines: Iterable[str]) -> str:
    """A message's text: whole lines as long as there is room."""
    said: list[str] = []
    room = TEXT_MAX
    for line in filter(None, lines):
        room -= len(line) + 1
        if room < 0:
            said.append("…")
            break
        said.append(line)
    return "\n".join(said)


def _late(report: Listed, asof: datetime) -> str:
    return f"{span((asof - report.due_at).total_seconds())} over its deadline" if report.due_at else "overdue"


def _since_closed(report: Listed) -> list[str]:
    return [] if report.open else [f" · {report.state} since"]


def _of(mix: Mix, severity: Severity | None) -> int:
    return mix.outside if severity is None else mix.number(severity)


def _text(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def _number(number: int) -> dict[str, Any]:
    return {"type": "raw_number", "value": number, "text": str(number)}


def _chart(
    kind: str, title: str, categories: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], x: str, y: str
) -> Block | None:
    shown = [(name, values) for name, values in series if any(values)]
    if not shown:
        return None
    return {
        "type": "data_visualization",
        "title": clip(title, 50),
        "chart": {
            "type": kind,
            "axis_config": {"categories": list(categories), "x_label": x, "y_label": y},
            "series": [
                {
                    "name": name,
                    "data": [{"label": c, "value": v} for c, v in zip(categories, values, strict=True)],
                }
                for name, values in shown
            ],
        },
    }
