"""Whether a bar's texts fit the dialog that asks them: Slack's limits, and six inputs on one screen.

The numbers are Slack's documented ones: 75 characters for the text and the description of an option, 2,000 for the label
and the hint of an input, 10 choices in a list of radio buttons. A screen's JSON has to stay below 20 kB, because a larger
answer over Socket Mode is dropped without a word; 3 kB of that are left to what surrounds the questions.
"""

import json
from collections.abc import Iterator

from triage.bar_parts import UNKNOWN, UNKNOWN_HELP, UNKNOWN_LABEL, BugBar, Gate, Option, Question, Threat
from triage.problem import Problem

OPTION_LABEL_MAX = 75
OPTION_HELP_MAX = 75
ASK_MAX = 2000
HINT_MAX = 2000
OPTIONS_MAX = 9  # and "I don't know" makes ten
QUESTIONS_MAX = 5  # and the variant makes six inputs
THREATS_MAX = 99  # and "Not sure" makes the hundred of a select
VARIANTS_MAX = 99
SCREEN_BYTES_MAX = 17_000


def problems(bar: BugBar) -> Iterator[Problem]:
    """Yield what is too long outside the threats; ``threat_problems`` does the threats."""
    for gate in bar.gates:
        yield from _asked(gate, gate.id)
    for question in bar.urgency.questions:
        yield from _asked(question, f"urgency.{question.id}")
    for failure_mode in bar.failure_modes:
        where = f"failure_modes.{failure_mode.id}"
        yield from _too_long(where, "label", failure_mode.label, OPTION_LABEL_MAX)
        yield from _too_long(where, "help", failure_mode.help, OPTION_HELP_MAX)
    if len(bar.threats) > THREATS_MAX:
        yield _problem("threats", f"There are {len(bar.threats)} threats; a list holds {THREATS_MAX}.")


def threat_problems(threat: Threat) -> Iterator[Problem]:
    """Yield what of a threat is too long for its screen."""
    yield from _too_long(threat.id, "name", threat.name, OPTION_LABEL_MAX)
    yield from _too_long(threat.id, "help", threat.help, OPTION_HELP_MAX)
    for variant in threat.variants:
        yield from _option(variant, f"{threat.id}.{variant.id}")
    if len(threat.variants) > VARIANTS_MAX:
        yield _problem(threat.id, f"There are {len(threat.variants)} variants; a list holds {VARIANTS_MAX}.")
    for question in threat.questions:
        yield from _asked(question, f"{threat.id}.{question.id}")
    if len(threat.questions) > QUESTIONS_MAX:
        yield _problem(
            threat.id, f"There are {len(threat.questions)} questions; one screen holds {QUESTIONS_MAX} and the variant."
        )
    size = screen_bytes(threat)
    if size > SCREEN_BYTES_MAX:
        yield _problem(
            threat.id, f"The screen of questions takes {size:,} bytes; shorten its texts to {SCREEN_BYTES_MAX:,}."
        )


def screen_bytes(threat: Threat) -> int:
    """Return the size in bytes of the JSON of a threat's screen of questions, variant list included."""
    inputs = [_input(question.id, question.ask, question.hint, question.options) for question in threat.questions]
    inputs.append(_input("variant", threat.name, threat.summary, threat.variants))
    return len(json.dumps(inputs))


def _input(name: str, ask: str, hint: str | None, options: tuple[Option, ...]) -> object:
    choices = [(option.id, option.label, option.help) for option in options]
    return {
        "type": "input",
        "block_id": f"question:{name}",
        "label": _plain(ask),
        "hint": _plain(hint or ""),
        "optional": False,
        "element": {
            "type": "radio_buttons",
            "action_id": f"answer:{name}",
            "options": [
                {"text": _plain(label), "value": option_id, "description": _plain(text)}
                for option_id, label, text in (*choices, (UNKNOWN, UNKNOWN_LABEL, UNKNOWN_HELP))
            ],
            "initial_option": {"text": _plain("x" * 75), "value": "x" * 20, "description": _plain("x" * 75)},
        },
    }


def _plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _asked(asked: Gate | Question, where: str) -> Iterator[Problem]:
    yield from _too_long(where, "ask", asked.ask, ASK_MAX)
    yield from _too_long(where, "hint", asked.hint or "", HINT_MAX)
    if len(asked.options) > OPTIONS_MAX:
        yield _problem(where, f"There are {len(asked.options)} options; a list of buttons holds {OPTIONS_MAX}.")
    for option in asked.options:
        yield from _option(option, f"{where}.{option.id}")


def _option(option: Option, where: str) -> Iterator[Problem]:
    yield from _too_long(where, "label", option.label, OPTION_LABEL_MAX)
    yield from _too_long(where, "help", option.help, OPTION_HELP_MAX)


def _too_long(where: str, what: str, text: str, limit: int) -> Iterator[Problem]:
    if len(text) > limit:
        yield _problem(where, f"The {what} has {len(text)} characters; shorten it to {limit}: “{text[:40]}…”")


def _problem(where: str, message: str) -> Problem:
    return Problem("too-long-for-slack", where, message)
