"""Socket Mode: the app holds a web socket open, and each envelope goes down one of them and is acknowledged by id.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import WSMsgType, web

from bot.sandbox.blockkit import limits
from bot.sandbox.errors import ApiError
from bot.sandbox.link import Answer, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.ids import Ids

_MOST_CONNECTIONS = 10
# slack_sdk's client waits for the next frame before it can close, 3 s at most: frequent pings let it go at once.
_PING_SECONDS = 0.2


class SocketLink:
    """All the sockets of one app. Every envelope goes to one of them, in turn."""

    def __init__(self, ids: Ids, app_id: str, ack_seconds: float) -> None:
        self._ids = ids
        self._app_id = app_id
        self._ack_seconds = ack_seconds
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._transports: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._turn = 0
        self.on_change: Callable[[], None] = lambda: None

    @property
    def name(self) -> Literal["socket", "http"]:
        """Tell which transport it is."""
        return "socket"

    @property
    def is_connected(self) -> bool:
        """Tell whether an app holds a socket open."""
        return bool(self._sockets)

    @property
    def connections(self) -> int:
        """Count the open sockets."""
        return len(self._sockets)

    def ticket(self) -> str:
        """Make the ticket of a socket's address; it lets one connection in."""
        if len(self._sockets) >= _MOST_CONNECTIONS:
            raise ApiError("too_many_websockets")
        ticket = self._ids.uuid()
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one socket open until either side closes it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=401)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=None, max_msg_size=0)
        await socket.prepare(request)
        self._sockets.append(socket)
        if request.transport is not None:
            self._transports[socket] = request.transport
        pinging = asyncio.create_task(self._ping(socket))
        try:
            await socket.send_json(self._hello())
            self.on_change()
            async for frame in socket:
                if frame.type == WSMsgType.TEXT:
                    self._receive(frame.data)
        finally:
            pinging.cancel()
            self._sockets.remove(socket)
            self._transports.pop(socket, None)
            self.on_change()
        return socket

    @staticmethod
    async def _ping(socket: web.WebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError):
            while not socket.closed:
                await asyncio.sleep(_PING_SECONDS)
                await socket.ping(b"sandbox")

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self._sockets),
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app_id},
        }

    def _receive(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(str(frame.get("envelope_id"))) if isinstance(frame, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(frame.get("payload"))

    async def send(self, kind: Kind, payload: dict[str, Any], *, retry: int = 0, reason: str = "") -> Answer:
        """Send an envelope down the next socket and wait for its acknowledgement."""
        if not self._sockets:
            return Answer("absent", why="no socket is open")
        self._turn += 1
        socket = self._sockets[self._turn % len(self._sockets)]
        envelope: dict[str, Any] = {
            "envelope_id": self._ids.uuid(),
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = future
        try:
            async with asyncio.timeout(self._ack_seconds):
                await socket.send_json(envelope)
                body = await future
        except TimeoutError:
            return Answer("late", why=f"no acknowledgement within {self._ack_seconds:g} s")
        except ConnectionError:
            return Answer("absent", why="the socket closed")
        finally:
            del self._waiting[envelope["envelope_id"]]
        return self._judge(body)

    @staticmethod
    def _judge(body: Any) -> Answer:
        size = len(json.dumps(body, ensure_ascii=False).encode())
        if size >= limits.SOCKET_ANSWER_BYTES:
            why = f"the answer has {size} bytes; Socket Mode drops answers of 20 kB or more without a word"
            return Answer("failed", body, why, [why])
        return Answer("acknowledged", body or None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every socket to go, as Slack does every few hours, and close them."""
        for socket in list(self._sockets):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
            await socket.close()

    async def cut(self) -> None:
        """Cut every socket without a word, as a network does."""
        for transport in self._transports.values():
            transport.abort()

    async def close(self) -> None:
        """Close all sockets."""
        for socket in list(self._sockets):
            await socket.close()
