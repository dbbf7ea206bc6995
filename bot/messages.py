"""Turns an errand into a message: what to send, and where. It reads the record when it is sent: never out of date."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.gateway import Posted
from bot.greeting import is_organisation
from bot.render import card, lists, recall
from bot.render.undelivered import undelivered
from bot.render.welcome import welcome
from bot.render.words import Here
from bot.saved_settings import here
from triage.access import Viewer
from triage.browsing import Browsing
from triage.desk import Desk, Telling
from triage.errors import Forbidden, Refused
from triage.held import KIND as UNDELIVERED
from triage.held import NO_CHANNEL
from triage.ports import Clock, Errand, Sending
from triage.recalling import Recalling
from triage.reports import EventKind
from triage.workspace import WorkspaceSettings


@dataclass(frozen=True, slots=True)
class Plan:
    """A message and its place: a channel, or a person's direct conversation; in a thread; or in the place of one before.

    `plain` gives what to send instead to a workspace that does not know one of the blocks, and remembers that it does not.
    `may_fail`: where Slack refuses it, nobody misses it. `waits`: it is held back, not given up, while its channel can't be
    reached. `moves`: the key of the message that it follows, where that may be posted anew in another channel then.
    """

    message: Mapping[str, Any]
    channel: str = ""
    user: str = ""
    thread_ts: str = ""
    edits: Posted | None = None
    plain: Callable[[], Mapping[str, Any]] | None = None
    waits: bool = False
    may_fail: bool = False
    moves: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A person's Home tab, to be shown in the place of what they see."""

    view: Mapping[str, Any]
    user: str


class NoChannel(Refused):
    """The workspace has no triage channel yet."""

    code = NO_CHANNEL


class Messages:
    """Plans messages from the desk's records. `viewer` and `is_here` know people, `tab` draws Home."""

    def __init__(
        self,
        desk: Desk,
        browsing: Browsing,
        recalling: Recalling,
        viewer: Callable[[str, str], Viewer],
        is_here: Callable[[str, str], bool],
        settings_of: Callable[[str], WorkspaceSettings],
        tab: Callable[[str, str], Mapping[str, Any]],
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._browsing = browsing
        self._recalling = recalling
        self._viewer = viewer
        self._is_here = is_here
        self._settings_of = settings_of
        self._clock = clock
        # What is no event of a report.
        self._by_kind: dict[str, Callable[[Errand], Plan | Tab | None]] = {
            "answer": self._answer,
            "home": lambda errand: Tab(tab(errand.workspace, errand.to), errand.to),
            "reminder": self._reminder,
            "welcome": lambda errand: Plan(welcome(whole=is_organisation(errand.workspace)), user=errand.to),
            UNDELIVERED: lambda errand: Plan(undelivered(errand), user=errand.to),
        }

    def plan(self, sending: Sending) -> Plan | Tab | None:
        """What to send, or None where there is nothing to tell any more. Raises `NoChannel`."""
        errand = sending.errand
        if plans := self._by_kind.get(errand.kind):
            try:
                return plans(errand)
            except Forbidden:  # they are kept out by now
                return None
        told = self._desk.telling(errand)
        if told is None:
            return None
        if errand.to:
            return self._to_person(errand, told) if self._is_here(errand.workspace, errand.to) else None
        return self._to_channel(sending, told)

    def _answer(self, errand: Errand) -> Plan:
        """A question's answer: in a direct conversation from what the asker may see, in a channel from what everybody may."""
        everybody = Viewer(errand.workspace, "")
        viewer = self._viewer(errand.workspace, errand.to) if errand.to else everybody
        recalled = self._recalling.ask(viewer, errand.data["question"])
        message = recall.with_feedback(recall.answer(recalled, self._recalling.bar_of(errand.workspace)))
        return Plan(message, channel=errand.data["channel"], thread_ts=errand.data["thread"])

    def _reminder(self, errand: Errand) -> Plan | None:
        rows = self._browsing.due(Viewer(errand.workspace, errand.to))
        return Plan(lists.reminder(rows, self._clock()), user=errand.to) if rows else None

    def _to_person(self, errand: Errand, told: Telling) -> Plan | None:
        match errand.kind:
            case "dm" if told.event is None or told.event.kind is EventKind.FILED:
                return Plan(card.told_reporter(told), user=errand.to)
            case "dm" if told.event:
                here_ = here(self._settings_of(errand.workspace), self._clock())
                return Plan(card.told_change(told, told.event, errand.to, here_), user=errand.to)
            case "question" if told.event:
                return Plan(card.question(told, told.event), user=errand.to)
            case _:
                return None

    def _to_channel(self, sending: Sending, told: Telling) -> Plan | None:
        errand = sending.errand
        settings = self._settings_of(errand.workspace)
        here_ = here(settings, self._clock())
        match errand.kind:
            case "card":
                channel = settings.triage_channel
                if not channel:
                    raise NoChannel("No triage channel is set: type /mlbug settings, or set MLBUG_TRIAGE_CHANNEL.")
                return Plan(card.card(told, here_), channel=channel, waits=True)
            case "source":
                channel, thread = errand.data["channel"], errand.data["thread"]
                return Plan(card.told_source(told), channel=channel, thread_ts=thread, may_fail=True)
            case _ if sending.thread_ts and sending.thread_channel:
                at = Posted(sending.thread_channel, sending.thread_ts)
                plan = _following(errand, told, at, here_)
                elsewhere = settings.triage_channel not in {"", sending.thread_channel}
                moves = errand.follows if elsewhere and errand.follows == f"{told.report.name}:card" else ""
                return plan and replace(plan, waits=True, moves=moves)
            case _:
                return None


def _following(errand: Errand, told: Telling, at: Posted, here_: Here) -> Plan | None:
    """What follows a message that was sent: in its place, or in its thread."""
    match errand.kind:
        case "card_edit":
            return Plan(card.card(told, here_), channel=at.channel, edits=at)
        case "thread" if told.event:
            return Plan(card.thread_entry(told, told.event), channel=at.channel, thread_ts=at.ts)
        case "hush" if told.event and told.report.restricted:
            return Plan(card.thread_entry(told, told.event), channel=at.channel, edits=at)
        case _:
            return None
