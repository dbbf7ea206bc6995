"""The sandbox itself: one small server on loopback in a thread of its own.

`/` is the page, `/api/` the Web API, `/socket` Socket Mode. Give `api_url`, `bot_token` and `app_token` to the app.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from aiohttp import web

from bot.sandbox.blockkit import limits
from bot.sandbox.clock import MovableClock
from bot.sandbox.definition import AppDefinition, Fields, WorkspaceDefinition, small_workspace
from bot.sandbox.driver import Person
from bot.sandbox.errors import PersonError, SandboxError
from bot.sandbox.hands import Hands
from bot.sandbox.hub import Hub
from bot.sandbox.ids import Ids
from bot.sandbox.inspector import Inspector
from bot.sandbox.passes import Passes
from bot.sandbox.routes import build_application
from bot.sandbox.socket_mode import SocketLink
from bot.sandbox.team import Team, build_team
from bot.sandbox.web_api import WebApi

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.sandbox.clock import Clock
    from bot.sandbox.inspector import Exchange

Given = TypeVar("Given")


class Sandbox:
    """A Slack stand-in. Use it as a context manager, or call `start()` and `stop()`.

    `port` 0 takes any free one. The same `seed` gives the same ids and tokens. `ack_seconds` is how long the app may
    take to acknowledge, 3 in Slack. Every public attribute may be used from any thread.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        seed: int = 1,
        workspace: WorkspaceDefinition | None = None,
        app: AppDefinition | None = None,
        ack_seconds: float = limits.ACK_SECONDS,
    ) -> None:
        self.clock: Clock = clock or MovableClock()
        self._host = host
        self._port = port
        self._workspace = workspace or small_workspace()
        self._app = app or AppDefinition()
        self._ids = Ids(seed, self.clock)
        self.fields = Fields(
            app_id=self._ids.new("A"),
            bot_token=f"xoxb-sandbox-{self._ids.secret()}",
            app_token=f"xapp-sandbox-{self._ids.secret()}",
            signing_secret=self._ids.secret(32),
            verification_token=self._ids.secret(),
        )
        self._socket = SocketLink(self._ids, self.fields.app_id, ack_seconds)
        self._hub: Hub | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    # -- addresses and secrets

    @property
    def hub(self) -> Hub:
        """Give the shared state; touch it only through `run`."""
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
    def bot_token(self) -> str:
        """Give the bot token."""
        return self.fields.bot_token

    @property
    def app_token(self) -> str:
        """Give the app-level token for Socket Mode."""
        return self.fields.app_token

    @property
    def signing_secret(self) -> str:
        """Give the signing secret for HTTP mode."""
        return self.fields.signing_secret

    @property
    def team(self) -> Team:
        """Give the first workspace; read it through `run` where that matters."""
        return next(iter(self.hub.teams.values()))

    @property
    def traffic(self) -> list[Exchange]:
        """Give the last exchanges with the app, oldest first."""
        return list(self.hub.inspector.exchanges)

    @property
    def problems(self) -> list[str]:
        """Give what was refused, or what Slack would have dropped without a word."""
        return [problem for exchange in self.traffic for problem in exchange.problems]

    # -- life

    def start(self) -> Self:
        """Start serving; returns when the address answers. Raises OSError where the port is taken."""
        ready: asyncio.Future[None] | None = None
        started = threading.Event()
        failure: list[BaseException] = []

        def serve() -> None:
            nonlocal ready
            loop = asyncio.new_event_loop()
            self._loop = loop
            try:
                runner = loop.run_until_complete(self._open())
            except OSError as error:
                failure.append(error)
                loop.close()
                started.set()
                return
            started.set()
            loop.run_forever()
            loop.run_until_complete(self._shut(runner))
            loop.close()

        self._thread = threading.Thread(target=serve, name="sandbox", daemon=True)
        self._thread.start()
        started.wait()
        if failure:
            raise failure[0]
        return self

    async def _open(self) -> web.AppRunner:
        hub = Hub(self.clock, self._ids, Passes(self._ids, self.clock), Inspector(self.clock), self._socket, "")
        self._socket.on_change = hub.changed
        application = build_application(hub, WebApi(hub, self.fields.app_token, self._socket), self._socket, self._host)
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port)
        await site.start()
        port = runner.addresses[0][1]
        hub.base_url = f"http://{self._host}:{port}"
        team = build_team(self._workspace, self._app, self.fields, self._ids, f"{hub.base_url}/", hub.now())
        hub.teams[team.id] = team
        self._hub = hub
        return runner

    async def _shut(self, runner: web.AppRunner) -> None:
        for task in list(self.hub.tasks):
            task.cancel()
        await self._socket.close()
        await runner.cleanup()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def stop(self) -> None:
        """Stop serving and let the thread end."""
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- use

    def run(self, work: Coroutine[Any, Any, Given], seconds: float = 30.0) -> Given:
        """Run a coroutine on the sandbox's own thread and give its result, from any other thread."""
        if self._loop is None or self._thread is None:
            work.close()
            raise SandboxError("The sandbox is not running: call start() first.")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def look(self, at: Callable[[], Given]) -> Given:
        """Look at the state on the sandbox's own thread."""

        async def looking() -> Given:
            return at()

        return self.run(looking())

    def person(self, handle: str) -> Person:
        """Give the hands and eyes of somebody, by handle."""
        team = self.team
        user = team.user_by_handle(handle)
        if user is None:
            everybody = ", ".join(sorted(each.handle for each in team.users.values() if not each.is_bot))
            raise PersonError(f"There is nobody called {handle} here; there are {everybody}.")
        return Person(self, Hands(self.hub, team, user))

    def wait_for_app(self, seconds: float = 10.0) -> None:
        """Wait until the app has connected over Socket Mode."""
        found = self.run(self.hub.until(lambda: self._socket.connections or None, seconds))
        if found is None:
            raise SandboxError(f"No app connected to the sandbox within {seconds:g} seconds.")

    @property
    def mode(self) -> Literal["socket", "http"]:
        """Tell how the app is reached."""
        return self.hub.link.name
