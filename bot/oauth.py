"""Installing by OAuth: the way to Slack and back, with a state that is good once, and what is kept of it.

https://docs.slack.dev/authentication/installing-with-oauth
"""

import asyncio
import hashlib
import hmac
import html
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin

from bot.gateway import RefusedBySlack, SlackFault
from bot.manifest import OPTIONAL_SCOPES, SCOPES
from bot.manifest_http import INSTALL_PATH, REDIRECT_PATH
from bot.slack_http import Reply
from triage.errors import MlbugError
from triage.installs import Installation, Installations
from triage.ports import Clock

log = logging.getLogger(__name__)

STATE_S = 600
COOKIE = "mlbug_state"
HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
_STATE = re.compile(r"[A-Za-z0-9_-]{43}")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}}</style>
</head><body><h1>{title}</h1><p>{text}</p></body></html>
"""

Exchange = Callable[..., Mapping[str, Any]]  # oauth.v2.access; raises `SlackFault`


class Asked(Protocol):
    """A request, as far as it matters here."""

    @property
    def query(self) -> Mapping[str, str]:
        """The query's fields."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies."""


class Installer:
    """Lets workspaces in. `url` is the public address, `api_url` Slack's; `installed` hears of each new installation.

    `bot_id_of` asks Slack for the id behind a token, which its answer to the exchange lacks; empty where it can't be told.
    """

    def __init__(
        self,
        store: Installations,
        exchange: Exchange,
        *,
        client_id: str,
        url: str,
        api_url: str,
        clock: Clock,
        bot_id_of: Callable[[str], str],
        installed: Callable[[Installation], None],
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._client_id = client_id
        self._url = url.rstrip("/")
        self._authorize_url = urljoin(
            api_url, "../oauth/v2/authorize" if api_url.endswith("/") else "oauth/v2/authorize"
        )
        self._clock = clock
        self._bot_id_of = bot_id_of
        self._installed = installed

    def routes(self) -> dict[str, Callable[[Asked], Awaitable[Reply]]]:
        """What the server answers; the work is done beside its event loop."""

        async def install(_request: Asked) -> Reply:
            return await asyncio.to_thread(self.begin)

        async def redirect(request: Asked) -> Reply:
            query, cookie = dict(request.query), request.cookies.get(COOKIE, "")
            return await asyncio.to_thread(self.finish, query, cookie)

        return {INSTALL_PATH: install, REDIRECT_PATH: redirect}

    def begin(self) -> Reply:
        """Send the browser to Slack, with a new state that it alone has."""
        state = secrets.token_urlsafe(32)
        try:
            self._store.put_state(_digest(state), self._clock() + timedelta(seconds=STATE_S))
        except MlbugError as told:
            return _page(503, "Not now", told.message)
        asked = {
            "client_id": self._client_id,
            "scope": ",".join((*SCOPES, *OPTIONAL_SCOPES)),
            "redirect_uri": self._url + REDIRECT_PATH,
            "state": state,
        }
        secure = "; Secure" if self._url.startswith("https://") else ""
        cookie = f"{COOKIE}={state}; Max-Age={STATE_S}; Path=/slack; HttpOnly; SameSite=Lax{secure}"
        goes = (("Location", f"{self._authorize_url}?{urlencode(asked)}"), ("Set-Cookie", cookie))
        return Reply(302, b"", headers=(*HEADERS, *goes))

    def finish(self, query: Mapping[str, str], cookie: str) -> Reply:
        """Take the browser back: keep the installation, or say why not."""
        state = query.get("state", "")
        try:
            # Compared first, so that a state that somebody else was lured into is neither used nor used up.
            if not _STATE.fullmatch(state) or not hmac.compare_digest(state, cookie if cookie.isascii() else ""):
                return _again("This did not begin in this browser.")
            if not self._store.take_state(_digest(state), self._clock()):
                return _again("It took longer than ten minutes, or this page was opened twice.")
            if query.get("error"):
                log.info("install_declined")
                return _page(200, "Not installed", "You chose not to install mlbug. Nothing was kept.")
            return self._kept(query.get("code", ""))
        except MlbugError as told:
            return _page(503, "Not installed", told.message)

    def _kept(self, code: str) -> Reply:
        try:
            told = self._exchange(code=code, redirect_uri=self._url + REDIRECT_PATH)
        except RefusedBySlack as refused:
            log.warning("install_refused", extra={"error": refused.error})
            return _again(f"Slack refused it ({refused.error}).")
        except SlackFault as away:
            log.warning("install_failed", extra={"error": away.error})
            return _again(f"Slack could not be reached ({away.error}).")
        installation = installation_of(told, self._clock)
        if not installation.bot_id:
            installation = replace(installation, bot_id=self._bot_id_of(installation.token))
        self._store.put(installation)
        log.info("installed", extra={"workspace": installation.team, "enterprise": installation.enterprise})
        self._installed(installation)
        where = installation.name or "your workspace"
        return _page(
            200, "mlbug is installed", f"Open {where} in Slack: mlbug has sent you a message with the next step."
        )


def installation_of(told: Mapping[str, Any], clock: Clock) -> Installation:
    """An installation from Slack's answer to oauth.v2.access. Raises `RefusedBySlack` where it has no bot token."""
    token = str(told.get("access_token") or "")
    if told.get("token_type", "bot") != "bot" or not token:
        raise RefusedBySlack("no_bot_token")
    team, enterprise = told.get("team") or {}, told.get("enterprise") or {}
    whole = bool(told.get("is_enterprise_install"))
    ends_in = told.get("expires_in")
    return Installation(
        enterprise=str(enterprise.get("id") or ""),
        team="" if whole else str(team.get("id") or ""),
        name=str((enterprise if whole else team).get("name") or ""),
        bot_user=str(told.get("bot_user_id") or ""),
        bot_id=str(told.get("bot_id") or ""),
        installer=str((told.get("authed_user") or {}).get("id") or ""),
        scopes=str(told.get("scope") or "")[:2000],
        installed_at=clock(),
        token=token,
        refresh_token=str(told.get("refresh_token") or ""),
        expires_at=clock() + timedelta(seconds=int(ends_in)) if ends_in else None,
    )


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _again(why: str) -> Reply:
    return _page(400, "Not installed", f"{why} Nothing was kept. Begin again at the address where you came in.")


def _page(status: int, title: str, text: str) -> Reply:
    body = _PAGE.format(title=html.escape(title), text=html.escape(text)).encode()
    gone = ("Set-Cookie", f"{COOKIE}=; Max-Age=0; Path=/slack; HttpOnly; SameSite=Lax")
    return Reply(status, body, "text/html; charset=utf-8", headers=(*HEADERS, gone))
