"""Installing the app into a workspace by OAuth, and taking it out again.

https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.sandbox import events
from bot.sandbox.errors import ApiError

if TYPE_CHECKING:
    from bot.sandbox.hub import Hub
    from bot.sandbox.team import Team

Json = dict[str, Any]
_CODE_SECONDS = 600
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Install, in the sandbox</title><link rel="stylesheet" href="/css/base.css">
<link rel="stylesheet" href="/css/layout.css"></head>
<body><main class="install"><p><span class="badge">Sandbox, not Slack</span></p>
<h1>Install {app}?</h1><p>It asks for: {scopes}.</p>
{choices}</main></body></html>"""
_CHOICE = '<p><a class="button primary" href="{address}">Allow in {team}</a></p>'


@dataclass
class Code:
    """What an authorization code is good for: one exchange within ten minutes."""

    team: str
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str
    made_at: float


class Installs:
    """Hands out authorization codes and exchanges them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._codes: dict[str, Code] = {}

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Show the page that asks whether to install, one link for each workspace."""
        query = request.query
        problem = self._refusal(query.get("client_id", ""), query.get("scope", ""), query.get("redirect_uri", ""))
        if problem:
            raise web.HTTPBadRequest(text=problem)
        app = next(iter(self._hub.teams.values())).app
        choices = []
        for team in self._hub.teams.values():
            address = "/oauth/v2/allow?" + urlencode({**query, "team": team.id})
            choices.append(_CHOICE.format(address=escape(address, quote=True), team=escape(team.name)))
        scopes = escape(", ".join(query["scope"].split(",")))
        page = _PAGE.format(app=escape(app.name), scopes=scopes, choices="\n".join(choices))
        return web.Response(text=page, content_type="text/html", charset="utf-8")

    def _refusal(self, client_id: str, scope: str, redirect_uri: str) -> str:
        if client_id != self._hub.keys.client_id:
            return "invalid_client_id: give the sandbox's client id to the app as SLACK_CLIENT_ID."
        if not scope:
            return "invalid_scope: the app asked for no scopes."
        unknown = sorted(set(scope.split(",")) - set(next(iter(self._hub.teams.values())).app.scopes))
        if unknown:
            return f"invalid_scope: the manifest does not have {', '.join(unknown)}."
        if redirect_uri and urlsplit(redirect_uri).hostname not in ("127.0.0.1", "localhost", "::1"):
            return "bad_redirect_uri: the sandbox sends people only to this machine."
        return ""

    async def allow(self, request: web.Request) -> web.StreamResponse:
        """Make a code and send the browser back to the app with it."""
        query = request.query
        problem = self._refusal(query.get("client_id", ""), query.get("scope", ""), query.get("redirect_uri", ""))
        team = self._hub.teams.get(query.get("team", ""))
        if problem or team is None or not query.get("redirect_uri"):
            raise web.HTTPBadRequest(text=problem or "bad_redirect_uri: the app gave no address to return to.")
        user = next(each.id for each in team.users.values() if each.is_admin)
        code = self._hub.ids.secret(32)
        scopes = tuple(query["scope"].split(","))
        self._codes[code] = Code(team.id, user, scopes, query["redirect_uri"], self._hub.clock.now())
        back = {"code": code, "state": query.get("state", "")}
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(back)}")

    def exchange(self, args: Json) -> Json:
        """Give the tokens for a code, once; raise ApiError where Slack would refuse."""
        keys = self._hub.keys
        if args.get("client_id") != keys.client_id:
            raise ApiError("invalid_client_id")
        if args.get("client_secret") != keys.client_secret:
            raise ApiError("bad_client_secret")
        code = self._codes.pop(args.get("code", ""), None)
        if code is None or self._hub.clock.now() - code.made_at > _CODE_SECONDS:
            raise ApiError("invalid_code")
        if args.get("redirect_uri") not in (None, code.redirect_uri):
            raise ApiError("bad_redirect_uri")
        team = self._hub.teams[code.team]
        team.is_installed = True
        self._hub.changed()
        return {
            "app_id": keys.app_id,
            "authed_user": {"id": code.user},
            "scope": ",".join(code.scopes),
            "token_type": "bot",
            "access_token": team.bot_token,
            "bot_user_id": team.bot.id,
            "team": {"id": team.id, "name": team.name},
            "enterprise": None,
            "is_enterprise_install": False,
        }


def uninstall(hub: Hub, team: Team) -> None:
    """Take the app out of a workspace: its token is void, and it is told so."""
    events.tell(hub, team, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot.id]}})
    events.tell(hub, team, {"type": "app_uninstalled"})
    team.is_installed = False
    team.bot_token = f"xoxb-sandbox-{hub.ids.secret()}"
    hub.changed()
