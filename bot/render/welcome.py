"""The first message to whoever let the assistant in: what to do next."""

from typing import Any

from bot.render.blocks import section

TEXT = "mlbug is installed. Three steps to go: invite it to your triage channel, type /mlbug settings, then /mlbug."
STEPS = (
    "*mlbug is installed.* It triages AI/ML security bugs by the bug bar. Three steps to go:",
    "*1.* Invite it to the channel where you triage: `/invite @mlbug`. Everybody in that channel reads the cards.",
    "*2.* Type `/mlbug settings`: choose that channel, who triages, and where the weekly digest goes.",
    "*3.* Type `/mlbug` and report something, or `/mlbug help` for the rest. Until you save settings, nobody is a triager.",
)


def welcome() -> dict[str, Any]:
    """The message."""
    return {"text": TEXT, "blocks": [section(step) for step in STEPS]}
