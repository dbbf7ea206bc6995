"""Which workspaces the assistant serves: one by its tokens, or all that installed it. Nothing here asks Slack.

A payload's *home* is the workspace whose installation it came to. Who clicks in a shared channel may be of another one: that
person is an outsider there (`bot.who`), and what they click belongs to the home's history.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.gateway import RefusedBySlack
from bot.greeting import is_organisation
from bot.kept_client import KeptClient
from bot.saved_settings import MOMENT_S
from triage.errors import Forbidden, Unavailable
from triage.installs import Installation, Installations, SealBroken

Body = Mapping[str, Any]

FRESH_S = 30.0  # so long an installation that another process took out may still be believed in
CLIENTS = 200  # each keeps connections and a CA bundle
NOT_INSTALLED = "mlbug is not installed in this workspace. Whoever runs it can say where to install it."


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the app is in a workspace, as `auth.test` tells."""

    workspace: str
    bot_id: str
    bot_user: str


class Workspaces(Protocol):
    """What the rest needs to know of them."""

    @property
    def is_one(self) -> bool:
        """Whether it is the operator's own, for which the environment's settings hold."""

    def home(self, body: Body) -> str:
        """The workspace that a payload belongs to. Raises `Forbidden` where it is none of ours."""

    def is_at_hand(self, body: Body) -> bool:
        """Whether `home` and `authorize` answer from memory for a payload, now and in the next moment."""

    def client(self, workspace: str) -> WebClient:
        """The client that acts in a workspace. Raises `RefusedBySlack` where there is none (any more)."""

    def all(self) -> Sequence[str]:
        """The workspaces that are served now."""

    def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """What Bolt asks at every request."""

    def close(self) -> None:
        """Close the connections that are kept."""


class OneWorkspace:
    """A single workspace, whose token the operator put into the settings; Slack was asked once, before the start."""

    def __init__(self, client: KeptClient, me: Identity) -> None:
        self._client = client
        self._me = me
        self._known = AuthorizeResult(
            enterprise_id=None, team_id=me.workspace, bot_id=me.bot_id, bot_user_id=me.bot_user, bot_token=client.token
        )

    is_one = True

    def home(self, body: Body) -> str:
        """Always this one."""
        del body
        return self._me.workspace

    def is_at_hand(self, body: Body) -> bool:
        """Always."""
        del body
        return True

    def client(self, workspace: str) -> WebClient:
        """Always the one."""
        del workspace
        return self._client

    def all(self) -> Sequence[str]:
        """The one."""
        return (self._me.workspace,)

    def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Who the app is, whatever the payload says."""
        del enterprise_id, team_id
        return self._known

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


class Installed:
    """All workspaces that installed the app. `make_client` makes a client for a token."""

    def __init__(
        self,
        store: Installations,
        make_client: Callable[[str], KeptClient],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._make_client = make_client
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, Installation | None]] = {}
        self._clients: OrderedDict[str, KeptClient] = OrderedDict()

    is_one = False

    def home(self, body: Body) -> str:
        """The workspace that a payload belongs to. Raises `Forbidden` where it is none of ours."""
        team = home_of(body)
        if not team or self._installation(enterprise_of(body), team) is None:
            raise Forbidden(NOT_INSTALLED)
        return team

    def is_at_hand(self, body: Body) -> bool:
        """Whether it was looked up lately."""
        with self._lock:
            read_at, found = self._known.get((enterprise_of(body), home_of(body)), (None, None))
        return read_at is not None and found is not None and self._now() - read_at < FRESH_S - MOMENT_S

    def client(self, workspace: str) -> WebClient:
        """The client that acts in a workspace. Raises `RefusedBySlack` where there is none (any more)."""
        whole = is_organisation(workspace)
        try:
            installation = self._installation(workspace, "") if whole else self._installation("", workspace)
        except SealBroken:
            raise RefusedBySlack("token_unreadable") from None
        if installation is None:
            raise RefusedBySlack("not_installed")
        with self._lock:
            client = self._clients.get(installation.token)
            if client is None:
                client = self._clients[installation.token] = self._make_client(installation.token)
                if len(self._clients) > CLIENTS:
                    self._clients.popitem(last=False)[1].close()
            self._clients.move_to_end(installation.token)
        return client

    def all(self) -> Sequence[str]:
        """The workspaces that are served now."""
        return self._store.teams()

    def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Who the app is there; None where it is not installed."""
        found = self._installation(enterprise_id or "", team_id or "")
        if found is None:
            return None
        return AuthorizeResult(
            enterprise_id=found.enterprise or None,
            team_id=team_id or found.team or None,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user,
            bot_token=found.token,
        )

    def forget(self) -> None:
        """Read again at the next look: something was just installed, renewed or taken out."""
        with self._lock:
            self._known.clear()

    def close(self) -> None:
        """Close the clients' connections."""
        with self._lock:
            while self._clients:
                self._clients.popitem()[1].close()

    def _installation(self, enterprise: str, team: str) -> Installation | None:
        key = (enterprise, team)
        with self._lock:
            read_at, known = self._known.get(key, (None, None))
        if read_at is not None and self._now() - read_at < FRESH_S:
            return known
        try:
            found = self._store.find(enterprise, team) if enterprise or not team else self._store.of_team(team)
            if found is not None and not found.team and team and read_at is None:
                self._store.serve(team, found.enterprise)
        except Unavailable:
            if read_at is None:
                raise
            return known
        with self._lock:
            self._known[key] = (self._now(), found)
        return found


def home_of(body: Body) -> str:
    """The id of the workspace whose installation a payload came to; empty where it does not say."""
    view, message = body.get("view"), body.get("message")
    if isinstance(view, Mapping) and view.get("app_installed_team_id"):
        return str(view["app_installed_team_id"])
    if isinstance(message, Mapping) and message.get("team") and message.get("bot_id"):
        return str(message["team"])  # our own card: it belongs where it was posted from, whoever clicks
    for given in body.get("authorizations") or ():
        if given.get("team_id"):
            return str(given["team_id"])
    team = body.get("team")
    if isinstance(team, Mapping) and team.get("id"):
        return str(team["id"])
    person = body.get("user")
    from_person = person.get("team_id") if isinstance(person, Mapping) else None
    return str(body.get("team_id") or from_person or (view or {}).get("team_id") or "")


def enterprise_of(body: Body) -> str:
    """The id of the organisation in a payload; empty where there is none."""
    for given in body.get("authorizations") or ():
        if given.get("enterprise_id"):
            return str(given["enterprise_id"])
    whole = body.get("enterprise")
    if isinstance(whole, Mapping):
        return str(whole.get("id") or "")
    return str(body.get("enterprise_id") or "")
