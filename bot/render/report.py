"""Figures of a period, on demand: the same parts and numbers as the digest, for whoever may see them."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.render import figures as parts
from bot.render.blocks import Block, context, header, section
from bot.render.digest import figures_lines, repeat_line
from triage.figures import Figures
from triage.weeks import Window

Message = dict[str, Any]

LISTED = 5


def message(made: Figures, zone: str, *, charts: bool) -> Message:
    """The report. `charts`: whether charts and tables are known where it goes."""
    asof = made.window.asof
    numbers = parts.severity_table if charts else parts.severity_words
    drawn = parts.charts(made) if charts else [section(parts.weeks_words(made))]
    late = [parts.overdue_line(report, asof, mention=False) for report in made.overdue_worst[:LISTED]]
    again = [repeat_line(repeat) for repeat in made.repeated[:LISTED]]
    where = "type `/mlbug list overdue` to see them."
    lines = figures_lines(made)
    blocks: list[Block] = [
        header(title(made.window, zone)),
        section(summary(made)),
        numbers(made, "Came in", "Period before"),
        *drawn,
        *([section("\n".join(lines))] if lines else []),
        *parts.listing("Overdue", late, made.overdue.total, where),
        *parts.listing("Asked again", again, len(made.repeated), "`mlbug report --json` has them all."),
        context(note(made)),
    ]
    text = [title(made.window, zone), summary(made), parts.weeks_words(made), *lines, note(made)]
    return {"text": parts.spoken(line.replace("*", "") for line in text), "blocks": blocks}


def title(window: Window, zone: str) -> str:
    """`Report, 26 Aug to 24 Nov 2026`."""
    first = window.start.astimezone(ZoneInfo(zone)).date()
    last = (window.end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    year = "" if first.year == last.year else f" {first.year}"
    return f"Report, {first.day} {first:%b}{year} to {last.day} {last:%b %Y}"


def summary(made: Figures) -> str:
    """The numbers that matter most, in three sentences."""
    so_far = " so far" if made.window.running else ""
    mix = parts.mix_words(made.came_in)
    came = f"*{made.came_in.total} came in*{so_far}, {made.came_before.total} in the period before."
    waiting = parts.waiting_words(made)
    standing = f"*{made.open.total} open*, *{made.overdue.total} overdue*. {waiting}".rstrip()
    return "\n".join([f"{came} {mix}." if mix else came, standing, *filter(None, [parts.override_words(made)])])


def note(made: Figures) -> str:
    """What is counted."""
    hidden = (
        f"Restricted reports counted here: {made.restricted}."
        if made.restricted
        else "No restricted report is counted."
    )
    return f"What you may see is counted. {hidden} The digest leaves restricted reports out."
