"""auth.test, api.test, apps.connections.open, bots.info, team.info, blocks.validate.

https://docs.slack.dev/reference/methods
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox import payloads
from bot.sandbox.blockkit import Problem, check_blocks, check_message, check_view, errors
from bot.sandbox.errors import ApiError
from bot.sandbox.methods.method import Call, Method

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


def _auth_test(call: Call) -> Json:
    team = call.team
    return {
        "url": team.url,
        "team": team.name,
        "user": team.bot.handle,
        "team_id": team.id,
        "user_id": team.bot.id,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def _connections_open(call: Call) -> Json:
    if call.socket is None:
        raise ApiError("not_allowed", ["[ERROR] this sandbox speaks HTTP; Socket Mode is switched off"])
    host = call.hub.base_url.removeprefix("http")
    return {"url": f"ws{host}/socket?ticket={call.socket.ticket()}&app_id={call.team.keys.app_id}"}


def _bots_info(call: Call) -> Json:
    if call.args.get("bot", call.team.bot_id) != call.team.bot_id:
        raise ApiError("bot_not_found")
    profile = payloads.bot_profile(call.team)
    return {"bot": {name: profile[name] for name in ("id", "app_id", "user_id", "name", "deleted", "updated")}}


def _team_info(call: Call) -> Json:
    team = call.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "url": team.url}}


def _api_test(call: Call) -> Json:
    if "error" in call.args:
        raise ApiError(call.args["error"], args=call.args)
    return {"args": call.args}


def _validate(call: Call) -> Json:
    given = [name for name in ("blocks", "message", "view") if name in call.args]
    if len(given) != 1:
        raise ApiError("invalid_arguments", ["[ERROR] exactly one of blocks, message, view is required"])
    value = call.args[given[0]]
    checks: dict[str, Callable[[Any], list[Problem]]] = {
        "blocks": check_blocks,
        "message": check_message,
        "view": check_view,
    }
    found = errors(checks[given[0]](value))
    if found:
        raise ApiError(
            "invalid_blocks",
            errors=[{"code": each.code, "pointer": each.path, "message": each.message} for each in found],
        )
    return {}


METHODS = (
    Method("auth.test", _auth_test),
    Method("api.test", _api_test, {"error": "text", "foo": "text"}, bearer="nobody"),
    Method("apps.connections.open", _connections_open, bearer="app"),
    Method("bots.info", _bots_info, {"bot": "text", "team_id": "text"}, scopes=["users:read"]),
    Method("team.info", _team_info, {"team": "text", "domain": "text"}, scopes=["team:read"]),
    Method(
        "blocks.validate",
        _validate,
        {"blocks": "json", "message": "json", "view": "json"},
        bearer="nobody",
    ),
)
