"""The bar that an installation rates by: the built-in one, or a file that the settings name."""

from pathlib import Path

from bot.settings import SettingsError
from triage import bars
from triage.bar import BugBar


def load_bar(path: Path | None) -> BugBar:
    """The built-in bar, or the file that MLBUG_BAR names. Raises `SettingsError`, `BarError`."""
    if path is None:
        return bars.builtin()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise SettingsError([f"MLBUG_BAR: {path} can’t be read ({type(wrong).__name__})."]) from None
    return bars.read(text)
