"""Publishes Home tabs: when somebody opens theirs, and when something changes while they may be looking at it.

Who opened theirs lately is kept in the history, and a changed tab is an errand like others: a change shows on every open tab,
whichever process made it and whichever one the tab was opened through.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.gateway import Gateway, SlackFault
from bot.render.home import home
from bot.roster import Roster
from triage.active import BarOf
from triage.browsing import Browsing
from triage.errors import MlbugError
from triage.ports import Clock, Errand, WorkPlace

log = logging.getLogger(__name__)

LOOKING = timedelta(minutes=30)  # so long after the opening somebody may still look at it
AT_MOST = 50  # Home tabs that are shown anew after a change
GATHER = timedelta(seconds=0.5)  # changes within it make one new tab
TELLING = frozenset({"card", "card_edit", "dm"})  # each change of a report has one of these errands at least


class Homes:
    """`later` runs a job on the side pool."""

    def __init__(
        self,
        place: WorkPlace,
        browsing: Browsing,
        roster: Roster,
        gateway: Gateway,
        bar_of: BarOf,
        clock: Clock,
        later: Callable[[Callable[[], None]], bool],
    ) -> None:
        self._place = place
        self._browsing = browsing
        self._roster = roster
        self._gateway = gateway
        self._bar_of = bar_of
        self._clock = clock
        self._later = later

    def opened(self, workspace: str, user: str) -> None:
        """Somebody opened theirs."""
        self._later(lambda: self._opened(workspace, user))

    def drafted(self, workspace: str, user: str) -> None:
        """Somebody left a draft, or closed it: it stands on their own tab, if they look at it. Never before an ack."""
        with self._place.read() as work:
            looks = user in work.lookers.since(workspace, self._clock() - LOOKING, AT_MOST)
        if looks:
            self._opened(workspace, user)

    def heard(self, errand: Errand) -> None:
        """An errand is about to be sent: what it tells of shows on the tabs of those who may be looking. Raises `Unavailable`."""
        if errand.kind not in TELLING or not errand.report:
            return
        now = self._clock()
        with self._place.read() as work:
            lookers = work.lookers.since(errand.workspace, now - LOOKING, AT_MOST)
        if lookers:
            with self._place.write() as work:
                work.lookers.refresh(errand.workspace, lookers, now + GATHER)
                work.commit()

    def tab(self, workspace: str, user: str) -> dict[str, Any]:
        """Somebody's tab as it is now. Raises `Forbidden` for whoever is kept out, and `Unavailable`."""
        viewer = self._roster.sure_viewer(workspace, user)
        return home(self._browsing.home(viewer), viewer, self._bar_of(workspace), self._clock())

    def _opened(self, workspace: str, user: str) -> None:
        try:
            now = self._clock()
            with self._place.write() as work:  # first: a change from now on shows, too
                work.lookers.opened(workspace, user, now, now - LOOKING)
                work.commit()
            self._gateway.publish_home(workspace, user, self.tab(workspace, user))
        except SlackFault as fault:
            log.info("home_not_published", extra={"workspace": workspace, "error": fault.error})
        except MlbugError as told:
            log.info("home_not_published", extra={"workspace": workspace, "error": told.code})
