"""What a sandbox is set up with: a workspace, its people and channels, and the app that is installed in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

DEFAULT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
)
DEFAULT_EVENTS = ("app_home_opened", "app_mention", "message.im")


@dataclass(frozen=True)
class Human:
    """A person of the workspace. The handle is what others type after an @; the zone is an IANA name."""

    handle: str
    name: str
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    is_admin: bool = False
    is_guest: bool = False


@dataclass(frozen=True)
class Room:
    """A channel: who is in it, by handle, and whether the app has been invited."""

    name: str
    members: tuple[str, ...]
    is_private: bool = False
    has_app: bool = True
    topic: str = ""


@dataclass(frozen=True)
class Group:
    """A user group, its members by handle."""

    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class WorkspaceDefinition:
    """A workspace before anything has happened in it."""

    name: str
    domain: str
    people: tuple[Human, ...]
    rooms: tuple[Room, ...]
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Command:
    """A slash command; with `should_escape`, people and channels in its text arrive with their ids."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    """A shortcut: on a message, or global."""

    name: str
    callback_id: str
    kind: Literal["message", "global"]
    description: str = ""


@dataclass(frozen=True)
class AppDefinition:
    """The app as Slack knows it: what its manifest says."""

    name: str = "mlbug"
    commands: tuple[Command, ...] = (Command("/mlbug", "Triage an ML security bug", "[text | help]", True),)
    shortcuts: tuple[Shortcut, ...] = (
        Shortcut("Triage this message", "triage_message", "message", "Open the dialog with this message"),
        Shortcut("Triage a bug", "triage", "global", "Open the dialog"),
    )
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    events: tuple[str, ...] = DEFAULT_EVENTS
    has_home: bool = True
    has_messages: bool = True

    @classmethod
    def from_manifest(cls, manifest: dict[str, Any]) -> AppDefinition:
        """Read the app out of a manifest (`manifest.json`, parsed); optional scopes count as granted."""
        features = manifest.get("features", {})
        scopes = manifest.get("oauth_config", {}).get("scopes", {})
        home = features.get("app_home", {})
        return cls(
            name=features.get("bot_user", {}).get("display_name") or manifest["display_information"]["name"],
            commands=tuple(
                Command(
                    each["command"],
                    each.get("description", ""),
                    each.get("usage_hint", ""),
                    each.get("should_escape", False),
                )
                for each in features.get("slash_commands", [])
            ),
            shortcuts=tuple(
                Shortcut(each["name"], each["callback_id"], each["type"], each.get("description", ""))
                for each in features.get("shortcuts", [])
            ),
            scopes=(*scopes.get("bot", []), *scopes.get("bot_optional", [])),
            events=tuple(manifest.get("settings", {}).get("event_subscriptions", {}).get("bot_events", [])),
            has_home=home.get("home_tab_enabled", False),
            has_messages=home.get("messages_tab_enabled", False),
        )


def small_workspace() -> WorkspaceDefinition:
    """Make the workspace of the demo: three people, four channels, one group of triagers."""
    return WorkspaceDefinition(
        name="Fernhill",
        domain="fernhill",
        people=(
            Human("ana", "Ana Lima", "Europe/Lisbon", is_admin=True),
            Human("ben", "Ben Okafor", "Europe/London"),
            Human("mei", "Mei Tanaka", "Asia/Tokyo"),
        ),
        rooms=(
            Room("triage", ("ana", "ben", "mei"), topic="Security bugs in our models, and what becomes of them"),
            Room("general", ("ana", "ben", "mei"), topic="Everybody"),
            Room("ml-platform", ("ben", "mei"), has_app=False, topic="Training, serving, data"),
            Room("security-leads", ("ana", "mei"), is_private=True, topic="Restricted"),
        ),
        groups=(Group("triagers", "Triagers", ("ana", "mei")),),
    )


@dataclass(frozen=True)
class Keys:
    """What an app is given when it is made: ids and secrets. Each workspace has a bot token of its own."""

    app_id: str
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    verification_token: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
