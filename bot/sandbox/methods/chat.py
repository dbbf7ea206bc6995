"""chat.* and reactions.add.

https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox import payloads, posting
from bot.sandbox.blockkit import limits
from bot.sandbox.errors import ApiError
from bot.sandbox.events import message_in_dm
from bot.sandbox.methods.method import Call, Kind, Method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.team import Channel, Message, Team

Json = dict[str, Any]
_CONTENT: Mapping[str, Kind] = {
    "channel": "text",
    "text": "text",
    "blocks": "json",
    "attachments": "json",
    "markdown_text": "text",
    "as_user": "flag",
    "link_names": "flag",
    "parse": "text",
}
_LOOKS: Mapping[str, Kind] = {"icon_emoji": "text", "icon_url": "text", "username": "text", "thread_ts": "text"}


def _target(call: Call) -> Channel:
    """Find where to post: a channel, somebody's id for a direct message, or #name."""
    team, wanted = call.team, call.args["channel"]
    if wanted in team.users and not team.users[wanted].is_bot:
        return team.direct_message(wanted, call.hub.now())
    by_name = team.channel_by_name(wanted.removeprefix("#"))
    channel = team.require_channel(by_name.id if by_name else wanted)
    if channel.is_archived:
        raise ApiError("is_archived")
    if team.bot.id not in channel.members and not (channel.kind == "public" and "chat:write.public" in team.scopes):
        raise ApiError("not_in_channel")
    return channel


def _thread(channel: Channel, ts: str | None) -> str | None:
    if ts is None:
        return None
    parent = channel.messages.get(ts)
    if parent is None:
        raise ApiError("thread_not_found")
    return parent.thread_ts or parent.ts


def _metadata(call: Call) -> None:
    data = call.args.get("metadata")
    if data is None:
        return
    good = isinstance(data, dict) and isinstance(data.get("event_type"), str)
    if not good or not isinstance(data.get("event_payload"), dict):
        raise ApiError("invalid_metadata_format")


def _post(call: Call) -> Json:
    channel = _target(call)
    posting.check(call.team, call.args)
    _metadata(call)
    thread = _thread(channel, call.args.get("thread_ts"))
    said = posting.say(call.hub, call.team, channel, call.args, thread)
    message_in_dm(call.hub, call.team, channel, said)
    shown = payloads.message(call.team, said, with_metadata=True)
    return {"channel": channel.id, "ts": said.ts, "message": shown}


def _post_ephemeral(call: Call) -> Json:
    channel = _target(call)
    call.team.require_user(call.args["user"])
    if call.args["user"] not in channel.members:
        raise ApiError("user_not_in_channel")
    posting.check(call.team, call.args)
    said = posting.whisper(call.hub, call.team, channel, call.args["user"], call.args, call.args.get("thread_ts"))
    return {"message_ts": said.ts}


def _own_message(team: Team, args: Json, refusal: str) -> tuple[Channel, Message]:
    channel = team.require_channel(args["channel"])
    said = channel.messages.get(args["ts"])
    if said is None:
        raise ApiError("message_not_found")
    if not said.by_app:
        raise ApiError(refusal)
    return channel, said


def _update(call: Call) -> Json:
    channel, said = _own_message(call.team, call.args, "cant_update_message")
    if channel.is_archived:
        raise ApiError("is_inactive")
    if len(call.args.get("text") or "") > limits.UPDATE_TEXT:
        raise ApiError("msg_too_long")
    posting.check(call.team, call.args)
    _metadata(call)
    posting.change(call.hub, said, call.args)
    shown = payloads.message(call.team, said, with_metadata=True)
    return {"channel": channel.id, "ts": said.ts, "text": said.text, "message": shown}


def _delete(call: Call) -> Json:
    channel, said = _own_message(call.team, call.args, "cant_delete_message")
    posting.remove(call.hub, call.team, said)
    return {"channel": channel.id, "ts": said.ts}


def permalink(team: Team, channel: str, said: Message) -> str:
    """Give the address of a message; the sandbox's page opens it."""
    address = f"{team.url}archives/{channel}/p{said.ts.replace('.', '')}"
    return f"{address}?thread_ts={said.thread_ts}&cid={channel}" if said.thread_ts not in (None, said.ts) else address


def _permalink(call: Call) -> Json:
    channel = call.team.require_channel(call.args["channel"])
    said = channel.messages.get(call.args["message_ts"])
    if said is None:
        raise ApiError("message_not_found")
    return {"channel": channel.id, "permalink": permalink(call.team, channel.id, said)}


def _react(call: Call) -> Json:
    channel = call.team.require_channel(call.args["channel"])
    said = channel.messages.get(call.args["timestamp"])
    if said is None:
        raise ApiError("message_not_found")
    users = said.reactions.setdefault(call.args["name"].strip(":"), [])
    if call.team.bot.id in users:
        raise ApiError("already_reacted")
    users.append(call.team.bot.id)
    call.hub.changed()
    return {}


_NO_TEXT = {"channel": "channel_not_found"}
METHODS = (
    Method(
        "chat.postMessage",
        _post,
        {
            **_CONTENT,
            **_LOOKS,
            "reply_broadcast": "flag",
            "unfurl_links": "flag",
            "unfurl_media": "flag",
            "mrkdwn": "flag",
            "metadata": "json",
        },
        ["channel"],
        ["chat:write"],
        complaints=_NO_TEXT,
    ),
    Method(
        "chat.update",
        _update,
        {**_CONTENT, "ts": "text", "metadata": "json", "reply_broadcast": "flag", "file_ids": "list"},
        ["channel", "ts"],
        ["chat:write"],
        complaints={"channel": "channel_not_found", "ts": "message_not_found"},
    ),
    Method(
        "chat.delete",
        _delete,
        {"channel": "text", "ts": "text", "as_user": "flag"},
        ["channel", "ts"],
        ["chat:write"],
        complaints={"channel": "channel_not_found", "ts": "message_not_found"},
    ),
    Method(
        "chat.postEphemeral",
        _post_ephemeral,
        {**_CONTENT, **_LOOKS, "user": "text"},
        ["channel", "user"],
        ["chat:write"],
        complaints=_NO_TEXT,
    ),
    Method("chat.getPermalink", _permalink, {"channel": "text", "message_ts": "text"}, ["channel", "message_ts"]),
    Method(
        "reactions.add",
        _react,
        {"channel": "text", "name": "text", "timestamp": "text"},
        ["channel", "name", "timestamp"],
        ["reactions:write"],
    ),
)
