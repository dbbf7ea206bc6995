"""What `mlbug doctor` says of the search by meaning: off and why, on, or broken and why."""

from bot import meaning
from bot.doctor import Finding, Verdict
from bot.settings import Settings

INSTALL = "pip install 'mlbug[semantic]'"


def finding(settings: Settings) -> Finding:
    """What the doctor says of it."""
    if settings.mlbug_semantic == "off":
        return _told(Verdict.SKIPPED, "Off by setting: MLBUG_SEMANTIC is off.")
    if not meaning.is_installed():
        message = "Off: not installed. Reports that say the same in other words are told apart less well."
        return _told(Verdict.SKIPPED, message, f"To have it, run “{INSTALL}”, or “make semantic” in a clone.")
    try:
        model = meaning.load()
        model.compare("model file", ["weights"])
    except Exception as wrong:  # noqa: BLE001 - this is how it is found out
        message = f"It is installed but does not load ({_why(wrong)}), so earlier reports are found by words alone."
        return _told(Verdict.WARNING, message, f"Run “{INSTALL}” again, or set MLBUG_SEMANTIC=off.")
    return _told(Verdict.OK, f"On: {model.name}. What the words find is compared by meaning, too.")


def _told(verdict: Verdict, message: str, todo: str = "") -> Finding:
    return Finding("search", "by meaning", verdict, message, todo)


def _why(wrong: Exception) -> str:
    first = (str(wrong).splitlines() or [""])[0]
    return f"{type(wrong).__name__}: {first}" if first else type(wrong).__name__
