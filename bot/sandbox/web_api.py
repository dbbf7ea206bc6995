"""The Web API's door: reads the arguments, checks token, scope and arguments, calls the method, writes the answer.

https://docs.slack.dev/apis/web-api
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import BasicAuth, web

from bot.sandbox.errors import ApiError
from bot.sandbox.methods import METHODS
from bot.sandbox.methods.method import Call

if TYPE_CHECKING:
    from bot.sandbox.faults import CallFault
    from bot.sandbox.hub import Hub
    from bot.sandbox.methods.method import Kind, Method
    from bot.sandbox.socket_mode import SocketLink
    from bot.sandbox.team import Team

Json = dict[str, Any]
_EVERYWHERE = ("token", "team_id")  # Bolt sends team_id along with every call


class WebApi:
    """Answers calls of `/api/METHOD`, as forms or as JSON, by GET or POST."""

    def __init__(self, hub: Hub, socket: SocketLink) -> None:
        self._hub = hub
        self._socket = socket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, through the faults asked for."""
        name = request.match_info["method"]
        given = await read_arguments(request)
        exchange = self._hub.inspector.begin("from_app", name, given)
        fault = self._hub.faults.for_call(name)
        if fault is not None and fault.seconds and fault.deed is None:
            await asyncio.sleep(fault.seconds)
        early = self._instead(fault, request)
        if early is not None:
            self._hub.inspector.end(exchange, f"fault: {fault.deed if fault else ''}", None)
            return early
        answer, problems = self._answer(name, given, _bearer(request), fault)
        self._hub.inspector.end(exchange, answer.get("error", "ok"), answer, problems)
        self._hub.changed()
        if fault is not None and fault.deed == "drop_after":
            _cut(request)
        return web.json_response(answer, headers=self._headers())

    def _instead(self, fault: CallFault | None, request: web.Request) -> web.Response | None:
        if fault is None or fault.deed not in ("limit", "status", "drop_before"):
            return None
        if fault.deed == "drop_before":
            _cut(request)
        if fault.deed == "limit":
            headers = {**self._headers(), "Retry-After": str(int(fault.seconds))}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        return web.Response(status=fault.status, text="upstream connect error", headers=self._headers())

    def _answer(self, name: str, given: Json, bearer: str, fault: CallFault | None) -> tuple[Json, list[str]]:
        try:
            if fault is not None and fault.deed == "refuse":
                raise ApiError(fault.error)  # noqa: TRY301 -- a refusal asked for goes the way of every refusal
            return {"ok": True, **self._call(name, given, bearer)}, []
        except ApiError as error:
            asked_for = error.is_asked_for or (fault is not None and fault.deed == "refuse")
            problems = [] if asked_for else [f"{name}: {error.code}", *error.more.pop("problems", [])]
            answer = {"ok": False, "error": error.code, **error.more}
            if error.messages:
                answer["response_metadata"] = {"messages": error.messages}
            return answer, problems

    def _headers(self) -> dict[str, str]:
        scopes = next(iter(self._hub.teams.values())).scopes
        return {"x-oauth-scopes": ",".join(scopes), "x-slack-req-id": self._hub.ids.secret(16)}

    def _call(self, name: str, given: Json, bearer: str) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        team = self._whose(method, str(given.pop("token", "") or bearer))
        missing = [scope for scope in method.scopes if scope not in team.scopes]
        if missing:
            raise ApiError("missing_scope", needed=missing[0], provided=",".join(team.scopes))
        socket = self._socket if self._hub.link.name == "socket" else None
        return method.run(Call(self._hub, team, socket, coerce(method, given)))

    def _whose(self, method: Method, token: str) -> Team:
        if method.bearer == "nobody":
            return next(iter(self._hub.teams.values()))
        if not token:
            raise ApiError("not_authed")
        if method.bearer == "bot":
            return self._hub.team_of_token(token)
        if token != self._hub.keys.app_token:
            raise ApiError("not_allowed_token_type" if token.startswith("xoxb-") else "invalid_auth")
        return next(iter(self._hub.teams.values()))


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _client_of(request: web.Request) -> Json:
    """Read the client id and secret of oauth.v2.access, which slack_sdk sends as basic authentication."""
    try:
        auth = BasicAuth.decode(request.headers.get("Authorization", ""))
    except ValueError:
        return {}
    return {"client_id": auth.login, "client_secret": auth.password}


async def read_arguments(request: web.Request) -> Json:
    """Read the arguments of a call from the query, a form or a JSON body."""
    given: Json = {**_client_of(request), **request.query}
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return {**given, "": "invalid_json"}
        return {**given, **body}
    form = await request.post()
    return {**given, **{name: value if isinstance(value, str) else "" for name, value in form.items()}}


def coerce(method: Method, given: Json) -> Json:
    """Give the arguments with their right types; raise ApiError for unknown, missing or ill-formed ones."""
    if "" in given:
        raise ApiError("invalid_json")
    wrong: list[str] = []
    args: Json = {}
    for name, value in given.items():
        if name in _EVERYWHERE:
            continue
        if name not in method.arguments:
            wrong.append(f"[ERROR] unrecognized argument: {name} [json-pointer:/{name}]")
        elif value is not None:
            try:
                args[name] = _convert(method.arguments[name], value)
            except ValueError as problem:
                wrong.append(f"[ERROR] {problem} [json-pointer:/{name}]")
    wrong += [f"[ERROR] missing required field: {name} [json-pointer:/{name}]" for name in method.missing(args)]
    if wrong:
        raise ApiError(method.missing_code(args) or "invalid_arguments", wrong)
    return args


def _convert(kind: Kind, value: Any) -> Any:
    if kind == "text":
        return _text(value)
    if kind == "flag":
        return _flag(value)
    if kind == "number":
        return _number(value)
    if kind == "list":
        return _list(value)
    return _parsed(value)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be valid JSON") from None


def _list(value: Any) -> list[str]:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return [each for each in value.split(",") if each]
    found = _parsed(value)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError("must be a list of strings")
    return found


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("must be a number") from None


def _text(value: Any) -> str:
    if isinstance(value, dict | list | bool):
        raise ValueError("must be a string")  # noqa: TRY004 -- read as a problem of the argument, not of our code
    return str(value)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("1", "true", "0", "false"):
        return str(value).lower() in ("1", "true")
    raise ValueError("must be true or false")
