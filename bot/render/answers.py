"""What commands answer to the person who typed them: a report, the bar, the help."""

from collections.abc import Sequence
from typing import Any

from bot.commands import COMMANDS
from bot.render import care, happened, words
from bot.render.blocks import Block, Part, bold, bullets, button, context, divider, header, rich, section, user
from bot.render.card import WHY
from bot.render.text import clip, clip_sent, literal
from bot.render.verdict import EDIT, explanation, may
from bot.render.words import Here
from triage.access import Viewer
from triage.bar import UNKNOWN_LABEL, BugBar, Question, Threat
from triage.desk import Explained
from triage.lifecycle import choices
from triage.reports import Event, EventKind, State

Message = dict[str, Any]
EDIT_FILED = "edit_filed"
DESCRIPTION_BYTES = 6000  # of the 20 kB of an answer; the rest of it takes up to 8 kB
EVENTS_SHOWN = 5
REASON_BYTES = 800  # of each of them


def show(explained: Explained, history: Sequence[Event], viewer: Viewer, here: Here) -> Message:
    """One report, as its viewer may see it."""
    report = explained.report
    names = {threat.id: threat.name for threat in explained.bar.threats}
    facts: list[list[Part]] = [
        [bold("State: "), _state(explained, history, here)],
        [bold("Threat: "), names.get(report.threat or "", "none")],
        [bold("System: "), report.system or "not named"],
        [bold("Reporter: "), user(report.reporter)],
    ]
    if report.owner:
        facts.append([bold("Owner: "), user(report.owner)])
    if report.override is not None:
        facts.append([bold("The bar says: "), words.severity_words(report.severity, report.severity_low)])
    if report.restricted:
        facts.append([bold("Restricted: "), "only its reporter, named people and triagers can read it"])
    blocks: list[Block] = [
        header(words.headline(report)),
        rich([bold(report.title)]),
        rich([clip_sent(report.description, DESCRIPTION_BYTES)]),
        rich(*facts),
        context(f"Filed {words.moment(report.created_at)}.", words.due_line(report, explained.bar, here)),
    ]
    if len(history) > 1:
        cut = f", the last {EVENTS_SHOWN} of {len(history)}" if len(history) > EVENTS_SHOWN else ""
        blocks.append(section(f"*History*{cut}"))
        for event in history[-EVENTS_SHOWN:]:
            before = f"{words.moment(event.at)}: "
            blocks += happened.blocks(event, explained.bar, before=before, reason_bytes=REASON_BYTES)
    rows = care.buttons(report, choices(viewer, report), can_ask=bool(explained.verdict.open_questions))
    if viewer.user == report.reporter and report.state in {State.NEW, State.OUT_OF_SCOPE}:
        rows[0]["elements"].insert(0, button("Edit Answers", EDIT_FILED, str(report.number)))
    blocks += rows
    text = f"{words.headline(report)}: {literal(report.title, 400)}. {str(report.state).capitalize()}."
    return {"text": text, "blocks": blocks}


def why(explained: Explained, viewer: Viewer, here: Here) -> Message:
    """The verdict explained, and what its reader may do about it."""
    report = explained.report
    blocks = [rich([bold(f"{report.name}: "), report.title]), *explanation(explained, here), may(report, viewer)]
    text = f"{words.headline(report)}. {explained.verdict.reason or ''}".rstrip()
    return {"text": text, "blocks": blocks}


def the_bar(bar: BugBar) -> Message:
    """The nine threats with their ranges."""
    rows: list[list[Part]] = [[bold(threat.name), f" ({_range(threat)}): {threat.summary}"] for threat in bar.threats]
    text = f"The bug bar {bar.id} {bar.version}: {len(bar.threats)} threats."
    blocks = [
        header("The bug bar"),
        section("First come the gates; a report outside them is recorded and sent to where it belongs."),
        bullets([[gate.ask] for gate in bar.gates]),
        section("*The threats*"),
        bullets(rows),
        context(
            f"{bar.name}, {bar.version}. After {bar.source.doc}, revision {bar.source.revision[:8]}. {bar.source.note}"
            " Type `/mlbug bar` and a threat’s name for its questions and rules."
        ),
    ]
    return {"text": text, "blocks": blocks}


def one_threat(threat: Threat) -> Message:
    """One threat: range, questions with their answers from least to most severe, rules, what it is elsewhere."""
    blocks: list[Block] = [
        header(f"{threat.name} · {_range(threat)}"),
        section(threat.summary),
        section("*For example*"),
        bullets([[example] for example in threat.examples]),
        divider(),
    ]
    blocks += [_question(question) for question in threat.questions]
    rules: list[list[Part]] = [
        [bold(f"{r.severity} ({r.id}): "), f"{r.why} ", _conditions(threat, r.when)] for r in threat.rules
    ]
    rules.append([bold(f"{threat.default.severity} ({threat.default.id}), otherwise: "), threat.default.why])
    blocks += [divider(), section("*The rules: the worst that holds decides*"), bullets(rules)]
    elsewhere = [
        *threat.mappings.atlas,
        *threat.mappings.owasp_ml,
        *threat.mappings.owasp_llm_2025,
        *threat.mappings.cwe,
    ]
    if elsewhere:
        blocks.append(context("Elsewhere: " + "; ".join(literal(f"{m.id} {m.name}") for m in elsewhere[:8]) + "."))
    if threat.notes:
        blocks += [section("*Where the sources disagree*"), bullets([[note] for note in threat.notes])]
    text = f"{threat.name}: {_range(threat)}. {threat.summary}"
    return {"text": text, "blocks": blocks}


def no_such_threat(bar: BugBar, typed: str) -> Message:
    """The bar has no threat of that name; these it has."""
    names = ", ".join(threat.name for threat in bar.threats)
    text = f"The bar has no threat “{literal(clip(typed, 100))}”. It has: {names}."
    return {"text": text, "blocks": [section(text)]}


def help_text() -> Message:
    """The help, from the parser's own table."""
    rows: list[list[Part]] = [
        [{"type": "text", "text": f"/mlbug {c.usage}".rstrip(), "style": {"code": True}}, f"  {c.does}"]
        for c in COMMANDS
    ]
    notes = "Slash commands don’t work in threads: type them in the channel’s main box, or in a direct message."
    blocks = [
        header("mlbug"),
        section("Finds out in two minutes how bad an ML security bug is by the bar, and why."),
        bullets(rows),
        context(notes),
    ]
    listed = " ".join(
        f"“/mlbug {c.usage}”: {literal(c.does)}".replace("<", "&lt;").replace(">", "&gt;") for c in COMMANDS
    )
    return {"text": f"mlbug: {listed} {notes}", "blocks": blocks}


def sentence(text: str) -> Message:
    """One sentence, shown as it is."""
    return {"text": literal(text), "blocks": [rich([text])]}


def _question(question: Question) -> Block:
    labels: list[list[Part]] = [[bold(option.label), f": {option.help}"] for option in question.options]
    block = bullets([*labels, [bold(UNKNOWN_LABEL)]])
    title = {"type": "rich_text_section", "elements": [bold(question.ask)]}
    block["elements"].insert(0, title)
    return block


def _conditions(threat: Threat, when: dict[str, str]) -> str:
    parts = []
    for question_id, option_id in when.items():
        question = threat.question(question_id)
        worst = question.options[-1].id == option_id
        parts.append(f"“{question.option(option_id).label}”{'' if worst else ' or worse'}")
    return f"({'; '.join(parts)})"


def _range(threat: Threat) -> str:
    low, high = threat.range
    return str(high) if low == high else f"{low} to {high}"


def _state(explained: Explained, history: Sequence[Event], here: Here) -> str:
    """The state; of a duplicate also of which report, as far as the viewer may know."""
    report = explained.report
    if report.state is State.RISK_ACCEPTED and report.risk_until:
        return f"risk accepted until {words.last_day(report.risk_until, here.zone)}"
    if report.state is not State.DUPLICATE:
        return str(report.state)
    linked = [event.now for event in history if event.kind is EventKind.LINKED]
    return f"duplicate of {linked[-1] if linked and linked[-1] else 'an earlier report'}"


__all__ = [
    "EDIT",
    "EDIT_FILED",
    "WHY",
    "help_text",
    "no_such_threat",
    "one_threat",
    "sentence",
    "show",
    "the_bar",
    "why",
]
