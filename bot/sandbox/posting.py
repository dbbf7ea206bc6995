"""Messages: posted, changed, deleted, shown to one person; the same rules for the Web API and for response URLs.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.blockkit import check_message, errors, limits
from bot.sandbox.errors import ApiError
from bot.sandbox.inputs import complete, start_values
from bot.sandbox.rollout import refuse_unknown
from bot.sandbox.team import Message

if TYPE_CHECKING:
    from bot.sandbox.hub import Hub
    from bot.sandbox.team import Channel, Team

Json = dict[str, Any]
_CONTENT = ("text", "blocks", "attachments", "markdown_text")


def check(team: Team, body: Json) -> None:
    """Refuse a message as Slack would, with pointers."""
    refuse_unknown(team, body.get("blocks"), "invalid_blocks", "/blocks")
    problems = errors(check_message({name: body[name] for name in _CONTENT if body.get(name) is not None}))
    if not problems:
        return
    first = problems[0]
    if first.code in ("no_text", "markdown_text_conflict"):
        raise ApiError(first.code)
    in_blocks = any(each.path.startswith(("/blocks", "/attachments")) for each in problems)
    if any(each.path == "/attachments" and each.code == "too_many_items" for each in problems):
        raise ApiError("too_many_attachments")
    raise ApiError.of("invalid_blocks" if in_blocks else "invalid_arguments", problems)


def content(hub: Hub, body: Json) -> Json:
    """Give the parts of a message as Slack stores them."""
    blocks = complete(body.get("blocks") or [], hub.ids)
    text = body.get("text") or ""
    if body.get("markdown_text"):
        blocks = complete([{"type": "markdown", "text": body["markdown_text"]}], hub.ids)
    attachments = []
    for number, each in enumerate(body.get("attachments") or [], 1):
        inner = complete(each.get("blocks") or [], hub.ids)
        attachments.append({"id": number, **each, "blocks": inner, "fallback": each.get("fallback", "[no preview]")})
    values = start_values(blocks)
    return {"text": text[: limits.TEXT_CUT], "blocks": blocks, "attachments": attachments, "values": values}


def say(hub: Hub, team: Team, channel: Channel, body: Json, thread_ts: str | None = None) -> Message:
    """Post a checked message of the app."""
    said = Message(
        channel.id,
        hub.ids.ts(),
        team.bot.id,
        by_app=True,
        thread_ts=thread_ts,
        is_broadcast=bool(body.get("reply_broadcast")),
        metadata=body.get("metadata"),
        **content(hub, body),
    )
    put(hub, channel, said)
    return said


def put(hub: Hub, channel: Channel, said: Message) -> None:
    """Put a message into a channel, and mark the thread's first one as a thread."""
    channel.messages[said.ts] = said
    parent = channel.messages.get(said.thread_ts or "")
    if parent is not None and parent.thread_ts is None:
        parent.thread_ts = parent.ts
    hub.changed()


def whisper(hub: Hub, team: Team, channel: Channel, user: str, body: Json, thread_ts: str | None = None) -> Message:
    """Show a checked message of the app to one person only."""
    said = Message(
        channel.id, hub.ids.ts(), team.bot.id, by_app=True, thread_ts=thread_ts, only_for=user, **content(hub, body)
    )
    team.ephemerals.append(said)
    hub.changed()
    return said


def slack_says(hub: Hub, team: Team, channel: Channel, user: str, text: str, thread_ts: str | None = None) -> Message:
    """Show somebody a word of Slack's own, such as that a command failed."""
    said = Message(channel.id, hub.ids.ts(), "USLACKBOT", text, by_slack=True, only_for=user, thread_ts=thread_ts)
    team.ephemerals.append(said)
    hub.changed()
    return said


def change(hub: Hub, said: Message, body: Json) -> None:
    """Change a message in place; text without blocks takes the blocks away."""
    fresh = content(hub, body)
    said.text, said.blocks, said.attachments = fresh["text"], fresh["blocks"], fresh["attachments"]
    said.values = start_values(said.blocks, said.values)
    said.edited_ts = hub.ids.ts()
    if body.get("metadata") is not None:
        said.metadata = body["metadata"]
    hub.changed()


def remove(hub: Hub, team: Team, said: Message) -> None:
    """Delete a message."""
    if said in team.ephemerals:
        team.ephemerals.remove(said)
    team.channels[said.channel].messages.pop(said.ts, None)
    hub.changed()


def answer_url(hub: Hub, key: str, body: Json) -> None:
    """Do what a post to a response URL asks for; raise ApiError where Slack would refuse it."""
    url = hub.passes.use(key)
    team = hub.teams[url.team]
    channel = team.channels[url.channel]
    origin = _origin(team, url.channel, url.message_ts)
    if body.get("delete_original"):
        if origin is None:
            raise ApiError("message_not_found")
        remove(hub, team, origin)
        return
    check(team, body)
    if body.get("replace_original") and origin is not None:
        change(hub, origin, body)
    elif body.get("response_type") == "in_channel":
        say(hub, team, channel, body, body.get("thread_ts"))
    else:
        whisper(hub, team, channel, url.user, body, body.get("thread_ts"))


def _origin(team: Team, channel: str, ts: str | None) -> Message | None:
    if ts is None:
        return None
    found = next((each for each in team.ephemerals if each.ts == ts), None)
    return found or team.channels[channel].messages.get(ts)
