"""The bars that come with mlbug, as data."""

from functools import lru_cache
from importlib import resources

from triage.bar import BugBar, parse_bar

BUILTIN = "aiml-2019.toml"


def builtin_text() -> str:
    """Return the text of the built-in bar's file: where to start a bar of one's own from."""
    return resources.files(__name__).joinpath(BUILTIN).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def builtin() -> BugBar:
    """Return the built-in bar, read and proved once a process."""
    return parse_bar(builtin_text())
