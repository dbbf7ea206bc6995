"""What the program around the store knows and wants to know: which request is at hand, and how long a search takes."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage.access import Viewer
from triage.history import Hit
from triage.ports import History


def no_request() -> str:
    """What is done for no request from Slack."""
    return ""


def endless() -> float:
    """Nobody waits."""
    return math.inf


def _ignored(*_told: object) -> None:
    return


@dataclass(frozen=True, slots=True)
class Watch:
    """`request` tells the id of the request at hand (empty: none); `searched` hears how many seconds a search took.

    `filed` hears of each report that was kept: its workspace and its number. `patience` says how many seconds whoever waits for
    the work at hand still waits.
    """

    request: Callable[[], str] = no_request
    searched: Callable[[float], None] = _ignored
    filed: Callable[[str, int], None] = _ignored
    patience: Callable[[], float] = endless


class WatchedHistory:
    """`triage.ports.History` over another."""

    def __init__(self, history: History, searched: Callable[[float], None]) -> None:
        self._history = history
        self._searched = searched

    def similar(
        self, viewer: Viewer, text: str, limit: int, *, threat: str = "", system: str = "", besides: int = 0
    ) -> Sequence[Hit]:
        """As the history does."""
        began = time.perf_counter()
        try:
            return self._history.similar(viewer, text, limit, threat=threat, system=system, besides=besides)
        finally:
            self._searched(time.perf_counter() - began)
