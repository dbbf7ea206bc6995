"""Events: what happened, told to the app when its manifest asks for it; told again when it does not acknowledge.

https://docs.slack.dev/apis/events-api
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox import payloads

if TYPE_CHECKING:
    from bot.sandbox.hub import Hub
    from bot.sandbox.team import Channel, Message, Team

Json = dict[str, Any]
_RETRY_AFTER = (0, 60, 300)  # seconds, by the sandbox's clock


def tell(hub: Hub, team: Team, inner: Json, subscription: str | None = None) -> None:
    """Send an event in the background, if the app subscribed to it."""
    if (subscription or inner["type"]) not in team.app.events or not team.is_installed:
        return
    body = payloads.event(team, inner, hub.ids.new("Ev"), hub.now())
    hub.deliveries.in_background(_deliver(hub, body))


async def _deliver(hub: Hub, body: Json) -> None:
    reason = ""
    for attempt in range(len(_RETRY_AFTER) + 1):
        name = f"event {body['event']['type']}" + (f" (retry {attempt})" if attempt else "")
        answer = await hub.deliveries.send("events_api", name, body, retry=attempt, reason=reason)
        hub.changed()
        if answer.is_good or answer.outcome == "absent":
            return
        reason = "http_timeout" if answer.outcome == "late" else "http_error"
        if attempt < len(_RETRY_AFTER):
            await hub.sleep_until(hub.clock.now() + _RETRY_AFTER[attempt])


def message_in_dm(hub: Hub, team: Team, channel: Channel, said: Message) -> None:
    """Tell the app of a message in its direct message; Slack tells it of its own ones too."""
    if channel.kind != "im":
        return
    inner = payloads.message(team, said)
    tell(hub, team, {**inner, "channel": channel.id, "channel_type": "im", "event_ts": said.ts}, "message.im")


def mention(hub: Hub, team: Team, channel: Channel, said: Message) -> None:
    """Tell the app that somebody named it."""
    inner = payloads.message(team, said)
    tell(hub, team, {**inner, "type": "app_mention", "channel": channel.id, "event_ts": said.ts})


def message_in_channel(hub: Hub, team: Team, channel: Channel, said: Message) -> None:
    """Tell the app of a message in a channel it is in, where it subscribed to those."""
    kind, subscription = ("channel", "message.channels") if channel.kind == "public" else ("group", "message.groups")
    inner = payloads.message(team, said)
    tell(hub, team, {**inner, "channel": channel.id, "channel_type": kind, "event_ts": said.ts}, subscription)


def home_opened(hub: Hub, team: Team, user: str, tab: str) -> None:
    """Tell the app that somebody looks at its Home tab or its messages."""
    channel = team.direct_message(user, hub.now())
    inner: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel.id,
        "event_ts": hub.ids.ts(),
        "tab": tab,
    }
    home = team.homes.get(user)
    if tab == "home" and home is not None:
        inner["view"] = payloads.view(team, home)
    tell(hub, team, inner)
