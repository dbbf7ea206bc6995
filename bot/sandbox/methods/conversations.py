"""conversations.* and users.conversations.

https://docs.slack.dev/reference/methods/conversations.history and its neighbours
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bot.sandbox import payloads
from bot.sandbox.errors import ApiError
from bot.sandbox.methods.method import Call, Kind, Method, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.team import Channel, Message, Team

Json = dict[str, Any]
_PREFIX = {"public": "channels", "private": "groups", "im": "im"}
_TYPE = {"public": "public_channel", "private": "private_channel", "im": "im"}
_LIST: Mapping[str, Kind] = {
    "cursor": "text",
    "exclude_archived": "flag",
    "limit": "number",
    "team_id": "text",
    "types": "list",
}
_RANGE: Mapping[str, Kind] = {
    "channel": "text",
    "cursor": "text",
    "inclusive": "flag",
    "include_all_metadata": "flag",
    "latest": "text",
    "limit": "number",
    "oldest": "text",
}


def _need(team: Team, channel: Channel, right: str) -> None:
    scope = f"{_PREFIX[channel.kind]}:{right}"
    if scope not in team.scopes:
        raise ApiError("missing_scope", needed=scope, provided=",".join(team.scopes))


def _describe(team: Team, channel: Channel) -> Json:
    body: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_private": channel.kind != "public",
        "is_ext_shared": False,
        "is_org_shared": False,
        "context_team_id": team.id,
    }
    if channel.kind == "im":
        other = next(member for member in channel.members if member != team.bot.id)
        return {**body, "user": other, "is_open": True}
    return {
        **body,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": channel.name == "general",
        "is_member": team.bot.id in channel.members,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def _open(call: Call) -> Json:
    team = call.team
    if call.args.get("channel"):
        channel = team.require_channel(call.args["channel"])
    else:
        users = call.args.get("users") or []
        if not users:
            raise ApiError("users_list_not_supplied")
        if len(users) > 1:
            raise ApiError("not_supported", ["[ERROR] the sandbox has direct messages between two only"])
        channel = team.direct_message(team.require_user(users[0]).id, call.hub.now())
    full = _describe(team, channel) if call.args.get("return_im") else {"id": channel.id}
    return {"no_op": True, "already_open": True, "channel": full}


def _info(call: Call) -> Json:
    channel = call.team.require_channel(call.args["channel"])
    _need(call.team, channel, "read")
    return {"channel": _describe(call.team, channel)}


def _listed(call: Call, user: str | None) -> Json:
    team = call.team
    types = call.args.get("types") or ["public_channel"]
    unknown = set(types) - {*_TYPE.values(), "mpim"}
    if unknown:
        raise ApiError("invalid_types")
    found = []
    for channel in team.channels.values():
        hidden = channel.kind != "public" and team.bot.id not in channel.members
        if _TYPE[channel.kind] not in types or hidden or (user and user not in channel.members):
            continue
        _need(team, channel, "read")
        if not (call.args.get("exclude_archived") and channel.is_archived):
            found.append(_describe(team, channel))
    channels, metadata = page(call, found)
    return {"channels": channels, "response_metadata": metadata}


def _list(call: Call) -> Json:
    return _listed(call, None)


def _users_conversations(call: Call) -> Json:
    user = call.args.get("user") or call.team.bot.id
    call.team.require_user(user)
    return _listed(call, user)


def _members(call: Call) -> Json:
    channel = call.team.require_channel(call.args["channel"])
    _need(call.team, channel, "read")
    found, metadata = page(call, [{"id": each} for each in channel.members])
    return {"members": [each["id"] for each in found], "response_metadata": metadata}


def _join(call: Call) -> Json:
    channel = call.team.require_channel(call.args["channel"])
    if channel.kind != "public":
        raise ApiError("method_not_supported_for_channel_type")
    if call.team.bot.id not in channel.members:
        channel.members.append(call.team.bot.id)
        call.hub.changed()
    return {"channel": _describe(call.team, channel)}


def _readable(call: Call) -> Channel:
    channel = call.team.require_channel(call.args["channel"])
    _need(call.team, channel, "history")
    if call.team.bot.id not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _stamp(call: Call, name: str, otherwise: float) -> float:
    try:
        return float(call.args.get(name) or otherwise)
    except ValueError:
        raise ApiError(f"invalid_ts_{name}") from None


def _in_range(call: Call, said: Message) -> bool:
    oldest, latest = _stamp(call, "oldest", 0), _stamp(call, "latest", math.inf)
    if call.args.get("inclusive"):
        return oldest <= float(said.ts) <= latest
    return oldest < float(said.ts) < latest


def _shown(call: Call, found: list[Message]) -> list[Json]:
    with_metadata = call.args.get("include_all_metadata", False)
    return [payloads.message(call.team, each, with_metadata=with_metadata) for each in found]


def _history(call: Call) -> Json:
    channel = _readable(call)
    found = [each for each in reversed(channel.top_level()) if _in_range(call, each)]
    shown = _shown(call, found)
    for body, each in zip(shown, found, strict=True):
        replies = channel.replies(each.ts)
        if replies:
            body |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
    messages, metadata = page(call, shown)
    more = bool(metadata["next_cursor"])
    answer: Json = {"messages": messages, "has_more": more, "pin_count": 0}
    return answer | ({"response_metadata": metadata} if more else {})


def _replies(call: Call) -> Json:
    channel = _readable(call)
    parent = channel.messages.get(call.args["ts"])
    if parent is None:
        raise ApiError("thread_not_found")
    top = channel.messages.get(parent.thread_ts or parent.ts, parent)
    replies = [each for each in channel.replies(top.ts) if _in_range(call, each)]
    messages, metadata = page(call, _shown(call, [top, *replies]), 1000)
    more = bool(metadata["next_cursor"])
    answer: Json = {"messages": messages, "has_more": more}
    return answer | ({"response_metadata": metadata} if more else {})


_CHANNEL = {"channel": "channel_not_found"}
METHODS = (
    Method("conversations.open", _open, {"channel": "text", "users": "list", "return_im": "flag"}, (), ["im:write"]),
    Method(
        "conversations.info",
        _info,
        {"channel": "text", "include_locale": "flag", "include_num_members": "flag"},
        ["channel"],
        complaints=_CHANNEL,
    ),
    Method("conversations.list", _list, _LIST),
    Method("users.conversations", _users_conversations, {**_LIST, "user": "text"}),
    Method(
        "conversations.members",
        _members,
        {"channel": "text", "cursor": "text", "limit": "number"},
        ["channel"],
        complaints=_CHANNEL,
    ),
    Method("conversations.join", _join, {"channel": "text"}, ["channel"], ["channels:join"], complaints=_CHANNEL),
    Method("conversations.history", _history, _RANGE, ["channel"], complaints=_CHANNEL),
    Method("conversations.replies", _replies, {**_RANGE, "ts": "text"}, ["channel", "ts"], complaints=_CHANNEL),
)
