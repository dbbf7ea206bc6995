"""What a screen of the dialog brings in: merged into the draft's entries, and checked field by field."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triage.bar import UNKNOWN, BugBar, GateOption, Option
from triage.errors import FieldErrors
from triage.interview import GATE_IDS, Screen
from triage.reports import DESCRIPTION_MAX, SYSTEM_MAX, TITLE_MAX, UNSURE, Entries, Step


@dataclass(frozen=True, slots=True)
class Entered:
    """The fields of one screen, by name. `texts` are typed, `choices` are ids, `answers` are the questions' options."""

    texts: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""
    restricted: bool | None = None


def merge(entries: Entries, screen: Screen, entered: Entered, *, submitted: bool) -> Entries:
    """The entries with one screen's fields put in; text is trimmed at its ends, nothing else is changed."""
    changes: dict[str, object] = {}
    match screen.step:
        case Step.WHAT:
            changes = {name: text.strip() for name, text in entered.texts.items()}
            changes |= {name: entered.choices[name] for name in ("threat", "second") if name in entered.choices}
            if entered.restricted is not None:
                changes["restricted"] = entered.restricted
        case Step.GATES:
            changes["gates"] = entries.gates | {g: entered.choices[g] for g in GATE_IDS if g in entered.choices}
            urgency = {u: entered.choices[u] for u in ("maturity", "detect") if u in entered.choices}
            changes["urgency"] = entries.urgency | urgency
            if "chosen" in entered.choices:
                changes["chosen"] = entered.choices["chosen"]
        case Step.FAILURE:
            changes["failure_mode"] = entered.choices.get("failure_mode", entries.failure_mode)
        case Step.QUESTIONS:
            threat = screen.threat
            changes["answers"] = entries.answers | {threat: entries.answers.get(threat, {}) | dict(entered.answers)}
            if entered.variant:
                changes["variants"] = entries.variants | {threat: entered.variant}
            if submitted:
                changes["asked"] = tuple(dict.fromkeys((*entries.asked, threat)))
    return entries.model_copy(update=changes)


def check(bar: BugBar, entries: Entries, screen: Screen) -> None:
    """Raise `FieldErrors` with one sentence a field where the screen can't be taken as it is."""
    problems: dict[str, str] = {}
    match screen.step:
        case Step.WHAT:
            problems = _check_what(bar, entries)
        case Step.GATES:
            for gate in bar.gates:
                if not _is_option(gate.options, entries.gates.get(gate.id, "")):
                    problems[gate.id] = "Choose an answer. “I don’t know” is one."
            if entries.threat == UNSURE and not _is_threat(bar, entries.chosen):
                problems["chosen"] = "Choose the threat that fits best. You can change it later."
        case Step.QUESTIONS:
            threat = bar.threat(screen.threat)
            for question in threat.questions:
                if not _is_option(question.options, entries.answers.get(threat.id, {}).get(question.id, UNKNOWN)):
                    problems[question.id] = "This answer is not on the list any more. Choose again."
        case _:
            pass
    if problems:
        raise FieldErrors(problems)


def _check_what(bar: BugBar, entries: Entries) -> dict[str, str]:
    problems: dict[str, str] = {}
    if _is_blank(entries.title):
        problems["title"] = "Give the report a title: what is attacked, and what happens."
    elif len(entries.title) > TITLE_MAX:
        problems["title"] = f"Shorten the title to {TITLE_MAX} characters; it has {len(entries.title)}."
    if _is_blank(entries.description):
        problems["description"] = "Describe what you saw, so that somebody else can see it too."
    elif len(entries.description) > DESCRIPTION_MAX:
        length = len(entries.description)
        problems["description"] = f"Shorten the description to {DESCRIPTION_MAX} characters; it has {length}."
    if len(entries.system) > SYSTEM_MAX:
        problems["system"] = f"Shorten the system’s name to {SYSTEM_MAX} characters."
    if entries.threat != UNSURE and not _is_threat(bar, entries.threat):
        problems["threat"] = "Choose a threat, or “Not sure, help me choose”."
    if entries.second and entries.second == entries.threat:
        problems["second"] = "This is the same threat as above. Choose another one, or leave it empty."
    return problems


def _is_threat(bar: BugBar, threat_id: str) -> bool:
    return any(threat.id == threat_id for threat in bar.threats)


def _is_option(options: Sequence[Option | GateOption], answer: str) -> bool:
    return answer == UNKNOWN or any(option.id == answer for option in options)


def _is_blank(text: str) -> bool:
    """Whether nothing of `text` would be seen: only spaces, controls and invisible characters."""
    return all(unicodedata.category(char)[0] in "ZC" for char in text)
