"""Publishes Home tabs: when somebody opens theirs, and when something changes while they may be looking at it.

It is shown again at the next opening anyway, so it is best effort and kept in this process alone.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.gateway import Gateway, SlackFault
from bot.render.home import home
from bot.roster import Roster
from triage.active import BarOf
from triage.browsing import Browsing
from triage.errors import MlbugError
from triage.ports import Clock

log = logging.getLogger(__name__)

LOOKING = timedelta(minutes=30)  # so long after the opening somebody may still look at it
AT_MOST = 50  # Home tabs that are published again after a change


class Homes:
    """`later` runs a job on the side pool."""

    def __init__(
        self,
        browsing: Browsing,
        roster: Roster,
        gateway: Gateway,
        bar_of: BarOf,
        clock: Clock,
        later: Callable[[Callable[[], None]], bool],
    ) -> None:
        self._browsing = browsing
        self._roster = roster
        self._gateway = gateway
        self._bar_of = bar_of
        self._clock = clock
        self._later = later
        self._lock = threading.Lock()
        self._opened: dict[tuple[str, str], datetime] = {}
        self._waiting: set[tuple[str, str]] = set()

    def opened(self, workspace: str, user: str) -> None:
        """Somebody opened theirs."""
        with self._lock:
            self._opened.pop((workspace, user), None)
            self._opened[workspace, user] = self._clock()  # the last opened one is last
            while len(self._opened) > AT_MOST:
                del self._opened[next(iter(self._opened))]
        self._soon(workspace, user)

    def changed(self) -> None:
        """Something changed: those who may be looking see it."""
        since = self._clock() - LOOKING
        with self._lock:
            lookers = [key for key, at in self._opened.items() if at >= since]
        for workspace, user in lookers:
            self._soon(workspace, user)

    def _soon(self, workspace: str, user: str) -> None:
        key = (workspace, user)
        with self._lock:
            if key in self._waiting:
                return  # what is about to be published will show this change, too
            self._waiting.add(key)

        def publish() -> None:
            with self._lock:
                self._waiting.discard(key)
            self._publish(workspace, user)

        if not self._later(publish):
            with self._lock:
                self._waiting.discard(key)

    def _publish(self, workspace: str, user: str) -> None:
        try:
            viewer = self._roster.viewer(workspace, user)
            view = home(self._browsing.home(viewer), viewer, self._bar_of(workspace), self._clock())
            self._gateway.publish_home(workspace, user, view)
        except SlackFault as fault:
            log.info("home_not_published", extra={"workspace": workspace, "error": fault.error})
        except MlbugError as told:
            log.info("home_not_published", extra={"workspace": workspace, "error": told.code})
