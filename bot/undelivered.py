"""Tells a workspace's admins that nothing goes to a channel, once until something does again."""

import logging
from dataclasses import dataclass

from bot.gateway import SlackFault
from bot.roster import Roster
from triage.held import GROUP, notices
from triage.ports import Clock, Errand, WorkPlace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The worker's way to say what it could not send. Every call may raise `Unavailable`."""

    place: WorkPlace
    roster: Roster
    clock: Clock

    def look_at_groups(self, workspace: str) -> None:
        """Tell the admins of user groups that the settings name and Slack does not give; to be called every now and then."""
        for group, error in self.roster.refused_groups(workspace).items():
            self.tell(Errand(group, GROUP, workspace, 0), group, error)
        for group in self.roster.fine_groups(workspace):
            self._mended(workspace, group)

    def tell(self, errand: Errand, channel: str, error: str) -> None:
        """`errand` waits for `channel` (empty: for one to be set): put a message to each admin, unless they were told."""
        with self.place.read() as work:
            if work.held.is_told(errand.workspace, channel):
                return
        try:
            people = self.roster.admins(errand.workspace)
        except SlackFault as fault:  # the next try asks again
            log.warning("admins_unknown", extra={"workspace": errand.workspace, "error": fault.error})
            return
        now = self.clock()
        with self.place.write() as work:
            if not work.held.tell(errand.workspace, channel, now):
                return  # another worker was quicker
            for notice in notices(errand, channel, error, people, now):
                work.errands.put(notice)
            work.commit()
        log.warning("channel_unreachable", extra={"workspace": errand.workspace, "channel": channel, "error": error})

    def delivered(self, workspace: str, channel: str) -> None:
        """Something went to `channel`: what they were told of it, and that none is set, is over."""
        self._mended(workspace, channel, "")

    def _mended(self, workspace: str, *places: str) -> None:
        with self.place.read() as work:
            told = [place for place in places if work.held.is_told(workspace, place)]
        if told:
            with self.place.write() as work:
                for place in told:
                    work.held.mended(workspace, place)
                work.commit()

    def move(self, errand: Errand, channel: str) -> None:
        """Let the message that `errand` follows be posted anew, not in `channel` any more."""
        with self.place.write() as work:
            if work.held.move(errand.workspace, errand.follows, channel):
                log.info("card_moves", extra={"workspace": errand.workspace, "errand": errand.follows})
            work.commit()
