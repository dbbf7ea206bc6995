"""The sandbox itself: one small server on loopback in a thread of its own.

`/` is the page, `/api/` the Web API, `/socket` Socket Mode. Give `api_url`, `bot_token` and `app_token` to the app;
for HTTP mode give it `api_url`, `bot_token` and `signing_secret`, and the sandbox the app's address: `deliver_to()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from aiohttp import web

from bot.sandbox.blockkit import limits
from bot.sandbox.clock import MovableClock
from bot.sandbox.definition import AppDefinition, Keys, WorkspaceDefinition, small_workspace
from bot.sandbox.delivery import Deliveries
from bot.sandbox.driver import Person
from bot.sandbox.errors import PersonError, SandboxError
from bot.sandbox.faults import Faults
from bot.sandbox.hands import Hands
from bot.sandbox.http_mode import HttpLink
from bot.sandbox.hub import Hub
from bot.sandbox.ids import Ids
from bot.sandbox.inspector import Inspector
from bot.sandbox.installs import uninstall
from bot.sandbox.loop_thread import LoopThread
from bot.sandbox.passes import Passes
from bot.sandbox.routes import build_application
from bot.sandbox.socket_mode import SocketLink
from bot.sandbox.team import Team, build_team
from bot.sandbox.web_api import WebApi

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from bot.sandbox.clock import Clock
    from bot.sandbox.inspector import Exchange

Given = TypeVar("Given")


class Sandbox:
    """A Slack stand-in. Use it as a context manager, or call `start()` and `stop()`.

    `port` 0 takes any free one. The same `seed` gives the same ids, tokens and faults. `ack_seconds` is how long the
    app may take to acknowledge, 3 in Slack. `others` are further workspaces, into which the app is not installed yet.
    Every public attribute may be used from any thread.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        seed: int = 1,
        workspace: WorkspaceDefinition | None = None,
        others: Sequence[WorkspaceDefinition] = (),
        app: AppDefinition | None = None,
        ack_seconds: float = limits.ACK_SECONDS,
    ) -> None:
        self.clock: Clock = clock or MovableClock()
        self.faults = Faults(seed)
        self._host = host
        self._port = port
        self._definitions = (workspace or small_workspace(), *others)
        self._app = app or AppDefinition()
        self._ids = Ids(seed, self.clock)
        self._ack_seconds = ack_seconds
        self.keys = Keys(
            app_id=self._ids.new("A"),
            app_token=f"xapp-sandbox-{self._ids.secret()}",
            signing_secret=self._ids.secret(32),
            verification_token=self._ids.secret(),
            client_id=f"sandbox.{self._ids.secret(12)}",
            client_secret=self._ids.secret(32),
        )
        self._socket = SocketLink(self._ids, self.keys.app_id, ack_seconds)
        self._hub: Hub | None = None
        self._runner: web.AppRunner | None = None
        self._thread = LoopThread(self._open, self._close)

    # -- addresses and secrets

    @property
    def hub(self) -> Hub:
        """Give the shared state; touch it only through `run` and `look`."""
        if self._hub is None:
            raise SandboxError("The sandbox is not running: call start() first.")
        return self._hub

    @property
    def url(self) -> str:
        """Give the address of the page."""
        return f"{self.hub.base_url}/"

    @property
    def api_url(self) -> str:
        """Give the address for slack_sdk's base_url and for SLACK_API_URL."""
        return f"{self.hub.base_url}/api/"

    @property
    def authorize_url(self) -> str:
        """Give the address that stands for https://slack.com/oauth/v2/authorize."""
        return f"{self.hub.base_url}/oauth/v2/authorize"

    @property
    def bot_token(self) -> str:
        """Give the bot token of the first workspace."""
        return self.team.bot_token

    @property
    def app_token(self) -> str:
        """Give the app-level token for Socket Mode."""
        return self.keys.app_token

    @property
    def signing_secret(self) -> str:
        """Give the signing secret for HTTP mode."""
        return self.keys.signing_secret

    @property
    def team(self) -> Team:
        """Give the first workspace; read it through `look` where that matters."""
        return self.teams[0]

    @property
    def teams(self) -> list[Team]:
        """Give all workspaces."""
        return list(self.hub.teams.values())

    @property
    def mode(self) -> Literal["socket", "http"]:
        """Tell how the app is reached."""
        return self.hub.link.name

    @property
    def traffic(self) -> list[Exchange]:
        """Give the last exchanges with the app, oldest first."""
        return self.look(lambda: list(self.hub.inspector.exchanges))

    @property
    def problems(self) -> list[str]:
        """Give what was refused, or what Slack would have dropped without a word."""
        return [problem for exchange in self.traffic for problem in exchange.problems]

    # -- life

    def start(self) -> Self:
        """Start serving; returns when the address answers. Raises OSError where the port is taken."""
        self._thread.start()
        return self

    async def _open(self) -> None:
        inspector = Inspector(self.clock)
        deliveries = Deliveries(self._socket, inspector, self.faults)
        passes = Passes(self._ids, self.clock)
        hub = Hub(self.clock, self._ids, passes, inspector, self.keys, deliveries, self.faults, "")
        self._socket.on_change = hub.changed
        application = build_application(hub, WebApi(hub, self._socket), self._socket, self._host)
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.2)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        hub.base_url = f"http://{self._host}:{self._runner.addresses[0][1]}"
        for number, definition in enumerate(self._definitions):
            team = build_team(definition, self._app, self.keys, self._ids, f"{hub.base_url}/", hub.now())
            team.is_installed = number == 0
            hub.teams[team.id] = team
        self._hub = hub

    async def _close(self) -> None:
        await self.hub.deliveries.close()
        await self._socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def stop(self) -> None:
        """Stop serving and let the thread end."""
        self._thread.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- use

    def run(self, work: Coroutine[Any, Any, Given], seconds: float = 30.0) -> Given:
        """Run a coroutine on the sandbox's own thread and give its result, from any other thread."""
        return self._thread.run(work, seconds)

    def look(self, at: Callable[[], Given]) -> Given:
        """Look at the state, or change it, on the sandbox's own thread."""

        async def looking() -> Given:
            return at()

        return self.run(looking())

    def person(self, handle: str, team: Team | None = None) -> Person:
        """Give the hands and eyes of somebody, by handle; of the first workspace where none is named."""
        place = team or self.team
        user = place.user_by_handle(handle)
        if user is None:
            everybody = ", ".join(sorted(each.handle for each in place.users.values() if not each.is_bot))
            raise PersonError(f"There is nobody called {handle} here; there are {everybody}.")
        return Person(self, Hands(self.hub, place, user))

    def wait_for_app(self, seconds: float = 10.0) -> None:
        """Wait until the app has connected over Socket Mode."""
        found = self.run(self.hub.until(lambda: self._socket.connections or None, seconds), seconds + 5)
        if found is None:
            raise SandboxError(f"No app connected to the sandbox within {seconds:g} seconds.")

    def deliver_to(self, address: str) -> None:
        """Switch to HTTP mode: send everything, signed, to the app's address, after Slack's challenge to it.

        Raises SandboxError where the app does not answer the challenge.
        """

        async def switch() -> bool:
            link = HttpLink(self._ids, self.keys.signing_secret, address, self._ack_seconds)
            self.hub.deliveries.link = link
            verified = await link.verify(self.keys.verification_token)
            self.hub.changed()
            return verified

        if not self.run(switch()):
            raise SandboxError(f"{address} did not send back the challenge. Is the app up, with this signing secret?")

    def move_on(self, seconds: float) -> None:
        """Move the sandbox's clock forward. Raises SandboxError where it was given a clock of somebody else's."""
        if not isinstance(self.clock, MovableClock):
            raise SandboxError("The sandbox was given a clock of its caller's: move that one on.")
        self.clock.move_on(seconds)
        self.look(self.hub.changed)

    def disconnect(self, reason: str = "refresh_requested", *, abruptly: bool = False) -> None:
        """Close the app's sockets as Slack does every few hours, or cut them; the app is expected to come back."""
        self.run(self._socket.cut() if abruptly else self._socket.disconnect(reason))

    def lack_blocks(self, *types: str) -> None:
        """Let the workspace refuse types of blocks that it does not have yet, such as `data_table`; none: it has all."""

        def change() -> None:
            for team in self.teams:
                team.lacking = frozenset(types)

        self.look(change)

    def set_scopes(self, *scopes: str) -> None:
        """Change what the app may do from now on."""

        def change() -> None:
            for team in self.teams:
                team.scopes = scopes
            self.hub.changed()

        self.look(change)

    def set_app_membership(self, channel: str, *, is_in: bool) -> None:
        """Invite the app to a channel ("#triage"), or take it out."""
        found = self.team.channel_by_name(channel.lstrip("#"))
        if found is None:
            raise SandboxError(f"There is no channel {channel}.")

        def change() -> None:
            found.members = [each for each in found.members if each != self.team.bot.id]
            found.members += [self.team.bot.id] if is_in else []
            self.hub.changed()

        self.look(change)

    def uninstall(self, team: Team | None = None) -> None:
        """Take the app out of a workspace; its token is void from now on, and it is told."""
        self.look(lambda: uninstall(self.hub, team or self.team))
