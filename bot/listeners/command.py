"""`/mlbug …`: answers in the ack where that is enough, opens the dialog otherwise."""

from typing import Any

from bot.answer import Answer, Body
from bot.commands import Verb, parse
from bot.context import Context
from bot.listeners.dialog import Dialog
from bot.listeners.reports import Reports
from bot.render import answers
from bot.render.text import as_typed
from triage.bar import BugBar, Threat

NO_NUMBER = "Write the report’s number behind it, like “/mlbug {verb} ML-42”."


class Command:
    """The slash command's listener."""

    def __init__(self, context: Context, dialog: Dialog) -> None:
        self._x = context
        self._dialog = dialog
        self._reports = Reports(context)

    def typed(self, body: Body) -> Answer:  # noqa: PLR0911 - one a command
        """Answer one command."""
        typed = parse(as_typed(str(body.get("text") or "")))
        desk = self._x.desk
        match typed.verb:
            case Verb.REPORT:
                return self._dialog.open(body, typed.text)
            case Verb.SHOW | Verb.WHY if typed.number is None:
                return _told(answers.sentence(NO_NUMBER.format(verb=typed.verb)))
            case Verb.SHOW:
                viewer = self._x.viewer(body)
                explained = desk.why(viewer, typed.number or 0)
                return _told(answers.show(explained, desk.history(viewer, typed.number or 0), viewer))
            case Verb.WHY:
                return _told(answers.why(desk.why(self._x.viewer(body), typed.number or 0)))
            case Verb.FIGURES:
                return self._reports.report(body, typed.text)
            case Verb.DIGEST:
                return self._reports.preview(body)
            case Verb.BAR:
                return _told(_bar(desk.bar, typed.text))
            case Verb.HELP:
                return _told(answers.help_text())

    def excuse(self, body: Body, sentence: str) -> Answer:
        """An error, told to the person alone."""
        del body
        return _told(answers.sentence(sentence))


def _bar(bar: BugBar, typed: str) -> dict[str, Any]:
    if not typed:
        return answers.the_bar(bar)
    threat = find_threat(bar, typed)
    return answers.one_threat(threat) if threat else answers.no_such_threat(bar, typed)


def find_threat(bar: BugBar, typed: str) -> Threat | None:
    """The threat that somebody means: by id, code or name, or the only one whose name contains the words."""
    asked = typed.casefold().replace("_", " ").strip()
    exact = [t for t in bar.threats if asked in {t.id.replace("_", " "), t.code.casefold(), t.name.casefold()}]
    close = exact or [t for t in bar.threats if all(word in f"{t.name} {t.id}".casefold() for word in asked.split())]
    return close[0] if len(close) == 1 or exact else None


def _told(message: dict[str, Any]) -> Answer:
    return Answer({"response_type": "ephemeral"} | message)
