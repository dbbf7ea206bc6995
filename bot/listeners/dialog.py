"""The dialog: opening it, taking its screens, going back, resuming, discarding, editing what was filed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from bot.answer import Answer, Body, Improvement
from bot.context import Context
from bot.gateway import RefusedBySlack, SlackFault
from bot.listeners.fields import entered, under_fields
from bot.render import screens
from bot.render.blocks import Block
from bot.render.screens import Shown, apology, callback_id, screen_of
from bot.render.verdict import verdict_view
from triage.access import Viewer
from triage.errors import FieldErrors, MlbugError, Unavailable
from triage.interview import Screen, previous_screen
from triage.recalling import Remembered
from triage.reports import TITLE_MAX, UNSURE, Draft, Entries, Step
from triage.suggest import suggest, with_reports

DELETED = "This draft was deleted in another window. Describe the bug again; the answers you just gave are kept."
TOO_LATE = "Slack gave the dialog too little time to open. Type /mlbug again."
CLOSED = "That window is closed by now. Type /mlbug again; what you entered is kept as a draft."

GATES = Screen(Step.GATES)


class Dialog:
    """The dialog's listeners, over what the composition root hands in."""

    def __init__(self, context: Context) -> None:
        self._x = context

    # -- opening ---------------------------------------------------------------------------------------------------

    def open(self, body: Body, text: str = "", *, entries: Entries | None = None, draft_id: str = "") -> Answer:
        """Ack at once; the dialog opens from the side pool, before anything else is asked of Slack.

        It begins with `entries`, else with what `text` makes of them, as the draft `draft_id`, else as a new one.
        """
        viewer = self._x.viewer(body)
        draft_id = draft_id or self._x.new_id()
        entries = entries or entries_from(text)

        def job() -> None:
            try:
                unfinished = self._x.desk.unfinished(viewer)
            except Unavailable:  # a person can begin to type while the store comes back; saving will tell
                unfinished = None
            shown = Shown(self._x.desk.bar_of(viewer.workspace), draft_id, entries, unfinished=unfinished)
            self._open(viewer, body, screens.what(shown))

        return Answer(then=(job,))

    def edit(self, body: Body, number: int) -> Answer:
        """Open a filed report's answers in a new dialog."""
        viewer = self._x.viewer(body)

        def job() -> None:
            try:
                draft, screen = self._x.desk.edit(viewer, number)
                view = self._render(screen, draft, seen=self._seen_before(viewer, draft, screen))
            except MlbugError as told:
                view = screens.notice_only(told.message)
            self._open(viewer, body, view)

        return Answer(then=(job,))

    # -- screens ---------------------------------------------------------------------------------------------------

    def submitted(self, body: Body) -> Answer:
        """Take a screen: saved before the ack, which carries the next one."""
        view = body["view"]
        viewer = self._x.viewer(body)
        screen = screen_of(view["callback_id"])
        try:
            outcome = self._x.desk.submit(viewer, view["private_metadata"], screen, entered(screen, view))
        except FieldErrors as wrong:
            return Answer(
                {"response_action": "errors", "errors": under_fields(screen, view["private_metadata"], wrong.fields)}
            )
        if outcome.explained is not None:
            self._x.nudge()
            return _update(verdict_view(outcome.explained, outcome.draft.id, self._x.here(viewer)))
        notice = DELETED if outcome.revived else ""
        next_view = self._render(outcome.screen, outcome.draft, notice)
        if outcome.screen.step is not Step.GATES:
            return _update(next_view)
        # The search costs more than the rest of the ack: the screen comes at once, what was seen before a moment later. Its
        # name is gone once the person is on another screen, and then nothing is put in anybody's way.
        name = self._x.new_id()
        better = self._with_seen_before(viewer, outcome.draft, name, notice)
        return Answer({"response_action": "update", "view": next_view | {"external_id": name}}, better=(better,))

    def _with_seen_before(self, viewer: Viewer, draft: Draft, name: str, notice: str) -> Improvement:
        """Puts what was seen before onto the gates, the screen named `name`."""

        @cache
        def found() -> Block | None:
            seen = self._seen_before(viewer, draft)
            return self._render(GATES, draft, notice, seen=seen) | {"external_id": name} if seen else None

        def improve() -> bool:
            view = found()
            return view is None or self._x.replaced(viewer.workspace, name, view)

        return improve

    def touched(self, body: Body) -> Answer:
        """A choice on a screen, not yet submitted: kept, so that a closed window loses nothing."""
        self._keep(body)
        return Answer()

    def closed(self, body: Body) -> Answer:
        """The window was closed: what Slack still tells of it is kept."""
        if _has_content(body["view"]):
            self._keep(body)
        return Answer()

    def back(self, body: Body) -> Answer:
        """Go one screen back, with what stands on this one kept."""
        draft, screen = self._keep(body)
        before = previous_screen(self._x.desk.bar_of(draft.workspace), draft.entries, screen)
        return self.turn_to(body, draft, before)

    def resume(self, body: Body) -> Answer:
        """Go on with an unfinished draft in the open window."""
        viewer = self._x.viewer(body)
        draft = self._x.desk.draft(viewer, _pressed(body))
        step = draft.step if draft.step in {Step.WHAT, Step.GATES, Step.FAILURE} else Step.WHAT
        screen = Screen(step)
        if draft.step is Step.QUESTIONS:
            screen = next(
                (Screen(Step.QUESTIONS, t) for t in draft.entries.threats if t not in draft.entries.asked),
                Screen(Step.GATES),
            )
        return self.turn_to(body, draft, screen)

    def discard(self, body: Body) -> Answer:
        """Delete the unfinished draft; the window stays open for a new one, with what was typed."""
        viewer = self._x.viewer(body)
        self._x.desk.discard(viewer, _pressed(body))
        view = body["view"]
        shown = Shown(
            self._x.desk.bar_of(viewer.workspace), view["private_metadata"], Entries(), notice="The draft was deleted."
        )
        return self.change(body, screens.what(shown))

    def edit_here(self, body: Body) -> Answer:
        """From the verdict back to the last questions, in the same window."""
        viewer = self._x.viewer(body)
        draft, screen = self._x.desk.edit(viewer, int(_pressed(body)))
        return self.turn_to(body, draft, screen)

    def excuse_screen(self, body: Body, sentence: str) -> Answer:
        """An error on submit: laid over the screen, so that what was typed stays under it."""
        del body
        return Answer({"response_action": "push", "view": apology(sentence)})

    def excuse_click(self, body: Body, sentence: str) -> Answer:
        """An error on a click inside a dialog: said in its place, on top of the dialog."""
        viewer = self._x.viewer(body)
        trigger = str(body.get("trigger_id", ""))

        def job() -> None:
            self._x.gateway.push_view(viewer.workspace, trigger, screens.notice_only(sentence))

        return Answer(then=(job,))

    # -- helpers ---------------------------------------------------------------------------------------------------

    def _open(self, viewer: Viewer, body: Body, view: Block) -> None:
        try:
            self._x.gateway.open_view(viewer.workspace, str(body["trigger_id"]), view)
        except SlackFault as fault:
            late = isinstance(fault, RefusedBySlack) and "trigger" in fault.error
            sentence = TOO_LATE if late else f"The dialog could not be opened ({fault.error}). Type /mlbug again."
            self._x.whisper(body, sentence)

    def _keep(self, body: Body) -> tuple[Draft, Screen]:
        view = body["view"]
        screen = screen_of(view["callback_id"])
        draft = self._x.desk.keep(self._x.viewer(body), view["private_metadata"], screen, entered(screen, view))
        return draft, screen

    def turn_to(self, body: Body, draft: Draft, screen: Screen) -> Answer:
        """Show another screen in the open window."""
        viewer, view = self._x.viewer(body), body["view"]

        def job() -> None:
            new = self._render(screen, draft, seen=self._seen_before(viewer, draft, screen))
            self._x.gateway.update_view(viewer.workspace, view["id"], new, view.get("hash", ""))

        return Answer(then=(job,))

    def change(self, body: Body, new: Block) -> Answer:
        """Put another view in the place of the open one, unless that was changed meanwhile."""
        viewer, view = self._x.viewer(body), body["view"]

        def job() -> None:
            self._x.gateway.update_view(viewer.workspace, view["id"], new, view.get("hash", ""))

        return Answer(then=(job,))

    def _render(self, screen: Screen, draft: Draft, notice: str = "", *, seen: Sequence[Remembered] = ()) -> Block:
        bar = self._x.desk.bar_of(draft.workspace)
        shown = Shown(bar, draft.id, draft.entries, notice=notice, seen=seen)
        if draft.report is not None:
            shown = replace(shown, report=f"ML-{draft.report}")
        if screen.step is Step.GATES and draft.entries.threat == UNSURE:
            text = f"{draft.entries.title}\n{draft.entries.description}"
            known = {threat.id for threat in bar.threats}
            alike = [(one.hit.name, one.hit.threat, one.hit.score) for one in seen if one.hit.threat in known]
            shown = replace(shown, suggestions=with_reports(suggest(bar, text), alike))
        return screens.render(screen, shown)

    def _seen_before(self, viewer: Viewer, draft: Draft, screen: Screen = GATES) -> Sequence[Remembered]:
        """Earlier reports like the draft, for the screen that shows them."""
        if screen != GATES:
            return ()
        try:
            return self._x.recalling.seen_before(viewer, draft.entries, besides=draft.report or 0)
        except Unavailable:  # the screen matters more than what could stand above it
            return ()


def entries_from(text: str) -> Entries:
    """A new draft from the words after `/mlbug`: the title, and all of them in the description where the title is too short."""
    words = " ".join(text.split())
    if len(words) <= TITLE_MAX:
        return Entries(title=words)
    head = words[: TITLE_MAX - 1].rsplit(" ", 1)[0]
    return Entries(title=head + "…", description=text[:3000])


def _update(view: Block) -> Answer:
    return Answer({"response_action": "update", "view": view})


def _pressed(body: Body) -> str:
    return str(body["actions"][0].get("value", ""))


def _has_content(view: Mapping[str, Any]) -> bool:
    if not str(view.get("callback_id", "")).startswith("screen:"):
        return False
    content = entered(screen_of(view["callback_id"]), view)
    return bool(any(content.texts.values()) or content.choices or content.answers)


__all__ = ["Dialog", "callback_id", "entries_from"]
