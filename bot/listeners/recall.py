"""Earlier reports: "Same Thing" on the second screen, questions by command, mention and direct message, and their thumbs."""

from bot.answer import Answer, Body, Handler
from bot.context import Context
from bot.listeners.dialog import Dialog
from bot.render import recall
from bot.render.recall import DIFFERENT, FEEDBACK, HELPED, REPORT_ASKED, SAME
from bot.render.text import as_typed


class Recall:
    """The listeners of what the history answers."""

    def __init__(self, context: Context, dialog: Dialog) -> None:
        self._x = context
        self._dialog = dialog
        self.by_action: dict[str, Handler] = {
            SAME: self.same,
            DIFFERENT: self.different,
            FEEDBACK: self.rated,
            REPORT_ASKED: lambda body: dialog.open(body, str(body["actions"][0].get("value", "")).strip()),
        }

    def asked(self, body: Body, question: str) -> Answer:
        """`/mlbug ask …`: the answer is the ack, for the asker alone."""
        if not question.strip():
            return Answer({"response_type": "ephemeral"} | recall.empty_question())
        viewer = self._x.viewer(body)
        recalled = self._x.recalling.ask(viewer, question)
        bar = self._x.recalling.bar_of(viewer.workspace)
        return Answer({"response_type": "ephemeral"} | recall.answer(recalled, bar))

    def same(self, body: Body) -> Answer:
        """The draft is a repeat: file it so, and show whose verdict holds."""
        viewer = self._x.viewer(body)
        earlier = int(body["actions"][0]["value"])
        report = self._x.recalling.same(viewer, body["view"]["private_metadata"], earlier)
        self._x.nudge()
        view = recall.linked_view(report, self._x.recalling.of(viewer, report.duplicate_of or earlier))
        return self._dialog.change(body, view)

    def different(self, body: Body) -> Answer:
        """Not the same after all: back to the questions."""
        draft, screen = self._x.recalling.different(self._x.viewer(body), int(body["actions"][0]["value"]))
        self._x.nudge()
        return self._dialog.turn_to(body, draft, screen)

    def mentioned(self, body: Body) -> Answer:
        """Somebody mentions mlbug: answered in the thread, from what everybody there may see."""
        return self._queue(body, aloud=True)

    def written(self, body: Body) -> Answer:
        """Somebody writes to mlbug directly: answered there, from what they may see themselves."""
        event = body["event"]
        if event.get("channel_type") != "im" or event.get("subtype") or event.get("bot_id"):
            return Answer()
        return self._queue(body, aloud=False)

    def rated(self, body: Body) -> Answer:
        """A thumb under an answer: counted, one a person and answer; the last one counts."""
        viewer = self._x.viewer(body)
        message = body.get("message") or {}
        about = f"{(body.get('channel') or {}).get('id', '')}:{message.get('ts', '')}"
        helped = body["actions"][0].get("value") == HELPED
        self._x.recalling.rate(viewer, about, helped=helped)
        thanks = (
            "Thank you; it is counted." if helped else "Thank you; it is counted. Report it, and a triager answers."
        )
        return Answer(then=(lambda: self._x.whisper(body, thanks),))

    def excuse_event(self, body: Body, sentence: str) -> Answer:
        """An error on a message: said to its writer alone."""
        event = body["event"]
        channel, user = str(event.get("channel", "")), str(event.get("user", ""))
        message = {"text": sentence}
        return Answer(then=(lambda: self._x.gateway.whisper(self._x.home(body), channel, user, message),))

    def _queue(self, body: Body, *, aloud: bool) -> Answer:
        event, viewer = body["event"], self._x.viewer(body)
        question = _without_mentions(as_typed(str(event.get("text") or "")))
        ts = str(event.get("ts", ""))
        key = f"{event.get('channel', '')}:{ts}"  # the message's own, so that a repeated delivery is answered once
        thread = str(event.get("thread_ts") or ts)
        self._x.recalling.asked(viewer, question, key, str(event.get("channel", "")), thread, aloud=aloud)
        self._x.nudge()
        return Answer()


def _without_mentions(text: str) -> str:
    """`<@U1> what about …` -> `what about …`: whom it was said to is no part of the question."""
    return " ".join(word for word in text.split() if not (word.startswith("<@") and ">" in word))
