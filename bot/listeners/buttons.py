"""Clicks: one table from action id to handler, for messages and dialogs alike. Fields of the dialog are clicks as well."""

from collections.abc import Mapping

from bot.answer import Answer, Body, Handler
from bot.context import Context
from bot.gateway import SlackFault
from bot.listeners.care import CareButtons
from bot.listeners.dialog import TOO_LATE, Dialog
from bot.render import screens
from bot.render.answers import EDIT_FILED
from bot.render.blocks import option
from bot.render.card import ANSWER, WHY
from bot.render.care import EARLIER
from bot.render.screens import BACK, DISCARD, RESUME, SYSTEM
from bot.render.text import one_line
from bot.render.verdict import EDIT, why_view
from triage.errors import MlbugError
from triage.reports import SYSTEM_MAX


class Buttons:
    """The listeners of clicks and of the type-ahead."""

    def __init__(
        self,
        context: Context,
        dialog: Dialog,
        care: CareButtons,
        more: Mapping[str, Handler],
        suggesting: Mapping[str, Handler],
    ) -> None:
        self._x = context
        self._dialog = dialog
        self._care = care
        self.by_suggestion: dict[str, Handler] = {SYSTEM: self.systems, EARLIER: care.earlier, **suggesting}
        self.by_action: dict[str, Handler] = {
            WHY: self.why,
            EDIT_FILED: lambda body: dialog.edit(body, int(body["actions"][0]["value"])),
            EDIT: dialog.edit_here,
            BACK: dialog.back,
            RESUME: dialog.resume,
            DISCARD: dialog.discard,
            **care.by_action,
            **more,
        }

    def clicked(self, body: Body) -> Answer:
        """Find the handler; a field of a screen is kept; what nobody knows any more (an old message) is told so."""
        action = body["actions"][0]["action_id"]
        if handler := self.by_action.get(action):
            return handler(body)
        if action.startswith(f"{ANSWER}:"):
            return self._care.answered(body)
        if str((body.get("view") or {}).get("callback_id", "")).startswith("screen:"):
            return self._dialog.touched(body)
        return self.excuse(
            body, "This button belongs to an older version of mlbug. Type /mlbug help for what there is."
        )

    def why(self, body: Body) -> Answer:
        """Explain a report's verdict in a dialog, or say in it why not."""
        viewer = self._x.viewer(body)
        number = int(body["actions"][0]["value"])

        def job() -> None:
            try:
                view = why_view(self._x.desk.why(viewer, number), viewer, self._x.here(viewer))
            except MlbugError as told:
                view = screens.notice_only(told.message)
            try:
                self._x.open_dialog(viewer, body, view)
            except SlackFault:
                self._x.whisper(body, TOO_LATE.replace("Type /mlbug again", "Press the button again"))

        return Answer(then=(job,))

    def suggested(self, body: Body) -> Answer:
        """What a type-ahead offers; nothing where nobody knows it any more."""
        handler = self.by_suggestion.get(str(body.get("action_id")))
        return handler(body) if handler else Answer({"options": []})

    def systems(self, body: Body) -> Answer:
        """Systems seen before that the person may see, and what was typed as a new one."""
        typed = one_line(str(body.get("value") or ""), SYSTEM_MAX)
        seen = self._x.desk.systems(self._x.viewer(body), typed)
        options = [option(name, name) for name in seen]
        if typed and typed.casefold() not in {name.casefold() for name in seen}:
            options.append(option(typed, typed, "Add as a new system"))
        return Answer({"options": options})

    def no_suggestions(self, body: Body, sentence: str) -> Answer:
        """The type-ahead has no place for an error; an empty list lets the person go on."""
        del body, sentence
        return Answer({"options": []})

    def excuse(self, body: Body, sentence: str) -> Answer:
        """An error on a click: over the dialog, or under the message for the clicker alone."""
        view = body.get("view") or {}
        if view.get("type") == "home":
            trigger = str(body.get("trigger_id", ""))
            notice = screens.notice_only(sentence)
            return Answer(then=(lambda: self._x.gateway.open_view(self._x.home(body), trigger, notice),))
        if view:
            return self._dialog.excuse_click(body, sentence)
        return Answer(then=(lambda: self._x.whisper(body, sentence),))
