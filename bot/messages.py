"""Turns an errand into a message: what to send, and where. It reads the record when it is sent: never out of date."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.gateway import Posted
from bot.render import card
from triage.desk import Desk
from triage.errors import Refused
from triage.ports import Sending


@dataclass(frozen=True, slots=True)
class Plan:
    """A message and its place: a channel, or a person's direct conversation; in a thread; or in the place of one before."""

    message: Mapping[str, Any]
    channel: str = ""
    user: str = ""
    thread_ts: str = ""
    edits: Posted | None = None


class NoChannel(Refused):
    """The workspace has no triage channel yet."""

    code = "no_triage_channel"


class Messages:
    """Plans messages from the desk's records; `triage_channel` gives a workspace's channel or nothing."""

    def __init__(self, desk: Desk, triage_channel: Callable[[str], str]) -> None:
        self._desk = desk
        self._triage_channel = triage_channel

    def plan(self, sending: Sending) -> Plan | None:
        """What to send, or None where there is nothing to tell any more. Raises `NoChannel`."""
        errand = sending.errand
        told = self._desk.telling(errand)
        if told is None:
            return None
        match errand.kind:
            case "card":
                channel = self._triage_channel(errand.workspace)
                if not channel:
                    raise NoChannel("No triage channel is set: set MLBUG_TRIAGE_CHANNEL, and run `mlbug doctor`.")
                return Plan(card.card(told.report, told.verdict, told.bar), channel=channel)
            case "card_edit" if sending.thread_ts and sending.thread_channel:
                at = Posted(sending.thread_channel, sending.thread_ts)
                return Plan(card.card(told.report, told.verdict, told.bar), channel=at.channel, edits=at)
            case "thread" if sending.thread_ts and sending.thread_channel and told.event:
                message = card.thread_entry(told.report, told.event)
                return Plan(message, channel=sending.thread_channel, thread_ts=sending.thread_ts)
            case "dm":
                return Plan(card.told_reporter(told.report, told.verdict, told.bar), user=errand.to)
            case _:
                return None
