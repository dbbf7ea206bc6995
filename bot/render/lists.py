"""Lists of reports: what `/mlbug list` answers, and the reminder of what is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.render import words
from bot.render.blocks import Block, Part, actions, bold, button, context, header, rich, section
from bot.render.text import literal, one_line
from triage.bar import BugBar
from triage.listing import Filter, Listed, Page, Which, cursor_text

Message = dict[str, Any]
SHOW = "show"
NEXT = "list:next"
TITLE_SHOWN = 110

_TITLES = {
    Which.ALL: "All reports",
    Which.OPEN: "Open reports",
    Which.MINE: "Your reports",
    Which.OVERDUE: "Overdue",
    Which.NEW: "Waiting for a triager",
}
_EMPTY = {
    Which.OVERDUE: "Nothing is overdue.",
    Which.MINE: "You have filed no report, and own none.",
    Which.NEW: "Nothing waits for a triager.",
}


def listed(page: Page, bar: BugBar, now: datetime, *, first: bool) -> Message:
    """One page of a list, with a button to the next one."""
    title = list_title(page.wanted, bar)
    if not page.rows:
        told = _EMPTY.get(page.wanted.which, "There is no such report that you can see.") if first else "That was all."
        return {"text": f"{title}: {told}", "blocks": [header(title), section(told)]}
    blocks: list[Block] = [header(title), *(row_block(row, bar, now) for row in page.rows)]
    if page.after is not None:
        blocks.append(actions("pages", button("Next Page", NEXT, next_value(page))))
    else:
        blocks.append(context("That is all that you can see." if first else "That was the last page."))
    text = f"{title}: " + "; ".join(
        f"{row.name} {literal(row.title, 100)}, {facts(row, bar, now)}" for row in page.rows
    )
    return {"text": text[:3900], "blocks": blocks}


def row_block(row: Listed, bar: BugBar, now: datetime) -> Block:
    """One report on two lines."""
    title: list[Part] = [bold(f"{row.name} "), one_line(row.title, TITLE_SHOWN)]
    return rich(title, [facts(row, bar, now)])


def list_title(wanted: Filter, bar: BugBar) -> str:
    """The list's heading."""
    if wanted.which is Which.SEVERITY:
        return f"Open reports: {wanted.value}"
    if wanted.which is Which.THREAT:
        return next((f"Reports: {t.name}" for t in bar.threats if t.id == wanted.value), "Reports")
    return _TITLES.get(wanted.which, "Reports")


def facts(row: Listed, bar: BugBar, now: datetime) -> str:
    """Severity, urgency, state, threat and date of a report, in words."""
    threat = next((t.name for t in bar.threats if t.id == row.threat), "")
    state = str(row.state)
    when = f"filed {row.created_at:%Y-%m-%d}"
    if row.state == "accepted" and row.due_at is not None:
        when = f"{'overdue since' if row.due_at < now else 'due'} {row.due_at:%Y-%m-%d}"
    severity = str(row.severity) if row.severity else "Outside the bar"
    parts = (severity, row.urgency or "", state, threat, when, "restricted" if row.restricted else "")
    return " · ".join(part for part in parts if part)


def next_value(page: Page) -> str:
    """`open||41`: the filter, its value and the cursor, for the button."""
    after = cursor_text(page.after) if page.after else ""
    return f"{page.wanted.which}|{page.wanted.value}|{after}"


def reminder(rows: Sequence[Listed], now: datetime) -> Message:
    """What is due of somebody's reports, in one message a day."""
    title = "Yours to fix"
    blocks: list[Block] = [header(title)]
    texts = []
    for row in rows:
        late = row.due_at is not None and row.due_at < now
        due = f"{'overdue since' if late else 'due'} {row.due_at:%Y-%m-%d}" if row.due_at else "without a deadline"
        when = words.fix_due(row.due_at, now) if row.due_at else ""
        blocks += [
            rich([bold(f"{row.name} "), one_line(row.title, TITLE_SHOWN)]),
            section(f"{row.severity or 'Outside the bar'}{f', {row.urgency}' if row.urgency else ''}. {when}"),
            actions(
                f"card.0.{row.number}",
                button(f"Close {row.name}…", "care:close", str(row.number)),
                button(f"Show {row.name}", SHOW, str(row.number)),
                button(f"Snooze {row.name} for a Week", "care:snooze", str(row.number)),
            ),
        ]
        texts.append(f"{row.name} {literal(row.title, 100)}, {due}")
    blocks.append(context("You get at most one such message a day."))
    return {"text": f"{title}: " + "; ".join(texts), "blocks": blocks}
