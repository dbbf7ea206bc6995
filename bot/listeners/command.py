"""`/mlbug …`: answers in the ack where that is enough, opens the dialog otherwise."""

from typing import TYPE_CHECKING, Any

from bot.answer import Answer, Body
from bot.commands import Typed, Verb, parse
from bot.context import Context
from bot.listeners.dialog import Dialog
from bot.listeners.export import Export
from bot.listeners.lists import ReportLists, find_threat
from bot.listeners.recall import Recall
from bot.listeners.reports import Reports
from bot.listeners.settings import SettingsDialog
from bot.render import answers
from bot.render.text import as_typed
from triage.bar import BugBar

if TYPE_CHECKING:
    from collections.abc import Callable

NO_NUMBER = "Write the report’s number behind it, like “/mlbug {verb} ML-42”."


class Command:
    """The slash command's listener."""

    def __init__(
        self, context: Context, dialog: Dialog, lists: ReportLists, settings: SettingsDialog, recall: Recall
    ) -> None:
        self._x = context
        self._dialog = dialog
        self._reports = Reports(context)
        self._export = Export(context)
        self._lists = lists
        self._settings = settings
        self._recall = recall

    def is_quick(self, body: Body) -> bool:
        """Whether `typed` waits for nothing: it opens the dialog after its ack, or tells the help, and all is in memory."""
        if body.get("command") is None:
            return False
        verb = parse(as_typed(str(body.get("text") or ""))).verb
        return verb is Verb.HELP or (verb is Verb.REPORT and self._x.is_at_hand(body))

    def typed(self, body: Body) -> Answer:
        """Answer one command."""
        typed = parse(as_typed(str(body.get("text") or "")))
        with_words: dict[Verb, Callable[[Body, str], Answer]] = {
            Verb.REPORT: self._dialog.open,
            Verb.ASK: self._recall.asked,
            Verb.FIGURES: self._reports.report,
            Verb.EXPORT: self._export.asked,
        }
        if typed.verb in with_words:
            return with_words[typed.verb](body, typed.text)
        match typed.verb:
            case Verb.SETTINGS:
                return self._settings.open(body)
            case Verb.DIGEST:
                return self._reports.preview(body)
            case _:
                return _told(self._message(body, typed))

    def _message(self, body: Body, typed: Typed) -> dict[str, Any]:
        """What is answered at once."""
        desk = self._x.desk
        match typed.verb:
            case Verb.SHOW | Verb.WHY if typed.number is None:
                message = answers.sentence(NO_NUMBER.format(verb=typed.verb))
            case Verb.SHOW:
                viewer = self._x.viewer(body)
                explained = desk.why(viewer, typed.number or 0)
                history = desk.history(viewer, typed.number or 0)
                message = answers.show(explained, history, viewer, self._x.here(viewer))
            case Verb.WHY:
                viewer = self._x.viewer(body)
                message = answers.why(desk.why(viewer, typed.number or 0), viewer, self._x.here(viewer))
            case Verb.LIST:
                message = self._lists.first(self._x.viewer(body), typed.text)
            case Verb.BAR:
                message = _bar(desk.bar_of(self._x.home(body)), typed.text)
            case _:
                message = answers.help_text()
        return message

    def excuse(self, body: Body, sentence: str) -> Answer:
        """An error, told to the person alone."""
        del body
        return _told(answers.sentence(sentence))


def _bar(bar: BugBar, typed: str) -> dict[str, Any]:
    if not typed:
        return answers.the_bar(bar)
    threat = find_threat(bar, typed)
    return answers.one_threat(threat) if threat else answers.no_such_threat(bar, typed)


def _told(message: dict[str, Any]) -> Answer:
    return Answer({"response_type": "ephemeral"} | message)
