"""The page's own protocol: one web socket, JSON both ways.

The page sends `{"n": 7, "do": "press", ...}` and gets `{"type": "done", "n": 7, "error": null}`; whenever something
changes it gets the whole state of its screen again (`snapshot.py`). No token ever goes to the page.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import OrderedDict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from bot.sandbox.clock import MovableClock
from bot.sandbox.errors import ApiError, PersonError
from bot.sandbox.hands import Hands
from bot.sandbox.snapshot import Looking, snapshot

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.hub import Hub
    from bot.sandbox.team import Message, Team, View

Json = dict[str, Any]
_GATHER_SECONDS = 0.015
_KNOWN_LOADS = 100
_SHOWN_EXCHANGES = 200


class PageSocket:
    """Serves every open page."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loads: OrderedDict[str, float] = OrderedDict()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold the socket of one page."""
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        first = next(iter(self._hub.teams.values()))
        team = self._hub.teams.get(request.query.get("team", ""), first)
        page = _Page(self._hub, team, socket, self._since(request.query.get("load", "")))
        page.become(request.query.get("as", ""))
        page.go_to(request.query.get("at", ""))
        showing = asyncio.create_task(page.keep_showing())
        doing: set[asyncio.Task[None]] = set()
        try:
            async for frame in socket:
                if frame.type == WSMsgType.TEXT:
                    task = asyncio.create_task(page.do(json.loads(frame.data)))
                    doing.add(task)
                    task.add_done_callback(doing.discard)
        finally:
            showing.cancel()
        return socket

    def _since(self, load: str) -> float:
        """Tell since when a page is open; the same load after a lost connection is the same page."""
        since = self._loads.setdefault(load, self._hub.clock.now())
        while len(self._loads) > _KNOWN_LOADS:
            self._loads.popitem(last=False)
        return since


class _Page:
    def __init__(self, hub: Hub, team: Team, socket: web.WebSocketResponse, since: float) -> None:
        self._hub = hub
        self._team = team
        self._socket = socket
        self._since = since
        self._deeds: dict[str, Callable[[Json], Awaitable[Any]]] = {
            "become": self._become,
            "watch": self._watch,
            "type": self._type,
            "hold": self._hold,
            "choose": self._choose,
            "press": self._press,
            "suggest": self._suggest,
            "submit": self._submit,
            "close": self._close,
            "close_all": self._close_all,
            "shortcut": self._shortcut,
            "open_app": self._open_app,
            "traffic": self._traffic,
            "move_on": self._move_on,
        }

    def become(self, handle: str) -> None:
        """Let the page belong to somebody else; an unknown handle is the first person."""
        people = [each for each in self._team.users.values() if not each.is_bot]
        user = next((each for each in people if each.handle == handle), people[0])
        self._hands = Hands(self._hub, self._team, user)
        first = self._team.visible_to(user.id)[0]
        self._at = Looking(user, self._since, first.id)

    def go_to(self, path: str) -> None:
        """Open the channel and the thread of a permalink, where the person may see them."""
        match = re.fullmatch(r"/archives/(\w+)(?:/p(\d{10})(\d{6}))?", path)
        channel = self._team.channels.get(match[1]) if match else None
        if match is None or channel is None or self._at.user.id not in channel.members:
            return
        self._at.channel = channel.id
        said = channel.messages.get(f"{match[2]}.{match[3]}") if match[2] else None
        self._at.thread = said.thread_ts if said else None

    async def keep_showing(self) -> None:
        """Send the state now and after every change, those that come together at once."""
        last = ""
        with contextlib.suppress(ConnectionError):
            while not self._socket.closed:
                version = self._hub.version
                state = snapshot(self._hub, self._team, self._at, is_connected=self._hub.link.is_connected)
                text = json.dumps(state, separators=(",", ":"))
                comparable = json.dumps({**state, "now": 0})
                if comparable != last:
                    last = comparable
                    await self._socket.send_str(text)
                if version == self._hub.version:
                    await self._hub.next_change()
                await asyncio.sleep(_GATHER_SECONDS)

    async def do(self, deed: Json) -> None:
        """Do one thing for the page and tell it how that went."""
        answer: Json = {"type": "done", "n": deed.get("n"), "error": None}
        try:
            answer["value"] = await self._deeds[deed["do"]](deed)
        except (PersonError, ApiError) as error:
            answer["error"] = str(error)
        except (AttributeError, KeyError, TypeError, ValueError):
            answer["error"] = "The page asked for something that the sandbox does not understand. Reload it."
        with contextlib.suppress(ConnectionError):
            await self._socket.send_json(answer)

    def _place(self, deed: Json) -> View | Message:
        view = self._team.views.get(deed.get("view", ""))
        if view is not None and view.user == self._at.user.id:
            return view
        said = self._message(deed) if "ts" in deed else None
        if said is None:
            raise PersonError("That is not on the screen any more.")
        return said

    def _message(self, deed: Json) -> Message | None:
        mine = (each for each in self._team.ephemerals if each.only_for == self._at.user.id)
        found = next((each for each in mine if each.ts == deed["ts"]), None)
        channel = self._team.channels.get(deed.get("channel", ""))
        if found is None and channel is not None and self._at.user.id in channel.members:
            found = channel.messages.get(deed["ts"])
        return found

    def _view(self, deed: Json) -> View:
        place = self._team.views.get(deed["view"])
        if place is None or place.user != self._at.user.id:
            raise PersonError("That is not on the screen any more.")
        return place

    async def _become(self, deed: Json) -> None:
        self.become(deed["handle"])
        self._hub.changed()

    async def _watch(self, deed: Json) -> None:
        channel = self._team.channels.get(deed["channel"])
        if channel is None or self._at.user.id not in channel.members:
            raise PersonError("There is no such channel.")
        self._at.channel = channel.id
        self._at.thread = deed.get("thread")
        self._hub.changed()

    async def _type(self, deed: Json) -> None:
        channel = self._team.channels[deed["channel"]]
        await self._hands.type(channel, str(deed["text"]), deed.get("thread"))

    async def _hold(self, deed: Json) -> None:
        self._hands.hold(self._place(deed), deed["block"], deed["action"], deed["value"])

    async def _choose(self, deed: Json) -> None:
        await self._hands.choose(self._place(deed), deed["block"], deed["action"], deed["value"])

    async def _press(self, deed: Json) -> None:
        await self._hands.press(self._place(deed), deed["block"], deed["action"], deed.get("chosen"))

    async def _suggest(self, deed: Json) -> list[Json]:
        return await self._hands.suggest(self._place(deed), deed["block"], deed["action"], str(deed["typed"]))

    async def _submit(self, deed: Json) -> None:
        await self._hands.submit(self._view(deed))

    async def _close(self, deed: Json) -> None:
        await self._hands.close(self._view(deed))

    async def _close_all(self, _deed: Json) -> None:
        await self._hands.close_all()

    async def _shortcut(self, deed: Json) -> None:
        said = self._message(deed) if "ts" in deed else None
        if said is None:
            await self._hands.global_shortcut(deed["callback_id"])
        else:
            await self._hands.message_shortcut(deed["callback_id"], said)

    async def _traffic(self, _deed: Json) -> list[Json]:
        return [asdict(each) for each in list(self._hub.inspector.exchanges)[-_SHOWN_EXCHANGES:]]

    async def _move_on(self, deed: Json) -> None:
        if not isinstance(self._hub.clock, MovableClock):
            raise PersonError("This sandbox was given a clock that it may not move.")
        self._hub.clock.move_on(float(deed["seconds"]))
        self._hub.changed()

    async def _open_app(self, deed: Json) -> None:
        self._hands.look_at_app("home" if deed["tab"] == "home" else "messages")
