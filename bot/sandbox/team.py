"""One workspace as it stands: people, channels, messages, views. Touched only on the sandbox's own thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bot.sandbox.errors import ApiError

if TYPE_CHECKING:
    from bot.sandbox.definition import AppDefinition, Keys, WorkspaceDefinition
    from bot.sandbox.ids import Ids

Json = dict[str, Any]


@dataclass
class User:
    """Somebody in the workspace; the app's own user too."""

    id: str
    handle: str
    name: str
    tz: str
    locale: str
    is_admin: bool = False
    is_bot: bool = False
    is_guest: bool = False
    is_deleted: bool = False


@dataclass
class Message:
    """A message, or an ephemeral one (`only_for`), as it stands now."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    by_app: bool = False
    thread_ts: str | None = None
    is_broadcast: bool = False
    metadata: Json | None = None
    files: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited_ts: str | None = None
    only_for: str | None = None
    by_slack: bool = False
    values: Json = field(default_factory=dict)


@dataclass
class Channel:
    """A channel or a direct message (`im`, between one person and the app)."""

    id: str
    name: str
    kind: Literal["public", "private", "im"]
    members: list[str]
    created: int
    topic: str = ""
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)

    def replies(self, ts: str) -> list[Message]:
        """Give the replies in a thread, oldest first."""
        return [each for each in self.messages.values() if each.thread_ts == ts and each.ts != ts]

    def top_level(self) -> list[Message]:
        """Give the messages that stand in the channel itself, oldest first."""
        return [each for each in self.messages.values() if each.thread_ts in (None, each.ts) or each.is_broadcast]


@dataclass
class View:
    """A modal or a Home tab. `values` is the state: block id, then action id, then what the input holds."""

    id: str
    user: str
    body: Json
    values: dict[str, dict[str, Json]]
    hash: str
    root: str
    opened_at: float
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    is_waiting: bool = False
    is_open: bool = True

    @property
    def is_modal(self) -> bool:
        """Tell a modal from a Home tab."""
        return bool(self.body["type"] == "modal")


@dataclass
class Team:
    """One workspace. `version` grows with everything that somebody could see."""

    id: str
    name: str
    domain: str
    url: str
    app: AppDefinition
    keys: Keys
    bot_token: str = field(repr=False)
    bot: User
    bot_id: str
    ids: Ids
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    groups: dict[str, Json] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    files: dict[str, Json] = field(default_factory=dict)
    notices: dict[str, list[str]] = field(default_factory=dict)
    is_installed: bool = True
    scopes: tuple[str, ...] = ()
    lacking: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.scopes = self.scopes or self.app.scopes

    def user_by_handle(self, handle: str) -> User | None:
        """Find somebody by what is typed after the @."""
        return next((each for each in self.users.values() if each.handle == handle), None)

    def channel_by_name(self, name: str) -> Channel | None:
        """Find a channel by its name without the #."""
        return next((each for each in self.channels.values() if each.kind != "im" and each.name == name), None)

    def direct_message(self, user: str, created: int) -> Channel:
        """Give the direct message between somebody and the app; it exists from the first word."""
        for each in self.channels.values():
            if each.kind == "im" and user in each.members:
                return each
        channel = Channel(self.ids.new("D"), "", "im", [user, self.bot.id], created)
        self.channels[channel.id] = channel
        return channel

    def require_user(self, user: str) -> User:
        """Give somebody by id, or refuse as Slack does."""
        found = self.users.get(user)
        if found is None:
            raise ApiError("user_not_found")
        return found

    def require_channel(self, channel: str) -> Channel:
        """Give a channel by id, or refuse as Slack does; a private one without the app does not exist for it."""
        found = self.channels.get(channel)
        if found is None or (found.kind == "private" and self.bot.id not in found.members):
            raise ApiError("channel_not_found")
        return found

    def visible_to(self, user: str) -> list[Channel]:
        """Give the channels somebody is in, direct message last."""
        return sorted(
            (each for each in self.channels.values() if user in each.members), key=lambda each: each.kind == "im"
        )


def build_team(definition: WorkspaceDefinition, app: AppDefinition, keys: Keys, ids: Ids, url: str, now: int) -> Team:
    """Make a workspace out of its definition; `url` is where its page is, `now` in seconds since 1970."""
    bot = User(ids.new("U"), app.name, app.name, "Etc/UTC", "en-US", is_bot=True)
    token = f"xoxb-sandbox-{ids.secret()}"
    team = Team(
        id=ids.new("T"),
        name=definition.name,
        domain=definition.domain,
        url=url,
        app=app,
        keys=keys,
        bot_token=token,
        bot=bot,
        bot_id=ids.new("B"),
        ids=ids,
        users={bot.id: bot},
    )
    for each in definition.people:
        user = User(ids.new("U"), each.handle, each.name, each.tz, each.locale, each.is_admin, is_guest=each.is_guest)
        team.users[user.id] = user
    by_handle = {user.handle: user.id for user in team.users.values()}
    for room in definition.rooms:
        members = [by_handle[handle] for handle in room.members] + ([bot.id] if room.has_app else [])
        kind: Literal["public", "private"] = "private" if room.is_private else "public"
        channel = Channel(ids.new("C"), room.name, kind, members, now, room.topic)
        team.channels[channel.id] = channel
    for group in definition.groups:
        group_id = ids.new("S")
        members = [by_handle[handle] for handle in group.members]
        team.groups[group_id] = {"id": group_id, "handle": group.handle, "name": group.name, "users": members}
    for user in list(team.users.values()):
        if not user.is_bot:
            team.direct_message(user.id, now)
    return team
