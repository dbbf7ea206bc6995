"""The app's manifest, made from the same tables as the parser and the help; `manifest.json` is this, written out.

`python -m bot.manifest` prints it; a test holds the file against it.
"""

import json
import sys
from typing import Any

from bot.commands import COMMANDS

# Scope -> why it is asked for. The optional ones may be left out; what then is missing stands in docs/.
SCOPES = {
    "commands": "the slash command /mlbug",
    "chat:write": "cards, thread entries, messages to reporters",
    "im:write": "opening the direct conversation with a reporter",
    "app_mentions:read": "answering a question in the thread where somebody mentions it",
    "im:history": "reading the questions that people write to it directly, and finding its own messages again",
    "users:read": "telling guests from members: guests can’t use it",
}
OPTIONAL_SCOPES = {
    "usergroups:read": "triagers and admins named by a user group",
    "channels:read": "checking in the settings dialog that a channel can be reached",
    "groups:read": "the same for private channels",
    "channels:history": "finding a message again whose sending is in doubt, so that it is never sent twice",
    "groups:history": "the same in a private triage channel",
    "files:write": "sending an admin the file that /mlbug export makes",
}

EVENTS = ("app_home_opened", "app_mention", "message.im")
SHORTCUTS = (
    {
        "name": "Triage this message",
        "type": "message",
        "callback_id": "triage_message",
        "description": "Report an ML bug that this message tells of",
    },
    {"name": "Report an ML bug", "type": "global", "callback_id": "triage", "description": "Open mlbug’s dialog"},
)

LONG_DESCRIPTION = (
    "Type /mlbug, answer three short screens, and read how bad an AI/ML security bug is by Microsoft's AI/ML bug bar, and why: "
    "the rule, the answers it rests on, and the smallest change that would move it. The report goes to the triage channel, "
    "stays in the history with its whole reasoning, and can be argued with."
)


def manifest() -> dict[str, Any]:
    """The manifest for Socket Mode."""
    usages = dict.fromkeys(c.usage.split()[0] for c in COMMANDS if c.usage and not c.usage.startswith("<"))
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "mlbug",
            "description": "How bad is this ML bug, and why? Triage by the AI/ML bug bar.",
            "long_description": LONG_DESCRIPTION,
            "background_color": "#1f2a44",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "mlbug", "always_online": True},
            "shortcuts": [dict(shortcut) for shortcut in SHORTCUTS],
            "slash_commands": [
                {
                    "command": "/mlbug",
                    "description": "Triage an ML security bug",
                    "usage_hint": f"[what happens | {' | '.join(usages)}]",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES), "bot_optional": list(OPTIONAL_SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(manifest(), indent=2) + "\n")
