"""The screens of the dialog, each a pure function of the bar and of what was entered so far.

Names on the wire: `callback_id` is `screen:<step>[:<threat>]`, `private_metadata` the draft's id, a field's action id its name
or `q.<threat>.<question>`, its block id the same with the draft's id behind it (see `blocks.entry`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.render.blocks import (
    Block,
    actions,
    button,
    context,
    entry,
    modal,
    mrkdwn,
    option,
    plain,
    radios,
    rich,
    section,
    select,
)
from bot.render.recall import seen_before
from bot.render.text import one_line
from triage.bar import UNKNOWN, UNKNOWN_HELP, UNKNOWN_LABEL, BugBar, Gate, Question, Threat
from triage.interview import Screen
from triage.recalling import Remembered
from triage.reports import DESCRIPTION_MAX, TITLE_MAX, UNSURE, Draft, Entries, Step
from triage.suggest import Suggestion

TITLE = "Report an ML bug"
BACK = "back"
RESUME = "resume"
DISCARD = "discard"
SYSTEM = "system"
RESTRICT = "restrict"
RESTRICTED = "restricted"
UNSURE_LABEL = "Not sure, help me choose"
NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen is made from."""

    bar: BugBar
    draft_id: str
    entries: Entries
    suggestions: Sequence[Suggestion] = ()
    unfinished: Draft | None = None
    notice: str = ""
    seen: Sequence[Remembered] = ()
    report: str = ""  # the report's name, where a filed one is edited


def callback_id(screen: Screen) -> str:
    """`screen:questions:data_poisoning`."""
    return ":".join(part for part in ("screen", screen.step, screen.threat) if part)


def screen_of(callback: str) -> Screen:
    """The screen that `callback_id` names. Raises ValueError on anything else."""
    kind, _, rest = callback.partition(":")
    if kind != "screen":
        raise ValueError(f"{callback} names no screen")
    step, _, threat = rest.partition(":")
    return Screen(Step(step), threat)


def render(screen: Screen, shown: Shown) -> Block:
    """The modal for a screen."""
    match screen.step:
        case Step.WHAT:
            return what(shown)
        case Step.GATES:
            return gates(shown)
        case Step.FAILURE:
            return failure(shown)
        case _:
            return questions(shown, shown.bar.threat(screen.threat))


def what(shown: Shown) -> Block:
    """First screen: what happened."""
    entries, form = shown.entries, shown.draft_id
    threats = [option(t.name, t.id, t.help) for t in shown.bar.threats]
    system: Block = {
        "type": "external_select",
        "placeholder": plain("Type to find or add one"),
        "min_query_length": 0,
    }
    if entries.system:
        system["initial_option"] = option(entries.system, entries.system)
    restrict: Block = {"type": "checkboxes", "options": [_restrict_option()]}
    if entries.restricted:
        restrict["initial_options"] = [_restrict_option()]
    blocks = [
        *_notice(shown),
        *_unfinished(shown),
        entry("title", form, "Title", _typed(entries.title, TITLE_MAX), hint="What is attacked, and what happens."),
        entry(
            "description",
            form,
            "Description",
            _typed(entries.description, DESCRIPTION_MAX, multiline=True),
            hint="What you saw, and how somebody else can see it too. No secrets or personal data.",
        ),
        entry(SYSTEM, form, "Affected system", system, optional=True),
        entry(
            "threat",
            form,
            "Which threat is it?",
            select([*threats, option(UNSURE_LABEL, UNSURE)], entries.threat, placeholder="Choose a threat"),
            hint=shown.bar.choosing,
            dispatch=True,
        ),
        entry(
            "second",
            form,
            "A second threat",
            select(threats, entries.second, placeholder="None"),
            hint="Only if the attack goes on into another one. The report gets the higher severity.",
            optional=True,
        ),
        entry(RESTRICT, form, "Who may read it", restrict, optional=True),
    ]
    return _screen(Screen(Step.WHAT), shown, TITLE, blocks)


def gates(shown: Shown) -> Block:
    """Second screen: does the bar apply; and for somebody unsure, which threat."""
    entries = shown.entries
    blocks = [*_notice(shown), *seen_before(shown.seen)]
    blocks += [_radio_entry(gate.id, shown, gate, entries.gates.get(gate.id, "")) for gate in shown.bar.gates]
    blocks += [_radio_entry(q.id, shown, q, entries.urgency.get(q.id, "")) for q in shown.bar.urgency.questions]
    if entries.threat == UNSURE:
        blocks.extend(_choose(shown))
    blocks.append(_back())
    return _screen(Screen(Step.GATES), shown, "Does the bar apply?", blocks)


def failure(shown: Shown) -> Block:
    """For an accident: what kind of failure it was."""
    options = [option(mode.label, mode.id, mode.help) for mode in shown.bar.failure_modes]
    options.append(option(UNKNOWN_LABEL, UNKNOWN))
    blocks = [
        *_notice(shown),
        section(
            "The bar rates what people do on purpose. An accident, however grave, belongs to the quality and safety queue. "
            "Say what kind it was, and the report goes there."
        ),
        entry(
            "failure_mode", shown.draft_id, "What kind of failure was it?", radios(options, shown.entries.failure_mode)
        ),
        _back(),
    ]
    return _screen(Screen(Step.FAILURE), shown, "What kind of failure?", blocks, submit=_last_word(shown))


def questions(shown: Shown, threat: Threat) -> Block:
    """Third screen: the questions of one threat."""
    entries = shown.entries
    answers = entries.answers.get(threat.id, {})
    blocks: list[Block] = [*_notice(shown), section(f"*{threat.name}.* {threat.summary}")]
    if threat.variants:
        variants = [option(v.label, v.id, v.help) for v in threat.variants]
        chosen = entries.variants.get(threat.id, "")
        blocks.append(
            entry(
                f"variant.{threat.id}",
                shown.draft_id,
                "Which kind?",
                select(variants, chosen, placeholder="Choose the closest"),
                hint="Does not change the severity.",
                optional=True,
            )
        )
    blocks += [
        _radio_entry(f"q.{threat.id}.{question.id}", shown, question, answers.get(question.id, ""))
        for question in threat.questions
    ]
    blocks.append(_back())
    return _screen(Screen(Step.QUESTIONS, threat.id), shown, "How bad is it?", blocks, submit=_last_word(shown, threat))


def busy(name: str) -> Block:
    """Shown for a moment while Slack is asked; `name` is the id by which it is replaced (see `Context.settle`)."""
    return modal("mlbug", [section("One moment…")], callback_id="busy") | {"external_id": name}


def apology(sentence: str) -> Block:
    """Laid over a screen when it could not be taken: closing it leads back to what was typed."""
    blocks = [rich([sentence]), section("What you entered is still there: go back to it.")]
    return modal("Not saved", blocks, callback_id="apology", close="Back")


def notice_only(sentence: str) -> Block:
    """A dialog that says one thing."""
    return modal("mlbug", [rich([sentence])], callback_id="notice")


def shown(title: str, blocks: Sequence[Block]) -> Block:
    """A dialog that shows something."""
    return modal(title, blocks, callback_id="shown")


def _screen(screen: Screen, shown: Shown, title: str, blocks: Sequence[Block], submit: str = "Next") -> Block:
    return modal(
        title,
        blocks,
        callback_id=callback_id(screen),
        metadata=shown.draft_id,
        submit=submit,
        notify_on_close=True,
    )


def _last_word(shown: Shown, threat: Threat | None = None) -> str:
    """The button that ends a screen: `Next` while another threat is to be asked."""
    entries = shown.entries
    open_threats = [t for t in entries.threats if t not in entries.asked and (threat is None or t != threat.id)]
    if threat is not None and open_threats:
        return "Next"
    return "Save Changes" if shown.report else "File Report"


def _radio_entry(name: str, shown: Shown, asked: Gate | Question, chosen: str) -> Block:
    options = [option(o.label, o.id, o.help) for o in asked.options]
    options.append(option(UNKNOWN_LABEL, UNKNOWN, UNKNOWN_HELP))
    return entry(name, shown.draft_id, asked.ask, radios(options, chosen), hint=asked.hint or "", dispatch=True)


def _choose(shown: Shown) -> list[Block]:
    """The three likeliest threats with a line each why, and a select with those three first."""
    likely = [s.threat for s in shown.suggestions]
    ordered = sorted(shown.bar.threats, key=lambda t: likely.index(t.id) if t.id in likely else len(likely))
    options = [option(t.name, t.id, t.help) for t in ordered]
    chosen = shown.entries.chosen or (likely[0] if likely else "")
    words = [
        section("*Which threat?* Your description looks most like these:")
        if likely
        else section("*Which threat?* Your description fits none of them clearly. Choose the closest.")
    ]
    rows = [
        rich([{"type": "text", "text": shown.bar.threat(s.threat).name, "style": {"bold": True}}, f": {s.reason}"])
        for s in shown.suggestions
    ]
    pick = entry(
        "chosen", shown.draft_id, "The threat that fits best", select(options, chosen, placeholder="Choose a threat")
    )
    return [*words, *rows, pick]


def _unfinished(shown: Shown) -> list[Block]:
    draft = shown.unfinished
    if draft is None:
        return []
    title = one_line(draft.entries.title, 100) or "without a title yet"
    when = f"<!date^{int(draft.updated_at.timestamp())}^{{date_short_pretty}} {{time}}|{draft.updated_at:%Y-%m-%d %H:%M} UTC>"
    return [
        rich([{"type": "text", "text": "You have an unfinished draft: ", "style": {"bold": True}}, title]),
        {"type": "context", "elements": [mrkdwn(f"Saved {when}. Or go on below to begin a new one.")]},
        actions("unfinished", button("Resume Draft", RESUME, draft.id), button("Discard Draft", DISCARD, draft.id)),
        {"type": "divider"},
    ]


def _notice(shown: Shown) -> list[Block]:
    return [section(f"*{shown.notice}*", block_id=NOTICE)] if shown.notice else []


def _back() -> Block:
    return actions("way", button("Back", BACK))


def _restrict_option() -> Block:
    return option("Restricted", RESTRICTED, "Only you, people you name and the triagers see more than its number.")


def _typed(text: str, limit: int, *, multiline: bool = False) -> Block:
    element: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": limit}
    return element | {"initial_value": text[:limit]} if text else element


__all__ = ["Shown", "apology", "busy", "callback_id", "context", "notice_only", "render", "screen_of", "shown", "what"]
