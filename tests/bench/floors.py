"""What mlbug is measured against: `bare`, a server that only checks the signature, and `bolt`, a Bolt app that only acks.

Both run on the same HTTP server as `mlbug serve` (aiohttp), Bolt by its own adapter for it. Also `slack`, which says yes to
every call of the Web API. Run as a process: `python -m tests.bench.floors bare`; the port is printed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import logging
import re
import sys
from typing import TYPE_CHECKING

from aiohttp import web

from tests.bench.client import SECRET

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


async def serve(which: str) -> None:
    if which == "bolt":
        runner: web.BaseRunner = bolt()
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


def bolt() -> web.BaseRunner:
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415  # only this floor pays for it
    from slack_bolt.authorization import AuthorizeResult  # noqa: PLC0415

    known = AuthorizeResult(enterprise_id=None, team_id="T0BENCH01", bot_id="B0", bot_user_id="U0", bot_token="xoxb-1")

    async def authorize() -> AuthorizeResult:
        return known

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)

    @app.command("/mlbug")
    @app.view(re.compile("."))
    async def acked(ack: Callable[[], Awaitable[None]]) -> None:
        await ack()

    return web.AppRunner(app.web_app("/slack/events"), access_log=None)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(serve(sys.argv[1]))
