"""What a report looks like in channels, threads and direct messages.

Each message says everything in its text as well, for notifications and screen readers.
"""

from typing import Any

from bot.render import words
from bot.render.blocks import Block, actions, bold, button, context, header, rich, section, user
from bot.render.text import literal
from triage.bar import BugBar
from triage.reports import Event, EventKind, Report
from triage.verdict import Verdict

WHY = "why"
Message = dict[str, Any]


def card(report: Report, verdict: Verdict, bar: BugBar) -> Message:
    """The card in the triage channel. Of a restricted report it shows no more than the number."""
    if report.restricted:
        return _restricted_card(report)
    lines = [
        rich([bold(report.title)]),
        section(_reason(report, verdict, bar)),
        rich(
            [bold("Threat: "), _threat_name(bar, report)],
            [bold("System: "), report.system or "not named"],
            [bold("Reporter: "), user(report.reporter)],
            [bold("State: "), str(report.state)],
        ),
    ]
    if due := words.deadline(verdict, report.created_at):
        lines.append(context(f"First answer due {words.moment(due[0])}. {due[1]}"))
    blocks = [header(words.headline(report)), *lines, _buttons(report)]
    text = f"{words.headline(report)}: {literal(report.title, 400)}. {_reason(report, verdict, bar)}"
    return {"text": text, "blocks": blocks}


def thread_entry(report: Report, event: Event) -> Message:
    """One change, told in the card's thread."""
    if report.restricted:
        text = f"{report.name} was changed."
        return {"text": text, "blocks": [section(text)]}
    return {"text": _event_text(event), "blocks": [section(_event_text(event))]}


def told_reporter(report: Report, verdict: Verdict, bar: BugBar) -> Message:
    """The direct message to the reporter once it is filed."""
    if verdict.outcome == "in_bar":
        intro = "Your report is filed. The triagers see it now; you hear of each change here."
        body = [section(_reason(report, verdict, bar))]
        told = _reason(report, verdict, bar)
    else:
        intro = "Your report is recorded. The bar does not cover it, so it goes elsewhere:"
        lines = words.route_lines(bar, verdict)
        body = [section(line) for line in lines]
        told = " ".join(lines)
    also = [section("*Tell as well:* " + line) for line in words.also_lines(bar, verdict)]
    blocks = [
        section(intro),
        header(words.headline(report)),
        rich([bold(report.title)]),
        *body,
        *also,
        _buttons(report),
    ]
    text = f"{intro} {words.headline(report)}: {literal(report.title, 400)}. {told}"
    return {"text": text, "blocks": blocks}


def _restricted_card(report: Report) -> Message:
    text = f"{report.name} · Restricted report"
    blocks: list[Block] = [
        header(text),
        section("Only its reporter, the people named on it and the triagers can read it."),
        _buttons(report),
    ]
    return {"text": text, "blocks": blocks}


def _buttons(report: Report) -> Block:
    return actions(
        f"card.{report.version}", button("Why", WHY, str(report.number), label=f"Why {report.name} is rated so")
    )


def _reason(report: Report, verdict: Verdict, bar: BugBar) -> str:
    if report.severity is None:
        return " ".join(words.route_lines(bar, verdict)[:1])
    settles = words.settles(bar, verdict)
    return f"{verdict.reason} {settles}".rstrip()


def _threat_name(bar: BugBar, report: Report) -> str:
    return next((threat.name for threat in bar.threats if threat.id == report.threat), "none")


def _event_text(event: Event) -> str:
    match event.kind:
        case EventKind.ANSWERS_CHANGED if event.was != event.now:
            return f"<@{event.actor}> changed the answers: {event.was} → {event.now}."
        case EventKind.ANSWERS_CHANGED:
            return f"<@{event.actor}> changed the report; still {event.now}."
        case _:
            return f"<@{event.actor}> {event.kind} it: {event.now}."
