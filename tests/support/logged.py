"""What was logged while something happened, in both forms at once."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.log import set_up_logging


@dataclass
class Logged:
    """The lines so far."""

    text: io.StringIO = field(default_factory=io.StringIO)
    json: io.StringIO = field(default_factory=io.StringIO)

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """The events with a name, oldest first, each with its ids."""
        return events(self.json.getvalue(), name)


def events(lines: str, name: str = "") -> list[dict[str, Any]]:
    """The events with a name in JSON lines; the last line may be half written."""
    told = [
        json.loads(line) for line in lines.splitlines(keepends=True) if line.startswith("{") and line.endswith("\n")
    ]
    return [each for each in told if name in {"", each["event"]}]


@contextmanager
def logged(level: int = logging.INFO) -> Iterator[Logged]:
    """Log as a process does, into both forms, and into nothing else."""
    root, lines = logging.getLogger(), Logged()
    before, at = root.handlers[:], root.level
    set_up_logging("text", lines.text, level)
    as_text = root.handlers[:]
    set_up_logging("json", lines.json, level)
    root.handlers += as_text
    try:
        yield lines
    finally:
        root.handlers[:] = before
        root.setLevel(at)
