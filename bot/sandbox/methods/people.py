"""users.* and usergroups.*.

https://docs.slack.dev/reference/methods/users.info and its neighbours
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.sandbox.errors import ApiError
from bot.sandbox.methods.method import Call, Method, page

if TYPE_CHECKING:
    from bot.sandbox.team import Team, User

Json = dict[str, Any]


def describe(team: Team, user: User, now: float, *, with_locale: bool) -> Json:
    """Give somebody as users.info does; `now` decides whether it is summer there."""
    offset = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(user.tz)).utcoffset()
    body: Json = {
        "id": user.id,
        "team_id": team.id,
        "name": user.handle,
        "deleted": user.is_deleted,
        "real_name": user.name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {
            "real_name": user.name,
            "real_name_normalized": user.name,
            "display_name": user.handle,
            "display_name_normalized": user.handle,
            "team": team.id,
        },
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if not user.is_bot and "users:read.email" in team.scopes:
        body["profile"]["email"] = f"{user.handle}@{team.domain}.example"
    return {**body, "locale": user.locale} if with_locale else body


def _info(call: Call) -> Json:
    user = call.team.require_user(call.args["user"])
    with_locale = call.args.get("include_locale", False)
    return {"user": describe(call.team, user, call.hub.clock.now(), with_locale=with_locale)}


def _list(call: Call) -> Json:
    now, with_locale = call.hub.clock.now(), call.args.get("include_locale", False)
    everybody = [describe(call.team, each, now, with_locale=with_locale) for each in call.team.users.values()]
    members, metadata = page(call, everybody, 1000)
    return {"members": members, "cache_ts": int(now), "response_metadata": metadata}


def _groups(call: Call) -> Json:
    found = []
    for group in call.team.groups.values():
        body = {
            "id": group["id"],
            "team_id": call.team.id,
            "is_usergroup": True,
            "name": group["name"],
            "handle": group["handle"],
            "description": "",
            "date_delete": 0,
            "user_count": len(group["users"]),
        }
        found.append(body | ({"users": group["users"]} if call.args.get("include_users") else {}))
    return {"usergroups": found}


def _group_users(call: Call) -> Json:
    group = call.team.groups.get(call.args["usergroup"])
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": group["users"]}


METHODS = (
    Method(
        "users.info",
        _info,
        {"user": "text", "include_locale": "flag"},
        ["user"],
        ["users:read"],
        complaints={"user": "user_not_found"},
    ),
    Method(
        "users.list",
        _list,
        {"cursor": "text", "include_locale": "flag", "limit": "number", "team_id": "text"},
        (),
        ["users:read"],
    ),
    Method(
        "usergroups.list",
        _groups,
        {"include_count": "flag", "include_disabled": "flag", "include_users": "flag", "team_id": "text"},
        (),
        ["usergroups:read"],
    ),
    Method(
        "usergroups.users.list",
        _group_users,
        {"usergroup": "text", "include_disabled": "flag", "team_id": "text"},
        ["usergroup"],
        ["usergroups:read"],
        complaints={"usergroup": "no_such_subteam"},
    ),
)
