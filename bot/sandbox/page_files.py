"""The files of the page, served from the package; nothing is built and nothing comes from elsewhere."""

from __future__ import annotations

import re
from importlib import resources

from aiohttp import web

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


async def serve_page(request: web.Request) -> web.StreamResponse:
    """Give a file of the page; every address without an ending is the page itself."""
    path = request.match_info["path"]
    if path == "" or path.startswith("archives/"):
        path = "index.html"
    name = re.fullmatch(r"([a-z0-9_/]+)\.(html|css|js|svg)", path)
    if name is None:
        raise web.HTTPNotFound(text="There is no such page.")
    file = resources.files("bot.sandbox").joinpath("page", *path.split("/"))
    if not file.is_file():
        raise web.HTTPNotFound(text="There is no such page.")
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=file.read_text("utf-8"), content_type=_TYPES[name[2]], charset="utf-8", headers=headers)
