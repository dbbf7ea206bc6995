"""The Home tab: what waits for somebody first, then what is theirs."""

from datetime import datetime

from bot.render import words
from bot.render.blocks import Block, actions, bold, button, context, divider, header, rich, section
from bot.render.lists import SHOW, facts
from bot.render.text import literal, one_line
from triage.access import Viewer
from triage.bar import BugBar
from triage.browsing import COUNT_TO, Home, Part
from triage.listing import Listed

REPORT = "home:report"
SETTINGS = "home:settings"
TITLE_SHOWN = 110


def home(facts_of: Home, viewer: Viewer, bar: BugBar, now: datetime) -> Block:
    """One person's Home tab."""
    buttons = [button("Report a Bug", REPORT, style="primary")]
    if viewer.admin:
        buttons.append(button("Settings…", SETTINGS))
    blocks: list[Block] = [actions("home", *buttons)]
    waiting = [
        *_part("A question for you, in your messages from mlbug", facts_of.asked, "", bar, now),
        *_part("To accept", facts_of.new, "/mlbug list new", bar, now),
        *_part("Yours to fix", facts_of.owned, "/mlbug list mine", bar, now),
    ]
    blocks += [header("Waiting for you"), *(waiting or [section("Nothing waits for you.")])]
    if facts_of.draft is not None:
        title = one_line(facts_of.draft.entries.title, 100) or "without a title yet"
        blocks += [
            divider(),
            header("Your draft"),
            rich([bold("Unfinished: "), title]),
            actions("draft", button("Open Draft", REPORT + ":draft")),
        ]
    blocks += [divider(), header("Your reports")]
    blocks += _part("", facts_of.reported, "/mlbug list mine", bar, now) or [
        section("You have not reported anything yet. Three short screens tell you how bad a bug is, and why.")
    ]
    blocks += [divider(), header("Open criticals")]
    blocks += _criticals(facts_of, bar, now)
    if facts_of.overdue:
        blocks.append(section(f"*{_count(facts_of.overdue)} overdue:* `/mlbug list overdue`"))
    blocks.append(context(f"Updated {words.moment(now)}."))
    return {"type": "home", "blocks": blocks}


def _criticals(facts_of: Home, bar: BugBar, now: datetime) -> list[Block]:
    """Those that do not stand further up already."""
    above = {r.number for part in (facts_of.new, facts_of.owned, facts_of.reported, facts_of.asked) for r in part.rows}
    rows = tuple(r for r in facts_of.criticals.rows if r.number not in above)
    count = facts_of.criticals.count
    if not count:
        return [section("None that you can see.")]
    if not rows:
        return [section(f"{_count(count)} open, shown above. All of them: `/mlbug list critical`")]
    shown = Part(rows, count - len(facts_of.criticals.rows) + len(rows))
    return _part("", shown, "/mlbug list critical", bar, now)


def row(listed: Listed, bar: BugBar, now: datetime) -> Block:
    """One report with a button that shows it."""
    text = f"*{listed.name}* {literal(one_line(listed.title, TITLE_SHOWN))}\n{facts(listed, bar, now)}"
    return section(text, accessory=button(f"Show {listed.name}", SHOW, str(listed.number)))


def _part(title: str, part: Part, command: str, bar: BugBar, now: datetime) -> list[Block]:
    if not part.rows:
        return []
    blocks = [section(f"*{title}: {_count(part.count)}*")] if title else []
    blocks += [row(listed, bar, now) for listed in part.rows]
    if part.count > len(part.rows) and command:
        blocks.append(context(f"{_count(part.count - len(part.rows))} more: `{command}`"))
    return blocks


def _count(number: int) -> str:
    return f"{number}" if number < COUNT_TO else f"{COUNT_TO} or more"
