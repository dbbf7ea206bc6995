"""Files in three steps: ask for an address, send the bytes there, say that it is done.

https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox import posting
from bot.sandbox.errors import ApiError
from bot.sandbox.methods.method import Call, Method
from bot.sandbox.team import Message

if TYPE_CHECKING:
    from bot.sandbox.team import Channel

Json = dict[str, Any]


def _address(call: Call) -> Json:
    if call.args["length"] <= 0:
        raise ApiError("invalid_arguments", ["[ERROR] must be more than 0 [json-pointer:/length]"])
    file_id = call.hub.ids.new("F")
    key = call.hub.ids.secret(24)
    call.team.files[file_id] = {
        "id": file_id,
        "key": key,
        "name": call.args["filename"],
        "size": call.args["length"],
        "content": None,
        "is_shared": False,
    }
    return {"upload_url": f"{call.hub.base_url}/upload/{call.team.id}/{file_id}/{key}", "file_id": file_id}


def _complete(call: Call) -> Json:
    given = call.args["files"]
    if not isinstance(given, list) or not given:
        raise ApiError("invalid_arguments", ["[ERROR] must be a list of files [json-pointer:/files]"])
    shown = []
    for each in given:
        stored = call.team.files.get(each.get("id", "")) if isinstance(each, dict) else None
        if stored is None or stored["content"] is None:
            raise ApiError("file_not_found")
        stored["title"] = each.get("title") or stored["name"]
        shown.append(_public(call, stored))
    wanted = [*(call.args.get("channels") or []), *filter(None, [call.args.get("channel_id")])]
    for channel_id in wanted:
        channel = call.team.require_channel(channel_id)
        if call.team.bot.id not in channel.members:
            raise ApiError("not_in_channel")
        _share(call, channel, shown)
    return {"files": [{"id": each["id"], "title": each["title"]} for each in shown]}


def _public(call: Call, stored: Json) -> Json:
    address = f"{call.hub.base_url}/files/{call.team.id}/{stored['id']}/{stored['key']}"
    return {name: stored[name] for name in ("id", "name", "title", "size")} | {"url_private": address}


def _share(call: Call, channel: Channel, files: list[Json]) -> None:
    said = Message(
        channel.id,
        call.hub.ids.ts(),
        call.team.bot.id,
        call.args.get("initial_comment") or "",
        by_app=True,
        thread_ts=call.args.get("thread_ts"),
        files=files,
    )
    posting.put(call.hub, channel, said)


METHODS = (
    Method(
        "files.getUploadURLExternal",
        _address,
        {"filename": "text", "length": "number", "alt_txt": "text", "snippet_type": "text"},
        ["filename", "length"],
        ["files:write"],
    ),
    Method(
        "files.completeUploadExternal",
        _complete,
        {
            "files": "json",
            "channel_id": "text",
            "channels": "list",
            "initial_comment": "text",
            "thread_ts": "text",
            "blocks": "json",
        },
        ["files"],
        ["files:write"],
    ),
)
