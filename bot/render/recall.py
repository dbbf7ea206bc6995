"""Earlier reports, as somebody reads of them: on the second screen, after "Same Thing", and as the answer to a question."""

from collections.abc import Sequence
from typing import Any

from bot.render.blocks import (
    Block,
    Part,
    actions,
    bold,
    bullets,
    button,
    context,
    divider,
    modal,
    plain,
    rich,
    section,
    user,
)
from bot.render.text import clip, literal, one_line
from triage.bar import BugBar
from triage.history import Hit
from triage.recalling import Recalled, Remembered
from triage.reports import TITLE_MAX, Report

SAME = "same"
DIFFERENT = "different"
FEEDBACK = "feedback"
REPORT_ASKED = "report_asked"
HELPED, MISSED = "helped", "missed"
SHOW = "show"
Message = dict[str, Any]

NOTHING_YET = "There is nothing like it in the history yet."


def seen_before(found: Sequence[Remembered]) -> list[Block]:
    """What stands above the gates: up to three earlier reports, each with "Same Thing"."""
    if not found:
        return []
    lead = "*Seen before?* This was reported before:" if found[0].hit.repeat else "*Seen before?* It looks like:"
    blocks: list[Block] = [section(lead)]
    for one in found:
        blocks.append(rich([bold(f"{_headline(one.hit)}: "), one_line(one.hit.title, 120)], _decided(one)))
        name = one.hit.name
        same = button("Same Thing", SAME, str(one.hit.number), label=f"It is the same thing as {name}")
        blocks.append(actions(f"seen.{one.hit.number}", same))
    return [*blocks, divider()]


def linked_view(report: Report, earlier: Remembered | None) -> Block:
    """The end of the dialog for a repeat: whose verdict holds, and the way back."""
    told = [rich([bold(f"Filed as {report.name}: "), report.title])]
    if earlier is not None:
        told += [
            section(f"A repeat of *{earlier.hit.name}*, whose verdict holds for it. Its owner hears of it."),
            rich([bold(f"{_headline(earlier.hit)}: "), earlier.hit.title], [earlier.reason], _decided(earlier)),
        ]
    undo = button("Not the Same", DIFFERENT, str(report.number), label=f"{report.name} is something else")
    return modal(
        "Seen before", [*told, actions("linked", undo)], callback_id="linked", metadata=report.draft, close="Done"
    )


def answer(recalled: Recalled, bar: BugBar) -> Message:
    """The answer to a question: a conclusion, at most three earlier reports, the rows of the bar that fit, what to do next."""
    conclusion = _conclusion(recalled)
    blocks: list[Block] = [section(f"*{conclusion}*")]
    texts = [conclusion]
    for one in recalled.reports:
        blocks.append(rich([bold(f"{_headline(one.hit)}: "), one.hit.title], [one.reason], _decided(one)))
        texts.append(f"{_headline(one.hit)}: {literal(one.hit.title, 200)}.")
    if recalled.rows:
        names = {threat.id: threat for threat in bar.threats}
        rows: list[list[Part]] = [
            [bold(names[row.threat].name), f": {names[row.threat].summary}"] for row in recalled.rows
        ]
        blocks += [section("*What the bar says of such things*"), bullets(rows)]
        texts += [f"{names[row.threat].name}: {names[row.threat].summary}" for row in recalled.rows]
    buttons = [button(f"Show {one.hit.name}", f"{SHOW}", str(one.hit.number)) for one in recalled.reports[:1]]
    buttons.append(button("Report It", REPORT_ASKED, clip(recalled.question, TITLE_MAX) or " "))
    blocks.append(actions("asked", *buttons))
    return {"text": " ".join(texts), "blocks": blocks}


def with_feedback(message: Message) -> Message:
    """The same with two thumbs under it; for messages that stay."""
    thumbs = {
        "type": "context_actions",
        "block_id": "feedback",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": FEEDBACK,
                "positive_button": {
                    "text": plain("Good answer"),
                    "value": HELPED,
                    "accessibility_label": "This answer helped",
                },
                "negative_button": {
                    "text": plain("Bad answer"),
                    "value": MISSED,
                    "accessibility_label": "This answer did not help",
                },
            }
        ],
    }
    return message | {"blocks": [*message["blocks"], thumbs]}


def empty_question() -> Message:
    """Nothing was asked."""
    text = "Ask in plain words, like “/mlbug ask has anybody seen the mail assistant obey hidden text?”."
    return {"text": text, "blocks": [section(text), context("Or mention mlbug in a channel, or write to it directly.")]}


def _conclusion(recalled: Recalled) -> str:
    if not recalled.reports:
        return NOTHING_YET
    first = recalled.reports[0].hit
    if first.repeat:
        return f"This was reported before: {first.name}."
    return "This looks like it:" if len(recalled.reports) == 1 else "These look like it:"


def _headline(hit: Hit) -> str:
    told = "Outside the bar" if hit.severity is None else str(hit.severity)
    return " · ".join((hit.name, f"{told} by override" if hit.overridden else told, str(hit.state)))


def _decided(one: Remembered) -> list[Part]:
    moment: Part = {
        "type": "date",
        "timestamp": int(one.decided_at.timestamp()),
        "format": "{date_short_pretty}",
        "fallback": f"{one.decided_at:%Y-%m-%d}",
    }
    verb = "Reported by " if one.decided_at == one.hit.created_at else "Decided by "
    return [verb, user(one.decider), ", ", moment]
