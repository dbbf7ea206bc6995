"""`mlbug serve`: Slack's requests over HTTP, and how the process is.

An event loop reads requests and checks their seals; what is Slack's goes to a lane of threads, where Bolt finds the listener.
So slow clients and floods hold no thread, and health is told while every thread waits. A command that waits for nothing, as
the one that opens the dialog, is answered by the loop itself: the way to a thread and back costs more than the answer.
aiohttp is a server here, never a client.
"""

import asyncio
import contextlib
import functools
import logging
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from slack_bolt import App, BoltRequest

from bot.health import Health
from bot.lanes import Full, Lane
from bot.metrics import Metrics
from bot.patience import answering
from bot.pool import SidePool
from bot.request_id import RETRY_NUM, acked, new_id, repetition, working_on
from bot.slack_http import SIGNATURE, TIMESTAMP, Kind, Malformed, Reply, Seal, busy, kind_of, parse
from bot.tenancy import home_of

log = logging.getLogger(__name__)

BODY_MAX = 2 * 1024 * 1024  # a modal of 100 blocks, each character escaped, stays below
BODY_WITHIN_S = 10.0
QUICK_MAX = 16 * 1024  # a command that the loop itself answers is no longer
DRAIN_S = 4.0  # with the side pool's and the worker's it stays below ten seconds: platforms kill then, or later
KEEP_ALIVE_S = 75.0
SLACK_PATH = "/slack/events"

_RETRY = (RETRY_NUM, "X-Slack-Retry-Reason")


@dataclass(slots=True)
class Lanes:
    """The lanes: who only asks does not wait behind who saves."""

    asking: Lane = field(default_factory=lambda: Lane("asking", threads=8, waiting=192))
    saving: Lane = field(default_factory=lambda: Lane("saving", threads=8, waiting=192))

    def lane(self, kind: Kind) -> Lane:
        """The lane for a request."""
        return self.saving if kind is Kind.INTERACTION else self.asking

    def close(self) -> None:
        """Finish what has begun."""
        self.asking.close()
        self.saving.close()


@dataclass(slots=True)
class Request:
    """A request that is Slack's: what came, and what becomes known of it on the way."""

    body: bytes
    content_type: str
    retry: Mapping[str, str]
    payload: dict[str, Any] | None = None
    id: str = field(default_factory=new_id)
    began: float = field(default_factory=time.perf_counter)
    workspace: str = ""
    held: list[Callable[[], None]] = field(default_factory=list)  # what is done once the answer is on its way


IsQuick = Callable[[Mapping[str, Any]], bool]


class SlackDoor:
    """`POST /slack/events`: one request in, one reply out. No error leaves it but the one that says busy."""

    def __init__(
        self, bolt: App, pool: SidePool, seal: Seal, lanes: Lanes, metrics: Metrics, is_quick: IsQuick
    ) -> None:
        """`is_quick`: whether a command's payload is answered without waiting for anything."""
        self._bolt = bolt
        self._is_quick = is_quick
        self._pool = pool
        self._seal = seal
        self._lanes = lanes
        self._metrics = metrics

    async def __call__(self, request: web.BaseRequest) -> Reply:
        """Answer a request."""
        try:
            body = await _body(request)
        except web.HTTPRequestEntityTooLarge:
            return Reply(413, b"Slack sends nothing as large as this.")
        except TimeoutError:
            return Reply(408, b"The body did not come.")
        if body.startswith(b"ssl_check=1"):  # unsigned by design; asks only whether anybody is there
            return Reply(200)
        headers, content_type = request.headers, request.content_type
        if not self._seal.is_good(body, headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")):
            self._metrics.refused("signature")
            return Reply(401, b"Not signed by Slack, too old, or seen before.")
        kind = kind_of(body, content_type)
        came = Request(body, content_type, {name: headers[name] for name in _RETRY if name in headers})
        with self._metrics.acking(kind):
            try:
                if self._is_quickly_answered(came, kind):
                    reply = self._dispatch(came)
                else:
                    reply = await self._lanes.lane(kind).run(functools.partial(self._dispatch, came))
            except Full:
                self._metrics.refused("busy")
                reply = busy(body, kind)
            finally:
                asyncio.get_running_loop().call_soon(self._pool.release, came.held)  # runs once the answer is written
        asyncio.get_running_loop().call_soon(_tell, came, kind, reply.status)
        return reply

    def _is_quickly_answered(self, came: Request, kind: Kind) -> bool:
        if kind is not Kind.COMMAND or len(came.body) > QUICK_MAX:
            return False
        try:
            came.payload = parse(came.body, came.content_type)
            return self._is_quick(came.payload)
        except Exception:  # noqa: BLE001  # whatever is wrong with it is told where it is dispatched
            return False

    def _dispatch(self, came: Request) -> Reply:
        with working_on(came.id), answering(came.began):
            return self._answered(came)

    def _answered(self, came: Request) -> Reply:
        try:
            payload = came.payload or parse(came.body, came.content_type)
        except Malformed:
            self._metrics.refused("malformed")
            return Reply(400, b"The body is neither JSON nor a form with a payload.")
        try:
            # The signature was checked before; "socket_mode" is Bolt's word for a payload that is parsed and known to be
            # Slack's.
            came.workspace = home_of(payload)
            request = BoltRequest(body=payload, headers=dict(came.retry), mode="socket_mode")
            with self._pool.holding(came.held):
                answer = self._bolt.dispatch(request)
        except Exception as unreadable:  # noqa: BLE001  # the listeners are guarded: Bolt itself can't read this payload
            log.warning("payload_unreadable", extra={"error": type(unreadable).__name__})
            self._metrics.refused("malformed")
            return Reply(400, b"The payload is none that Slack sends.")
        if answer.status == 404:
            self._metrics.refused("unhandled")
        if answer.status >= 500:  # the listeners are guarded: it is Bolt itself that could not read it
            self._metrics.refused("malformed")
            return Reply(400, b"The payload is none that Slack sends.")
        content = answer.headers["content-type"][0].partition(";")[0]
        return Reply(answer.status, answer.body.encode(errors="replace"), content)


def _tell(came: Request, kind: Kind, status: int) -> None:
    retry = repetition(came.retry.get(RETRY_NUM, ""))
    acked(came.id, kind, came.workspace, status=status, began=came.began, retry=retry)


async def _body(request: web.BaseRequest) -> bytes:
    """Raises `TimeoutError` where it comes too slowly, `HTTPRequestEntityTooLarge` at once where it is too large."""
    announced = request.content_length or 0
    if announced > BODY_MAX:
        raise web.HTTPRequestEntityTooLarge(BODY_MAX, announced)
    if request.content.is_eof():  # it came together with its headers, as most do
        return await request.read()
    async with asyncio.timeout(BODY_WITHIN_S):
        return await request.read()


Handler = Callable[[web.BaseRequest], Awaitable[Reply]]


def routes(health: Health, metrics: Metrics) -> dict[str, Handler]:
    """What every process tells of itself."""

    async def healthz(_request: web.BaseRequest) -> Reply:
        return Reply(200, b"ok\n")

    async def readyz(_request: web.BaseRequest) -> Reply:
        found = await asyncio.to_thread(health.look)
        lines = "".join(f"{name}: {problem or 'ok'}\n" for name, problem in found.items())
        return Reply(503 if any(found.values()) else 200, lines.encode())

    async def measured(_request: web.BaseRequest) -> Reply:
        return Reply(200, (await asyncio.to_thread(metrics.text)).encode(), "text/plain; version=0.0.4")

    return {"/healthz": healthz, "/readyz": readyz, "/metrics": measured}


class Server:
    """The HTTP server over a table of paths."""

    def __init__(self, handlers: Mapping[str, Handler], host: str, port: int) -> None:
        self._handlers = handlers
        self._host = host
        self._port = port
        self._runner: web.ServerRunner | None = None

    async def start(self) -> int:
        """Listen; the port. Raises OSError where it is taken."""
        server = web.Server(
            self._handle,
            request_factory=_request,
            keepalive_timeout=KEEP_ALIVE_S,
            access_log=None,
            max_line_size=4096,
            max_field_size=4096,
        )
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=DRAIN_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, backlog=512).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Listen no more and finish what is being answered."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        handler = self._handlers.get(request.path)
        if handler is None:
            return web.Response(status=404, text="There is nothing here.")
        if request.method != ("POST" if request.path == SLACK_PATH else "GET"):
            return web.Response(status=405, text="That is not done here.")
        try:
            reply = await handler(request)
        except (web.HTTPException, asyncio.CancelledError):
            raise
        except Exception:  # the last line
            log.exception("request_failed")
            reply = Reply(500, b"Something went wrong on mlbug's side.")
        response = web.Response(status=reply.status, body=reply.body)
        response.headers["Content-Type"] = reply.content_type
        for name, value in reply.headers:
            response.headers.add(name, value)
        return response


def _request(*arguments: object) -> web.BaseRequest:
    message, payload, protocol, writer, task = arguments[:5]
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=BODY_MAX)  # type: ignore[arg-type]


@contextlib.contextmanager
def beside(server: Server) -> Iterator[int]:
    """Serve from a thread of its own, beside other work; the port. Raises OSError where it is taken."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="telling", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def run_until_stopped(server: Server, ready: Callable[[int], None], alive: Callable[[], bool]) -> bool:
    """Serve until SIGTERM or SIGINT; False where `alive` turned false before that. Raises OSError."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ready(await server.start())
    try:
        while not stop.is_set():
            try:
                async with asyncio.timeout(2.0):
                    await stop.wait()
            except TimeoutError:
                if not alive():
                    return False
        return True
    finally:
        await server.stop()
