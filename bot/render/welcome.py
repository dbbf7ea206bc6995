"""The first message to whoever let the assistant in: what to do next."""

from typing import Any

from bot.render.blocks import section

TEXT = "mlbug is installed. Three steps to go: invite it to your triage channel, type /mlbug settings, then /mlbug."
WHOLE = (
    "*mlbug is installed for your organisation.* Choose the workspaces that shall have it: in Slack’s admin pages, under "
    "Integrations, add the app to them. Each has a history and settings of its own; in each three steps are to go:"
)
STEPS = (
    "*mlbug is installed.* It triages AI/ML security bugs by the bug bar. Three steps to go:",
    "*1.* Invite it to the channel where you triage: `/invite @mlbug`. Everybody in that channel reads the cards.",
    "*2.* Type `/mlbug settings`: choose that channel, who triages, and where the weekly digest goes.",
    "*3.* Type `/mlbug` and report something, or `/mlbug help` for the rest. Until you save settings, nobody is a triager.",
)


def welcome(*, whole: bool = False) -> dict[str, Any]:
    """The message; `whole`: it was installed for a whole organisation."""
    steps = (WHOLE, *STEPS[1:]) if whole else STEPS
    return {"text": TEXT, "blocks": [section(step) for step in steps]}
