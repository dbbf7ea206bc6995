"""The manifest for HTTP mode: the Socket Mode one with the addresses that Slack then calls."""

import copy
from collections.abc import Mapping
from typing import Any

EVENTS_PATH = "/slack/events"
INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
FAREWELLS = ("app_uninstalled", "tokens_revoked")  # told to apps that are installed by OAuth


def over_http(manifest: Mapping[str, Any], url: str, *, oauth: bool = False) -> dict[str, Any]:
    """`manifest` for a server at `url`; with `oauth` for several workspaces, which are told goodbye, too."""
    made = copy.deepcopy(dict(manifest))
    address = url.rstrip("/") + EVENTS_PATH
    settings, features = made["settings"], made["features"]
    settings["socket_mode_enabled"] = False
    settings["interactivity"] |= {"request_url": address, "message_menu_options_url": address}
    for command in features["slash_commands"]:
        command["url"] = address
    events = settings.get("event_subscriptions", {}).get("bot_events", [])
    if oauth:
        events = [*events, *(each for each in FAREWELLS if each not in events)]
        made["oauth_config"]["redirect_urls"] = [url.rstrip("/") + REDIRECT_PATH]
    if events:
        settings["event_subscriptions"] = {"request_url": address, "bot_events": events}
    return made
