"""Who is what in each workspace: members and guests, triagers, admins. Slack is asked beside the requests, never in them.

Whether somebody is a guest stands in no payload of Slack's, so each account is looked up once, kept in the history, and
looked up again after a day, in the background. Until it was looked up nobody may do anything: `Unmet` is raised.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from bot.gateway import Gateway, RefusedBySlack, SlackFault, is_admin
from bot.groups import UserGroups, groups_among
from bot.render.text import is_person
from bot.saved_settings import SavedSettings
from triage.access import Person, Role, Viewer
from triage.errors import Forbidden, MlbugError, Unavailable
from triage.ports import Clock, WorkPlace

log = logging.getLogger(__name__)

FRESH = timedelta(days=1)
UNMET = "mlbug has to look you up first. Nothing was lost; do it again in a moment."
CANT_TELL = "Slack does not tell mlbug who you are just now, so it can’t let you in. Try again in a minute."
NO_SCOPE = (
    "mlbug may not ask Slack who is a guest: whoever runs it has to grant the scope users:read and install it again."
)


class Unmet(Forbidden):
    """Nobody knows yet whether this person may use the assistant; `meet` finds out."""

    code = "unmet"

    def __init__(self, workspace: str, user: str) -> None:
        super().__init__(UNMET)
        self.workspace = workspace
        self.user = user


class Roster:
    """Answers from memory and from the history; asks Slack only in `meet` and `refresh`."""

    def __init__(
        self,
        place: WorkPlace,
        gateway: Gateway,
        settings: SavedSettings,
        clock: Clock,
        later: Callable[[Callable[[], None]], bool],
    ) -> None:
        self._place = place
        self._gateway = gateway
        self._settings = settings
        self._clock = clock
        self._later = later
        self._lock = threading.Lock()
        self._people: dict[tuple[str, str], Person] = {}
        self.groups = UserGroups(gateway, clock, later)

    def viewer(self, workspace: str, user: str, *, outsider: bool = False) -> Viewer:
        """The viewer for a person; `outsider`: the payload says that they are of another workspace. Raises `Unmet`."""
        if outsider or not user:
            return Viewer(workspace, user, Role.OUTSIDER)
        person = self.person(workspace, user)
        if person is None:
            raise Unmet(workspace, user)
        if person.is_outsider:
            return Viewer(workspace, user, Role.OUTSIDER)
        settings = self._settings.of(workspace)
        groups = groups_among(settings.triagers | settings.admins)
        triager = self._is_among(workspace, user, settings.triagers)
        admin = self._is_among(workspace, user, settings.admins) if settings.admins else person.admin
        if not admin and user in self._settings.defaults.admins:
            admin = not self._is_anybody_left(workspace, settings.admins)
        if groups:
            if not (triager and admin) and not self.groups.are_known(workspace, groups):
                raise Unmet(workspace, user)  # they may be in one of them
            self.groups.keep_fresh(workspace, groups)
        return Viewer(workspace, user, Role.TRIAGER if triager else Role.MEMBER, admin=admin)

    def is_at_hand(self, workspace: str, user: str) -> bool:
        """Whether `viewer` answers from memory, now and in the next moment."""
        # Of an operator's admin it may have to look up whether those whom the settings name are gone.
        known = (workspace, user) in self._people and user not in self._settings.defaults.admins
        return known and self._settings.are_at_hand(workspace)

    def person(self, workspace: str, user: str) -> Person | None:
        """What is known of somebody, from memory or the history."""
        person = self._people.get((workspace, user))
        if person is None:
            with self._place.read() as work:
                person = work.people.get(workspace, user)
            if person is None:
                return None
            self._people[workspace, user] = person
        if self._clock() - person.seen_at > FRESH:
            self._again(person)
        return person

    def meet(self, workspace: str, user: str) -> Person:
        """Ask Slack about somebody and keep it. Raises `Forbidden` where Slack does not say; never call it before an ack."""
        try:
            return self._look_up(workspace, user)
        except RefusedBySlack as refused:
            raise Forbidden(NO_SCOPE if refused.error == "missing_scope" else CANT_TELL) from None
        except SlackFault:
            raise Forbidden(CANT_TELL) from None

    def _look_up(self, workspace: str, user: str) -> Person:
        try:
            told = self._gateway.user(workspace, user)
        except RefusedBySlack as refused:
            log.warning("person_refused", extra={"workspace": workspace, "user": user, "error": refused.error})
            if refused.error not in {"user_not_found", "user_not_visible"}:
                raise
            told = {"deleted": True}
        person = Person(
            workspace,
            user,
            guest=any(told.get(k) for k in ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot"))
            or workspace not in _workspaces_of(told, workspace),
            gone=bool(told.get("deleted")),
            admin=is_admin(told),
            seen_at=self._clock(),
        )
        self._people[workspace, user] = person
        with self._place.write() as work:
            work.people.put(person)
            work.commit()
        self.refresh(workspace)
        return person

    def sure_viewer(self, workspace: str, user: str) -> Viewer:
        """The same as `viewer`, asking Slack where nobody knows yet; never call it before an ack. Raises `SlackFault`."""
        try:
            return self.viewer(workspace, user)
        except Unmet:
            self._look_up(workspace, user)
            return self.viewer(workspace, user)

    def member(self, workspace: str, user: str) -> bool:
        """Whether somebody who was picked in a dialog may be owner, viewer or the like. Raises `Unmet`."""
        person = self.person(workspace, user)
        if person is None:
            raise Unmet(workspace, user)
        return not person.is_outsider

    def may_be_here(self, workspace: str, user: str) -> bool:
        """Whether somebody may still be a member, as far as is known without asking."""
        return is_person(user) and not self._has_left(workspace, user)

    def is_here(self, workspace: str, user: str) -> bool:
        """Whether somebody still is a member, as of a day ago at most; taken for granted while Slack does not say.

        Asks Slack, so never call it before an ack.
        """
        if not is_person(user):  # an import knew them by another name
            return False
        try:
            person = self.person(workspace, user)
            if person is None or self._clock() - person.seen_at > FRESH:
                person = self.meet(workspace, user)
        except Unavailable:
            raise
        except MlbugError:
            return True
        return not person.is_outsider

    def refresh(self, workspace: str, *, now: bool = False) -> None:
        """Ask who is in the user groups that the settings name: in those not asked for lately, or in all of them `now`."""
        self.groups.refresh(workspace, self._groups_of(workspace), now=now)

    def refused_groups(self, workspace: str) -> dict[str, str]:
        """The user groups of the settings that Slack does not give, with its reason."""
        return self.groups.refused(workspace, self._groups_of(workspace))

    def fine_groups(self, workspace: str) -> list[str]:
        """Those that it gives."""
        return [group for group in self._groups_of(workspace) if group not in self.refused_groups(workspace)]

    def triagers(self, workspace: str) -> frozenset[str]:
        """The user ids of all triagers, as far as the groups are expanded."""
        return self._expanded(workspace, self._settings.of(workspace).triagers)

    def admins(self, workspace: str) -> frozenset[str]:
        """Who can mend the settings: those that they name, as far as they are still here, else the workspace's own admins.

        Asks Slack where nobody is known; never call it before an ack. Raises `SlackFault`.
        """
        named = self._expanded(workspace, self._settings.of(workspace).admins)
        if here := frozenset(user for user in named if not self._has_left(workspace, user)):
            return here
        with self._place.read() as work:
            known = work.people.admins(workspace)
        return frozenset(known or self._gateway.admins(workspace))

    def _is_anybody_left(self, workspace: str, ids: frozenset[str]) -> bool:
        """Whether one of those people, or of those in these groups, still is here; taken for granted of whom nobody knows."""
        if not self.groups.are_known(workspace, groups_among(ids)):
            return True
        return any(not self._has_left(workspace, user) for user in self._expanded(workspace, ids))

    def _has_left(self, workspace: str, user: str) -> bool:
        person = self.person(workspace, user)
        return person is not None and person.is_outsider

    def _expanded(self, workspace: str, ids: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        for each in ids:
            found |= self.groups.members(workspace, each) if each.startswith("S") else {each}
        return frozenset(found)

    def _is_among(self, workspace: str, user: str, ids: frozenset[str]) -> bool:
        if user in ids:
            return True
        return any(user in self.groups.members(workspace, group) for group in groups_among(ids))

    def _groups_of(self, workspace: str) -> list[str]:
        settings = self._settings.of(workspace)
        return groups_among(settings.triagers | settings.admins)

    def _again(self, person: Person) -> None:
        """Look somebody up again in the background; until then what was known holds."""
        with self._lock:
            current = self._people.get((person.workspace, person.user))
            if current is not person:
                return
            # Counted as fresh for a few minutes, so that one of many requests asks.
            self._people[person.workspace, person.user] = Person(
                person.workspace,
                person.user,
                person.guest,
                person.gone,
                person.admin,
                self._clock() - FRESH + timedelta(minutes=5),
            )

        def look() -> None:
            try:
                self.meet(person.workspace, person.user)
            except (MlbugError, Unavailable):
                log.info("person_not_refreshed", extra={"workspace": person.workspace, "user": person.user})

        self._later(look)


__all__ = ["Roster", "Unmet"]


def _workspaces_of(told: Mapping[str, Any], workspace: str) -> set[str]:
    """The workspaces that Slack says somebody is a member of; in an organisation that may be several."""
    whole = told.get("enterprise_user") or {}
    return {str(told.get("team_id", workspace)), *map(str, whole.get("teams") or ())}
