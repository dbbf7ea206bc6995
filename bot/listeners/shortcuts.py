"""The shortcuts: report a bug from anywhere, or from a message that tells of one."""

import re
from collections.abc import Mapping
from typing import Any

from bot.answer import Answer, Body
from bot.context import Context
from bot.gateway import SlackFault
from bot.listeners.dialog import Dialog
from bot.render import screens
from bot.render.text import as_typed, clip
from triage.errors import MlbugError
from triage.reports import DESCRIPTION_MAX, TITLE_MAX, Entries

NOT_IN_THREAD = (
    "mlbug is not in this channel, so it can’t answer in this message’s thread: you hear of the report in a direct message. "
    "To have it answer here, type /invite @mlbug."
)
ON_MESSAGE = "triage_message"
_LABELLED = re.compile(r"<((?:https?|mailto):[^<>|]+)\|([^<>]+)>")
_BARE = re.compile(r"<((?:https?|mailto):[^<>|]+)>")


class Shortcuts:
    """Both shortcuts' listener."""

    def __init__(self, context: Context, dialog: Dialog) -> None:
        self._x = context
        self._dialog = dialog

    def started(self, body: Body) -> Answer:
        """Open the dialog; from a message with its words in it, and with the link to it kept."""
        if body.get("callback_id") != ON_MESSAGE:
            return self._dialog.open(body)
        viewer = self._x.viewer(body)
        message, channel = body["message"], str(body["channel"]["id"])
        entries = entries_of(message)
        draft_id = self._x.new_id()
        opened = self._dialog.open(body, entries=entries, draft_id=draft_id)

        def keep_link() -> None:
            """After the dialog has been opened, since that cannot wait; the draft may have been saved meanwhile."""
            try:
                link = self._x.gateway.permalink(viewer.workspace, channel, str(message["ts"]))
                self._x.desk.keep_source(viewer, draft_id, entries, link)
                if not self._x.gateway.channel(viewer.workspace, channel).get("is_member"):
                    self._x.whisper(body, NOT_IN_THREAD)
            except SlackFault as fault:
                self._x.whisper(
                    body, f"The link to the message could not be kept ({fault.error}). The report goes on without."
                )
            except MlbugError as told:
                self._x.whisper(body, told.message)

        def job() -> None:
            for step in opened.then:
                step()
            keep_link()

        return Answer(opened.ack, (job,))

    def excuse(self, body: Body, sentence: str) -> Answer:
        """A shortcut has no place of its own: an error is said in a dialog."""
        trigger = str(body.get("trigger_id", ""))
        return Answer(
            then=(lambda: self._x.gateway.open_view(self._x.home(body), trigger, screens.notice_only(sentence)),)
        )


def entries_of(message: Mapping[str, Any]) -> Entries:
    """What a message says, as a new report's title and description."""
    text = plain_words(str(message.get("text") or ""))
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return Entries(title=clip(" ".join(first.split()), TITLE_MAX), description=clip(text.strip(), DESCRIPTION_MAX))


def plain_words(text: str) -> str:
    """A message's text as people read it: links with their labels, entities as characters."""
    labelled = _LABELLED.sub(lambda m: m[2] if m[2] in m[1] else f"{m[2]} ({m[1]})", text)
    return as_typed(_BARE.sub(r"\1", labelled))
