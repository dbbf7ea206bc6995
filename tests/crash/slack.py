"""Slack on a bad day: takes posts and answers look-ups, with faults, and kills whoever calls at the worst moment.

Each process of mlbug has an address of its own here, `/p<slot>/api/`, so that the caller is known.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.crash.links import Links

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

TEAM = "T0BENCH01"


@dataclass
class Slack:
    """The stand-in. `kill(slot)` ends a process; `aimed` is the share of posts at which it does so."""

    chance: random.Random
    kill: Callable[[int], None]
    aimed: float = 0.0
    faults: bool = True
    accepted: list[dict[str, Any]] = field(default_factory=list)  # in the order of their ts
    happened: Counter[str] = field(default_factory=Counter)
    port: int = 0
    links: Links = field(init=False)

    def start(self) -> None:
        """Serve in a thread of its own; returns when the port is known."""
        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # callers are killed in the middle of a request
        ready = threading.Event()
        self.links = Links(self.chance)

        async def serve() -> None:
            self.links.loop = asyncio.get_running_loop()
            runner = web.ServerRunner(web.Server(self._answer), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start()
            self.port = runner.addresses[0][1]
            ready.set()
            await asyncio.Event().wait()

        threading.Thread(target=lambda: asyncio.run(serve()), daemon=True, name="slack").start()
        ready.wait()

    def keys(self) -> Counter[str]:
        """How often a message with each key was accepted."""
        return Counter(message["metadata"]["event_payload"]["key"] for message in self.accepted)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        _, process, _, method = request.path.split("/", 3)
        slot = int(process[1:])
        if method == "link":
            return await self.links.connect(request, slot)
        arguments = await _arguments(request)
        if method == "chat.postMessage":
            return await self._post(request, slot, arguments)
        told: dict[str, dict[str, Any]] = {
            "apps.connections.open": {"url": f"ws://127.0.0.1:{self.port}/{process}/socket/link"},
            "auth.test": {"team_id": TEAM, "user_id": "U0APP", "bot_id": "B0APP"},
        }
        if method in told:
            return _ok(**told[method])
        asked: dict[str, Callable[[], dict[str, Any]]] = {
            "users.info": lambda: {"user": {"id": arguments["user"], "team_id": TEAM}},
            "conversations.open": lambda: {"channel": {"id": "D" + arguments["users"]}},
            "conversations.history": lambda: self._page(arguments),
            "conversations.replies": lambda: self._page(arguments),
        }
        return await self._read(request, asked[method]()) if method in asked else _ok()

    async def _read(self, request: web.BaseRequest, answer: dict[str, Any]) -> web.StreamResponse:
        fault = self._fault({"limited": 0.03, "error": 0.02, "dropped": 0.02})
        return await self._spoilt(request, fault) if fault else _ok(**answer)

    def _page(self, arguments: dict[str, Any]) -> dict[str, Any]:
        oldest = float(arguments.get("oldest", 0))
        thread = arguments.get("ts")
        found = [
            message
            for message in reversed(self.accepted)
            if message["channel"] == arguments["channel"]
            and float(message["ts"]) >= oldest
            and (not thread or message.get("thread_ts") == thread)
        ]
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit", 100))
        more = str(start + limit) if start + limit < len(found) else ""
        return {"messages": found[start : start + limit], "response_metadata": {"next_cursor": more}}

    async def _post(self, request: web.BaseRequest, slot: int, arguments: dict[str, Any]) -> web.StreamResponse:
        if self.faults and self.chance.random() < self.aimed:
            return await self._murder(request, slot, arguments)
        rates = {
            "limited": 0.05,
            "error": 0.02,
            "dropped": 0.02,
            "error after": 0.02,
            "dropped after": 0.03,
            "slow": 0.03,
        }
        fault = self._fault(rates)
        if fault in {"limited", "error", "dropped"}:
            return await self._spoilt(request, fault)
        if fault == "slow":
            await asyncio.sleep(0.3)
        ts = self._accept(arguments)
        if fault in {"error after", "dropped after"}:
            return await self._spoilt(request, fault.removesuffix(" after"))
        return _ok(channel=arguments["channel"], ts=ts)

    async def _murder(self, request: web.BaseRequest, slot: int, arguments: dict[str, Any]) -> web.StreamResponse:
        """Kill the poster: before the post is accepted, after it, or so that it is accepted when nobody is there any more."""
        moment = self.chance.choice(("before", "after", "late"))
        self.happened[f"killed {moment} accepting"] += 1
        if moment == "after":
            self._accept(arguments)
        self.kill(slot)
        if moment == "late":
            await asyncio.sleep(0.3)
            self._accept(arguments)
        return await self._spoilt(request, "dropped")

    def _accept(self, arguments: dict[str, Any]) -> str:
        last = float(self.accepted[-1]["ts"]) if self.accepted else 0.0
        ts = f"{max(time.time(), last + 0.000002):.6f}"
        self.accepted.append(arguments | {"ts": ts})
        return ts

    def _fault(self, rates: dict[str, float]) -> str:
        if not self.faults:
            return ""
        drawn = self.chance.random()
        for name, rate in rates.items():
            drawn -= rate
            if drawn < 0:
                self.happened[name] += 1
                return name
        return ""

    @staticmethod
    async def _spoilt(request: web.BaseRequest, fault: str) -> web.StreamResponse:
        if fault == "limited":
            answer = {"ok": False, "error": "ratelimited"}
            return web.json_response(answer, status=429, headers={"Retry-After": "1"})
        if fault == "error":
            return web.Response(status=503, text="upstream connect error")
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


async def _arguments(request: web.BaseRequest) -> dict[str, Any]:
    body = await request.read()
    if request.content_type == "application/json":
        given: dict[str, Any] = json.loads(body or b"{}")
        return given
    return dict(parse_qsl(body.decode()))


def _ok(**more: Any) -> web.StreamResponse:
    return web.json_response({"ok": True} | more)
