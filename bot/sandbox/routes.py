"""The addresses of the sandbox, and the guard that keeps other sites of the browser out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox import posting
from bot.sandbox.errors import ApiError
from bot.sandbox.page_files import serve_page
from bot.sandbox.page_socket import PageSocket

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from bot.sandbox.hub import Hub
    from bot.sandbox.socket_mode import SocketLink
    from bot.sandbox.web_api import WebApi

_LARGEST_BODY = 32 * 1024 * 1024


def _guard(host: str) -> Middleware:
    """Refuse requests under another name (DNS rebinding) or from another site's page."""
    names = {host, "127.0.0.1", "localhost", "::1"}

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = urlsplit(f"//{request.headers.get('Host', '')}").hostname
        origin = request.headers.get("Origin")
        if name not in names or (origin is not None and urlsplit(origin).netloc != request.headers.get("Host")):
            raise web.HTTPForbidden(text="The sandbox answers only its own page and programs on this machine.")
        return await handler(request)

    return guard


def build_application(hub: Hub, api: WebApi, socket: SocketLink, host: str) -> web.Application:
    """Put all addresses together."""
    application = web.Application(middlewares=[_guard(host)], client_max_size=_LARGEST_BODY)
    application.router.add_route("*", "/api/{method}", api.serve)
    application.router.add_get("/socket", socket.serve)

    async def respond(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        exchange = hub.inspector.begin("from_app", "response_url", body)
        try:
            posting.answer_url(hub, request.match_info["key"], body)
        except ApiError as error:
            problems = [] if error.is_asked_for else [f"response_url: {error.code}", *error.messages]
            hub.inspector.end(exchange, error.code, None, problems)
            return web.Response(text=error.code, status=404)
        hub.inspector.end(exchange, "ok", None)
        return web.Response(text="ok")

    async def upload(request: web.Request) -> web.StreamResponse:
        stored = _file(request)
        content = await request.read()
        if request.content_type.startswith("multipart/"):
            form = await request.post()
            field: Any = next(iter(form.values()))
            content = field.file.read()
        stored["content"] = content
        return web.Response(text=f"OK - {len(content)}")

    async def download(request: web.Request) -> web.StreamResponse:
        stored = _file(request)
        disposition = {"Content-Disposition": f'attachment; filename="{stored["id"]}"'}
        return web.Response(body=stored["content"] or b"", headers=disposition)

    def _file(request: web.Request) -> dict[str, Any]:
        team = hub.teams.get(request.match_info["team"])
        stored = team.files.get(request.match_info["file"]) if team else None
        if stored is None or stored["key"] != request.match_info["key"]:
            raise web.HTTPNotFound(text="There is no such file.")
        return stored

    application.router.add_post("/response/{key}", respond)
    application.router.add_post("/upload/{team}/{file}/{key}", upload)
    application.router.add_get("/files/{team}/{file}/{key}", download)
    application.router.add_get("/oauth/v2/authorize", hub.installs.ask)
    application.router.add_get("/oauth/v2/allow", hub.installs.allow)
    application.router.add_get("/page/socket", PageSocket(hub).serve)
    application.router.add_get("/{path:.*}", serve_page)
    return application
