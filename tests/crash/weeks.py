"""Lets weeks pass in seconds for the schedule of digests and for nothing else, so that a run sees a year of them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bot.app
from bot.schedule import Schedule
from bot.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable

WEEK_S = 2.0
AHEAD = 4  # so many quiet weeks come before the one in which the run's reports are filed
LOOK_EVERY_S = 0.25
FOLDER = "MLBUG_CRASH_FOLDER"  # where the halt is told
BEGAN = "MLBUG_CRASH_BEGAN"  # the run's beginning, the same for all processes: seconds since 1970
CHANNEL = "C0DIGEST1"
SETTINGS = {"MLBUG_DIGEST_CHANNEL": CHANNEL, "MLBUG_DIGEST_AT": "mon 09:00 Europe/Berlin"}


def halt(folder: Path) -> None:
    """Let time stand still for all processes, so that an end can be seen."""
    (folder / "halt").write_text(str(time.time()), encoding="ascii")


def hurry() -> None:
    """Let this process's schedule live by the quick clock."""
    began, halted = float(os.environ.pop(BEGAN)), Path(os.environ.pop(FOLDER)) / "halt"

    def now() -> datetime:
        moment = float(halted.read_text(encoding="ascii")) if halted.exists() else time.time()
        weeks = (moment - began) / WEEK_S
        return datetime.fromtimestamp(began, UTC) + timedelta(weeks=weeks - AHEAD)

    class Hurried(Schedule):
        def __init__(self, book: Any, overview: Any, settings_of: Any, workspaces: Any, clock: Any, nudge: Any) -> None:
            del clock
            super().__init__(book, overview, settings_of, workspaces, now, nudge)

    def ticker(jobs: tuple[Callable[[], object], ...]) -> Ticker:
        return Ticker(jobs, LOOK_EVERY_S)

    bot.app.Schedule = Hurried  # type: ignore[misc]  # in place of the one that waits for real weeks
    bot.app.Ticker = ticker  # type: ignore[misc, assignment]  # as above
