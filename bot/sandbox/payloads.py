"""What the sandbox tells the app: views, messages, interactions, events, in Slack's own shapes. Pure functions.

https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/reference/events
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.team import Channel, Message, Team, User, View

Json = dict[str, Any]


def view(team: Team, shown: View) -> Json:
    """Give a view as interactions and the views.* methods carry it."""
    body = shown.body
    return {
        "id": shown.id,
        "team_id": team.id,
        "type": body["type"],
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata") or "",
        "callback_id": body.get("callback_id") or "",
        "state": {"values": shown.values},
        "hash": shown.hash,
        "title": body.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": body.get("clear_on_close") or False,
        "notify_on_close": body.get("notify_on_close") or False,
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": shown.previous,
        "root_view_id": shown.root,
        "app_id": team.keys.app_id,
        "external_id": body.get("external_id") or "",
        "app_installed_team_id": team.id,
        "bot_id": team.bot_id,
    }


def message(team: Team, said: Message, *, with_metadata: bool = False) -> Json:
    """Give a message as history, events and interactions carry it."""
    body: Json = {"type": "message", "user": said.user, "ts": said.ts, "text": said.text, "team": team.id}
    if said.by_app:
        body |= {"bot_id": team.bot_id, "app_id": team.keys.app_id, "bot_profile": bot_profile(team)}
    else:
        body["client_msg_id"] = f"sandbox-{said.ts}"
    optional = {
        "blocks": said.blocks,
        "attachments": said.attachments,
        "files": said.files,
        "thread_ts": said.thread_ts,
        "edited": said.edited_ts and {"user": said.user, "ts": said.edited_ts},
        "reactions": [{"name": name, "users": users, "count": len(users)} for name, users in said.reactions.items()],
    }
    body |= {name: value for name, value in optional.items() if value}
    if said.only_for:
        body["is_ephemeral"] = True
    if with_metadata and said.metadata:
        body["metadata"] = said.metadata
    return body


def bot_profile(team: Team) -> Json:
    """Give the app as a message of its own carries it."""
    return {
        "id": team.bot_id,
        "app_id": team.keys.app_id,
        "user_id": team.bot.id,
        "name": team.app.name,
        "deleted": False,
        "updated": 0,
        "team_id": team.id,
    }


def channel_name(channel: Channel) -> str:
    """Give a channel's name as interactions carry it."""
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


def slash_command(
    team: Team, user: User, channel: Channel, command: str, text: str, response_url: str, trigger: str
) -> Json:
    """Give a slash command; over HTTP it is sent as a form."""
    return {
        "token": team.keys.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.handle,
        "command": command,
        "text": text,
        "api_app_id": team.keys.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }


def _interaction(team: Team, user: User, kind: str) -> Json:
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": team.id},
        "api_app_id": team.keys.app_id,
        "token": team.keys.verification_token,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def in_view(team: Team, shown: View) -> Json:
    """Give the part of an interaction that says it happened in a view."""
    return {"container": {"type": "view", "view_id": shown.id}, "view": view(team, shown)}


def in_message(team: Team, channel: Channel, said: Message) -> Json:
    """Give the part of an interaction that says it happened in a message."""
    container: Json = {
        "type": "message",
        "message_ts": said.ts,
        "channel_id": channel.id,
        "is_ephemeral": said.only_for is not None,
    }
    if said.thread_ts:
        container["thread_ts"] = said.thread_ts
    place: Json = {"container": container, "channel": {"id": channel.id, "name": channel_name(channel)}}
    if said.only_for is None:
        place["message"] = message(team, said)
    return place | {"state": {"values": said.values}}


def block_actions(team: Team, user: User, action: Json, place: Json, trigger: str, response_url: str | None) -> Json:
    """Give a press or a choice; only those in messages have a response_url."""
    body = _interaction(team, user, "block_actions") | {"trigger_id": trigger} | place
    if response_url is not None:
        body["response_url"] = response_url
    return body | {"actions": [action]}


def block_suggestion(team: Team, user: User, block_id: str, action_id: str, typed: str, place: Json) -> Json:
    """Give the question for the options of an external select."""
    body = _interaction(team, user, "block_suggestion") | place
    return body | {"action_id": action_id, "block_id": block_id, "value": typed}


def view_submission(team: Team, user: User, shown: View, trigger: str, response_urls: list[Json]) -> Json:
    """Give the submission of a modal."""
    return _interaction(team, user, "view_submission") | {
        "trigger_id": trigger,
        "view": view(team, shown),
        "response_urls": response_urls,
    }


def view_closed(team: Team, user: User, shown: View, *, is_cleared: bool) -> Json:
    """Tell that a modal with notify_on_close was closed; what was typed in it does not go along."""
    body = view(team, shown) | {"state": {"values": {}}}
    return _interaction(team, user, "view_closed") | {"view": body, "is_cleared": is_cleared}


def global_shortcut(team: Team, user: User, callback_id: str, trigger: str, ts: str) -> Json:
    """Give a global shortcut; it has no channel."""
    body = _interaction(team, user, "shortcut")
    body["user"] = {"id": user.id, "username": user.handle, "team_id": team.id}
    del body["api_app_id"]
    return body | {"action_ts": ts, "callback_id": callback_id, "trigger_id": trigger}


def message_shortcut(
    team: Team, user: User, callback_id: str, trigger: str, ts: str, channel: Channel, said: Message, response_url: str
) -> Json:
    """Give a shortcut on a message."""
    body = _interaction(team, user, "message_action")
    body["user"] = {"id": user.id, "username": user.handle, "team_id": team.id, "name": user.handle}
    del body["api_app_id"]
    return body | {
        "action_ts": ts,
        "callback_id": callback_id,
        "trigger_id": trigger,
        "response_url": response_url,
        "message_ts": said.ts,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message(team, said),
    }


def event(team: Team, inner: Json, event_id: str, now: int) -> Json:
    """Wrap an event as the Events API sends it."""
    return {
        "token": team.keys.verification_token,
        "team_id": team.id,
        "api_app_id": team.keys.app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": now,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team.id,
                "user_id": team.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }
