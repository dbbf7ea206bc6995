"""The Socket Mode half of the stand-in: connections by process, envelopes out, acks back. Some connections break in between."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

ACK_WITHIN_S = 3.0
BROKEN = 0.02  # the share of envelopes after which the connection is gone


class Links:
    """What `apps.connections.open` leads to. Lives on the stand-in's loop; `send` is for any thread."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._open: dict[int, web.WebSocketResponse] = {}
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.faults = True

    def is_open(self, slot: int) -> bool:
        """Whether that process is connected."""
        return slot in self._open

    async def connect(self, request: web.BaseRequest, slot: int) -> web.WebSocketResponse:
        """Keep a process's connection until it ends."""
        link = web.WebSocketResponse()
        await link.prepare(request)
        await link.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0BENCH01"}})
        self._open[slot] = link
        try:
            async for message in link:
                if message.type is WSMsgType.TEXT:
                    self._acked(json.loads(message.data))
        finally:
            if self._open.get(slot) is link:
                del self._open[slot]
        return link

    def send(self, payload: Mapping[str, Any], kind: str = "interactive") -> bytes:
        """Send an envelope over any connection, as Slack does; what the ack says, empty where none came."""
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(self._send(payload, kind), self.loop).result(ACK_WITHIN_S + 2)

    async def _send(self, payload: Mapping[str, Any], kind: str) -> bytes:
        if not self._open:
            return b""
        link = self._chance.choice(list(self._open.values()))
        envelope = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        acked = self._waiting[envelope] = asyncio.get_running_loop().create_future()
        try:
            await link.send_json(
                {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
            )
            if self.faults and self._chance.random() < BROKEN:
                await link.close()
            async with asyncio.timeout(ACK_WITHIN_S):
                return json.dumps(await acked).encode()
        except (TimeoutError, ConnectionError):
            return b""
        finally:
            del self._waiting[envelope]

    def _acked(self, answer: dict[str, Any]) -> None:
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or {})
