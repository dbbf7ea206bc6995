"""How much one person, and one workspace, may ask for: enough for anybody who clicks, too little to crowd out others.

Counted in each process by itself, in memory that is bounded. Who is over the limit is told so once, then answered without words.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

BURST_S = 30.0  # so many seconds' worth may come at once
REMEMBERED = 20_000  # whoever was not heard of for the longest is forgotten, and begins anew

TOO_MUCH = "That is more than mlbug takes from one person at once. Wait a moment, then do it again; nothing was lost."
TOO_MUCH_HERE = "This workspace asks for more than mlbug can take just now. Nothing was lost; try again in a moment."


class Admission(Enum):
    """What is to be done with a request."""

    ADMITTED = 0
    PERSON_OVER = 1
    WORKSPACE_OVER = 2


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    is_told: bool = False


class Limits:
    """Token buckets. `person` and `workspace` are requests a minute, 0 for no limit. For any number of threads."""

    def __init__(self, person: int, workspace: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rates = (person / 60, workspace / 60)
        self._now = now
        self._lock = threading.Lock()
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self._refused = 0

    @property
    def refused(self) -> int:
        """How many requests were over a limit, since the process began."""
        return self._refused

    def admit(self, workspace: str, user: str) -> tuple[Admission, bool]:
        """Count a request; whether to go on with it, and if not, whether this is the first one since that was said."""
        with self._lock:
            of_person = self._take((workspace, user), self._rates[0])
            if of_person is not None:
                self._refused += 1
                return Admission.PERSON_OVER, _first(of_person)
            of_workspace = self._take((workspace, ""), self._rates[1])
            if of_workspace is not None:
                self._refused += 1
                return Admission.WORKSPACE_OVER, _first(of_workspace)
        return Admission.ADMITTED, False

    def _take(self, key: tuple[str, str], rate: float) -> _Bucket | None:
        """The bucket, where it is empty."""
        if not rate:
            return None
        now, full = self._now(), max(1.0, rate * BURST_S)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(full, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.left = min(full, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.left < 1:
            return bucket
        bucket.left -= 1
        bucket.is_told = False
        return None


def _first(bucket: _Bucket) -> bool:
    was_told, bucket.is_told = bucket.is_told, True
    return not was_told


def sender(body: Mapping[str, Any]) -> tuple[str, str]:
    """Workspace and user of a payload of whatever form; what it does not say is empty."""
    if "event" in body:
        event = body["event"]
        return str(body.get("team_id") or ""), str(event.get("user") or "") if isinstance(event, Mapping) else ""
    team, person = body.get("team"), body.get("user")
    workspace = body.get("team_id") or (team.get("id") if isinstance(team, Mapping) else "")
    user = body.get("user_id") or (person.get("id") if isinstance(person, Mapping) else "")
    return str(workspace or ""), str(user or "")
