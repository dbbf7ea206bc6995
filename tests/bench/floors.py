"""What mlbug is measured against: `bare`, a server that only checks the signature, and `bolt`, a Bolt app that only acks.

Both run on the same HTTP server as `mlbug serve` (aiohttp), Bolt by its own adapter for it. `opening` is the latter that opens
a dialog after its ack, too, by Bolt's own client. Also `slack`, which says yes to every call of the Web API. Run as a process:
`python -m tests.bench.floors bare`; the port is printed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import logging
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.bench.client import SECRET

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


async def serve(which: str) -> None:
    if which in {"bolt", "opening"}:
        runner: web.BaseRunner = bolt(opens_at=os.environ["OPENS_AT"] if which == "opening" else "")
    else:
        runner = web.ServerRunner(web.Server({"bare": bare, "slack": slack}[which]), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201  # the way to tell the port
    await asyncio.Event().wait()


async def bare(request: web.BaseRequest) -> web.StreamResponse:
    body = await request.read()
    moment = request.headers["X-Slack-Request-Timestamp"].encode()
    seal = "v0=" + hmac.new(SECRET.encode(), b"v0:" + moment + b":" + body, hashlib.sha256).hexdigest()
    good = hmac.compare_digest(seal, request.headers["X-Slack-Signature"])
    return web.Response(status=200 if good else 401)


_ts = itertools.count(1)


async def slack(request: web.BaseRequest) -> web.StreamResponse:
    await request.read()
    method = request.path.rpartition("/")[2]
    answers = {
        "auth.test": {"team_id": "T0BENCH01", "user_id": "U0APP", "bot_id": "B0BENCH01"},
        "users.info": {"user": {"id": "U0BENCH00", "team_id": "T0BENCH01"}},
        "conversations.open": {"channel": {"id": "D0BENCH01"}},
        "chat.postMessage": {"channel": "C0BENCH01", "ts": f"{next(_ts)}.000100"},
    }
    return web.json_response({"ok": True} | answers.get(method, {}))


def bolt(opens_at: str = "") -> web.BaseRunner:
    import aiohttp  # noqa: PLC0415  # only this floor pays for these
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415
    from slack_bolt.authorization import AuthorizeResult  # noqa: PLC0415
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

    from bot.render import screens  # noqa: PLC0415
    from triage import bars  # noqa: PLC0415
    from triage.interview import Screen  # noqa: PLC0415
    from triage.reports import Entries, Step  # noqa: PLC0415

    known = AuthorizeResult(enterprise_id=None, team_id="T0BENCH01", bot_id="B0", bot_user_id="U0", bot_token="xoxb-1")

    async def authorize() -> AuthorizeResult:
        return known

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)

    @app.command("/mlbug")
    @app.view(re.compile("."))
    async def acked(ack: Callable[[], Awaitable[None]], body: dict[str, Any]) -> None:
        await ack()
        if opens_at and "command" in body:
            opened = asyncio.create_task(open_dialog(body["trigger_id"]))
            under_way.add(opened)
            opened.add_done_callback(under_way.discard)

    under_way: set[asyncio.Task[None]] = set()
    clients: list[AsyncWebClient] = []

    async def open_dialog(trigger_id: str) -> None:
        if not clients:  # one session for all calls: a new one for each costs several times as much
            clients.append(AsyncWebClient("xoxb-1", base_url=opens_at, session=aiohttp.ClientSession()))
        await clients[0].views_open(trigger_id=trigger_id, view=view)

    view = screens.render(Screen(Step.WHAT), screens.Shown(bars.builtin(), "draft", Entries()))
    return web.AppRunner(app.web_app("/slack/events"), access_log=None)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(serve(sys.argv[1]))
