"""Slack's user groups: who is in those that the settings name, and which there are to choose from.

Slack is asked beside the requests, never in them. What it said last holds for as long as it can't be reached; a group that is
gone or disabled has no members: nobody gains a right by it.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bot.gateway import Gateway, RefusedBySlack, SlackFault
from triage.ports import Clock

log = logging.getLogger(__name__)

FRESH = timedelta(minutes=5)
AGAIN = timedelta(seconds=30)  # after a call that came to nothing


def groups_among(ids: Iterable[str]) -> list[str]:
    """The user groups among ids of people and user groups."""
    return sorted(each for each in ids if each.startswith("S"))


class UserGroups:
    """`later` runs a job on the side pool."""

    def __init__(self, gateway: Gateway, clock: Clock, later: Callable[[Callable[[], None]], bool]) -> None:
        self._gateway = gateway
        self._clock = clock
        self._later = later
        self._lock = threading.Lock()
        self._members: dict[tuple[str, str], frozenset[str]] = {}
        self._refused: dict[tuple[str, str], str] = {}
        self._asked: dict[tuple[str, str], datetime] = {}  # when each was asked for last
        self._labels: dict[str, dict[str, str]] = {}

    def members(self, workspace: str, group: str) -> frozenset[str]:
        """Who is in it, as far as Slack said."""
        return self._members.get((workspace, group), frozenset())

    def refused(self, workspace: str, groups: Iterable[str]) -> dict[str, str]:
        """Those of `groups` that Slack does not give, with its reason."""
        return {g: self._refused[workspace, g] for g in groups if (workspace, g) in self._refused}

    def are_known(self, workspace: str, groups: Iterable[str]) -> bool:
        """Whether each was asked for since this process began."""
        return all((workspace, group) in self._asked for group in groups)

    def keep_fresh(self, workspace: str, groups: list[str]) -> None:
        """Ask for those that were not asked for lately, in the background."""
        if stale := self._stale(workspace, groups):
            for group in stale:  # counted as asked for, so that one of many requests asks
                if (workspace, group) in self._asked:
                    self._asked[workspace, group] = self._clock() - FRESH + AGAIN
            self._later(lambda: self._ask(workspace, stale))

    def refresh(self, workspace: str, groups: list[str], *, now: bool = False) -> None:
        """Ask for those that were not asked for lately, or all of them `now`."""
        self._ask(workspace, groups if now else self._stale(workspace, groups))

    def label(self, workspace: str, group: str) -> str:
        """`@ml-triagers`; the id where Slack did not tell which there are, and that it is gone where this is none of them."""
        known = self._labels.get(workspace)
        return group if known is None else known.get(group, f"{group} (gone)")

    def labels(self, workspace: str) -> dict[str, str]:
        """Those there are to choose from, as far as Slack told: id -> `@ml-triagers`."""
        return self._labels.get(workspace, {})

    def learn(self, workspace: str) -> None:
        """Ask which there are. Raises `SlackFault`."""
        self._labels[workspace] = self._gateway.groups(workspace)

    def _stale(self, workspace: str, groups: list[str]) -> list[str]:
        moment = self._clock()
        asked = ((group, self._asked.get((workspace, group))) for group in groups)
        return [group for group, at in asked if at is None or moment - at >= FRESH]

    def _ask(self, workspace: str, groups: list[str]) -> None:
        for group in groups:
            moment, members, error = self._clock(), frozenset[str](), ""
            try:
                members = frozenset(self._gateway.group_members(workspace, group))
            except RefusedBySlack as refused:
                error = refused.error
                log.warning("group_refused", extra={"workspace": workspace, "group": group, "error": error})
            except SlackFault:  # those who were in it still are
                with self._lock:
                    self._asked[workspace, group] = moment - FRESH + AGAIN
                continue
            with self._lock:
                self._members[workspace, group] = members
                self._asked[workspace, group] = moment
                self._refused.pop((workspace, group), None)
                if error:
                    self._refused[workspace, group] = error
