"""What a report looks like in channels, threads and direct messages.

Each message says everything in its text as well, for notifications and screen readers.
"""

from typing import Any

from bot.render import care, happened, words
from bot.render.blocks import Block, Part, actions, bold, bullets, button, context, header, rich, section, user
from bot.render.care import WHY
from bot.render.text import clip, literal
from bot.render.words import Here
from triage.access import Role, Viewer
from triage.asking import Asked, find_question
from triage.bar import UNKNOWN, UNKNOWN_LABEL, BugBar
from triage.desk import Telling
from triage.lifecycle import choices
from triage.reports import Event, EventKind, Report, State
from triage.verdict import Verdict

ANSWER = "answer"
SHOW = "show"
GAP = "  ·  "
REASON_ON_CARD = 400
Message = dict[str, Any]


def card(told: Telling, here: Here) -> Message:
    """The card in the triage channel. Of a restricted report it shows no more than the number."""
    report, verdict, bar = told.report, told.verdict, told.bar
    if report.restricted:
        return _restricted_card(report)
    facts: list[list[Part]] = [
        [bold("Threat: "), _threat_name(bar, report), GAP, bold("System: "), report.system or "not named"],
        [bold("Reporter: "), user(report.reporter), GAP, bold("Owner: "), user(report.owner or "nobody yet")],
        [bold("State: "), state_words(told, here)],
    ]
    if told.repeats:
        facts.append([bold("Repeats: "), ", ".join(told.repeats)])
    lines = [rich([bold(report.title)]), *_rated(told), rich(*facts)]
    if due := words.due_line(report, bar, here):
        lines.append(context(due))
    if report.asked:
        lines.append(context("A question waits for the reporter’s answer."))
    blocks = [header(words.headline(report)), *lines, *card_buttons(report, verdict)]
    text = (
        f"{words.headline(report)}: {literal(report.title, 400)}. {str(report.state).capitalize()}. "
        f"{_reason(report, verdict, bar)}"
    )
    return {"text": text, "blocks": blocks}


def card_buttons(report: Report, verdict: Verdict) -> list[Block]:
    """What somebody could do now: the card is everybody's, so it has the buttons of all; who may press them is checked."""
    anybody = Viewer(report.workspace, report.reporter, Role.TRIAGER)
    return care.buttons(report, choices(anybody, report), can_ask=bool(verdict.open_questions or verdict.provisional))


def state_words(told: Telling, here: Here) -> str:
    """The state, with what belongs to it."""
    report = told.report
    match report.state:
        case State.DUPLICATE:
            return f"duplicate of {told.earlier or 'an earlier report'}"
        case State.RISK_ACCEPTED if report.risk_until:
            return f"risk accepted until {words.last_day(report.risk_until, here.zone)}"
        case state:
            return str(state)


def thread_entry(told: Telling, event: Event) -> Message:
    """One change, told in the card's thread."""
    if told.report.restricted:
        text = f"{told.report.name} was changed."
        return {"text": text, "blocks": [section(text)]}
    return {"text": happened.sentence(event, told.bar), "blocks": happened.blocks(event, told.bar)}


def told_source(told: Telling) -> Message:
    """The answer in the thread of the message that a report began with: of a restricted one the number only."""
    report = told.report
    text = f"Filed as {report.name}." if report.restricted else f"Filed as {words.headline(report)}."
    return {
        "text": text,
        "blocks": [
            section(f"*{text}*"),
            *(
                []
                if report.restricted
                else [actions("source", button("Why", WHY, str(report.number), label=f"Why {report.name} is rated so"))]
            ),
        ],
    }


def told_change(told: Telling, event: Event, reader: str, here: Here) -> Message:
    """One change, told in a direct message to somebody whom it concerns."""
    report = told.report
    roles = {EventKind.ASSIGNED: "is yours to fix", EventKind.VIEWER_ADDED: "is open to you"}
    before = {State.DUPLICATE: "is a ", State.RISK_ACCEPTED: "stays for now: "}.get(report.state, "is ")
    state = before + state_words(told, here)
    what = "was rated anew" if event.kind is EventKind.OVERRIDDEN else roles.get(event.kind, state)
    blocks = [*happened.blocks(event, told.bar, before=f"*{report.name} {what}.* "), rich([bold(report.title)])]
    if due := words.due_line(report, told.bar, here) if report.state is State.ACCEPTED else "":
        blocks.append(context(due))
    mine = Viewer(report.workspace, reader)
    blocks += care.buttons(report, choices(mine, report), can_ask=False)
    return {"text": f"{report.name} {what}. {happened.sentence(event, told.bar)}", "blocks": blocks}


def question(told: Telling, event: Event) -> Message:
    """A question to the reporter, with a button an answer; once it is answered, what was answered."""
    report = told.report
    key = f"{event.data.get('threat', '')}.{event.data.get('question', '')}"
    asked = find_question(told.bar, key)
    ask = literal(asked.ask) if asked else "a question that the bar has no more"
    intro = f"*A question about {report.name}:* {ask}"
    blocks: list[Block] = [section(intro), rich([report.title])]
    if asked is None or report.asked != key:
        blocks.append(context("It is answered, or nobody needs the answer any more. Thank you."))
        return {"text": f"A question about {report.name}: {ask} It needs no answer any more.", "blocks": blocks}
    if asked.hint:
        blocks.append(context(literal(asked.hint)))
    blocks.append(bullets([[bold(o.label), f": {o.help}"] for o in asked.options]))
    row = [
        button(option.label, f"{ANSWER}:{option.id}", f"{report.number}:{key}:{option.id}") for option in asked.options
    ]
    row.append(button(UNKNOWN_LABEL, f"{ANSWER}:{UNKNOWN}", f"{report.number}:{key}:{UNKNOWN}"))
    blocks.append(actions(f"ask.{report.version}", *row))
    told_by = f"{happened.who(event)} asks, because the answer may change how {report.name} is rated."
    blocks.append(context(told_by))
    return {"text": f"A question about {report.name}: {ask}", "blocks": blocks}


def answered(report: Report, asked: Asked | None, option_id: str) -> Message:
    """The question once its reporter has answered it: what was asked, what was answered, and what that came to."""
    ask = asked.ask if asked else "a question that the bar has no more"
    given = next((o.label for o in asked.options if o.id == option_id), UNKNOWN_LABEL) if asked else option_id
    says = words.severity_words(report.severity, report.severity_low)
    if report.override is not None:
        outcome = f"The bar says {says}; {report.override} by override still counts."
    elif option_id == UNKNOWN:
        outcome = f"{report.name} stays as it is: {says}."
    else:
        outcome = f"{report.name} is rated {says} now."
    return {
        "text": f"Thank you. {outcome}",
        "blocks": [
            section(f"*A question about {report.name}:* {literal(ask)}"),
            rich(["You answered: ", bold(given)]),
            section(f"Thank you. {outcome}"),
        ],
    }


def told_reporter(told_of: Telling) -> Message:
    """The direct message to the reporter once it is filed."""
    report, verdict, bar = told_of.report, told_of.verdict, told_of.bar
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
        *care.buttons(report, choices(Viewer(report.workspace, report.reporter), report), can_ask=False),
    ]
    text = f"{intro} {words.headline(report)}: {literal(report.title, 400)}. {told}"
    return {"text": text, "blocks": blocks}


def _restricted_card(report: Report) -> Message:
    text = f"{report.name} · Restricted report"
    blocks: list[Block] = [
        header(text),
        section("Only its reporter, the people named on it and the triagers can read it."),
        # No button that depends on the state: that would be more than the number.
        actions(
            f"card.{report.version}",
            button("Show", SHOW, str(report.number), label=f"Show {report.name} to me alone"),
            button("Why", WHY, str(report.number), label=f"Why {report.name} is rated so"),
        ),
    ]
    return {"text": text, "blocks": blocks}


def _rated(told: Telling) -> list[Block]:
    """Why it counts as it does: what the bar says, and beside it what a triager said instead."""
    report = told.report
    reason = _reason(report, told.verdict, told.bar)
    if report.override is None:
        return [section(reason)]
    says = words.severity_words(report.severity, report.severity_low)
    by: list[Part] = [bold(f"{report.override} by override")]
    if told.overridden is not None:
        by += [" of ", user(told.overridden.actor), f": {clip(told.overridden.reason, REASON_ON_CARD)}"]
    return [rich(by), section(f"*The bar says {says}.* {reason}")]


def _reason(report: Report, verdict: Verdict, bar: BugBar) -> str:
    if report.severity is None:
        return " ".join(words.route_lines(bar, verdict)[:1])
    settles = words.settles(bar, verdict)
    return f"{verdict.reason} {settles}".rstrip()


def _threat_name(bar: BugBar, report: Report) -> str:
    return next((threat.name for threat in bar.threats if threat.id == report.threat), "none")


__all__ = ["ANSWER", "SHOW", "WHY", "card", "question", "thread_entry", "told_change", "told_reporter"]
