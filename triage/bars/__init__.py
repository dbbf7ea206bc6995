"""The bars that come with mlbug, as data."""

from functools import lru_cache
from importlib import resources

from triage.bar import BugBar, decode, parse_bar, prove
from triage.overlay import is_overlay, laid_over

BUILTIN = "aiml-2019.toml"


def builtin_text() -> str:
    """Return the text of the built-in bar's file: where to start a bar of one's own from."""
    return resources.files(__name__).joinpath(BUILTIN).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def builtin() -> BugBar:
    """Return the built-in bar, read and proved once a process."""
    return parse_bar(builtin_text())


def read(text: str) -> BugBar:
    """Read a bar of one's own, a whole one or an overlay over the built-in one. Raises ``BarError`` with all problems."""
    content = decode(text)
    return prove(laid_over(decode(builtin_text()), content) if is_overlay(content) else content)
