"""What the page shows somebody, as one JSON value: everything on their screen, and nothing they may not see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.modals import stack_of

if TYPE_CHECKING:
    from bot.sandbox.hub import Hub
    from bot.sandbox.team import Channel, Message, Team, User, View

Json = dict[str, Any]
_SHOWN = 200


@dataclass
class Looking:
    """Who looks, since when (ephemeral messages and modals of before are gone), and at what."""

    user: User
    since: float
    channel: str
    thread: str | None = None


def snapshot(hub: Hub, team: Team, at: Looking, *, is_connected: bool) -> Json:
    """Give the state of one screen."""
    channel = team.channels[at.channel]
    stack = [view for view in stack_of(team, at.user.id) if view.opened_at >= at.since]
    home = team.homes.get(at.user.id)
    return {
        "type": "state",
        "me": {"id": at.user.id, "handle": at.user.handle, "name": at.user.name, "tz": at.user.tz},
        "people": [
            {"id": each.id, "handle": each.handle, "name": each.name} for each in team.users.values() if not each.is_bot
        ],
        "team": {"id": team.id, "name": team.name, "is_installed": team.is_installed},
        "teams": [{"id": each.id, "name": each.name} for each in hub.teams.values()],
        "traffic": hub.inspector.count,
        "app": _app(team),
        "channels": [_channel(team, each) for each in team.visible_to(at.user.id)],
        "groups": {group["id"]: group["handle"] for group in team.groups.values()},
        "channel": channel.id,
        "messages": [_message(team, channel, each) for each in _shown(team, channel, at)],
        "thread": _thread(team, channel, at),
        "modals": len(stack),
        "modal": _view(stack[-1]) if stack else None,
        "home": _view(home) if home else None,
        "notices": team.notices.get(at.user.id, []),
        "is_connected": is_connected,
        "now": hub.clock.now(),
    }


def _app(team: Team) -> Json:
    return {
        "id": team.bot.id,
        "name": team.app.name,
        "has_home": team.app.has_home,
        "commands": [
            {"command": each.command, "description": each.description, "hint": each.usage_hint}
            for each in team.app.commands
        ],
        "shortcuts": [
            {"name": each.name, "callback_id": each.callback_id, "kind": each.kind} for each in team.app.shortcuts
        ],
    }


def _channel(team: Team, channel: Channel) -> Json:
    top = channel.top_level()
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "topic": channel.topic,
        "members": [each for each in channel.members if each in team.users],
        "has_app": team.bot.id in channel.members,
        "latest": top[-1].ts if top else "",
        "latest_by": top[-1].user if top else "",
    }


def _mine(team: Team, channel: Channel, at: Looking) -> list[Message]:
    return [
        each
        for each in team.ephemerals
        if each.only_for == at.user.id and each.channel == channel.id and float(each.ts) >= at.since
    ]


def _shown(team: Team, channel: Channel, at: Looking) -> list[Message]:
    mine = [each for each in _mine(team, channel, at) if each.thread_ts is None]
    return sorted([*channel.top_level()[-_SHOWN:], *mine], key=lambda each: float(each.ts))


def _thread(team: Team, channel: Channel, at: Looking) -> Json | None:
    top = channel.messages.get(at.thread or "")
    if top is None:
        return None
    mine = [each for each in _mine(team, channel, at) if each.thread_ts == top.ts]
    replies = sorted([*channel.replies(top.ts), *mine], key=lambda each: float(each.ts))
    return {"ts": top.ts, "messages": [_message(team, channel, each) for each in [top, *replies]]}


def _message(team: Team, channel: Channel, said: Message) -> Json:
    user = team.users.get(said.user)
    return {
        "ts": said.ts,
        "channel": said.channel,
        "user": said.user,
        "name": user.name if user else "Slackbot",
        "by_app": said.by_app,
        "by_slack": said.by_slack,
        "only_you": said.only_for is not None,
        "text": said.text,
        "blocks": said.blocks,
        "attachments": said.attachments,
        "files": said.files,
        "reactions": {name: len(users) for name, users in said.reactions.items()},
        "is_edited": said.edited_ts is not None,
        "thread_ts": said.thread_ts,
        "replies": len(channel.replies(said.ts)),
        "values": said.values,
    }


def _view(view: View) -> Json:
    return {
        "id": view.id,
        "hash": view.hash,
        "previous": view.previous,
        "body": view.body,
        "values": view.values,
        "errors": view.errors,
        "trouble": view.trouble,
        "is_waiting": view.is_waiting,
    }
