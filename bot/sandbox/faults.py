"""Faults on request: what networks and Slack do on bad days, as often as asked for, the same for the same seed.

Every method may be called from any thread. A rule that has been used up is gone; `clear()` takes all of them back.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

Deed = Literal["limit", "refuse", "status", "drop_before", "drop_after"]
Doubling = Literal["again", "together", "lost"]


@dataclass
class CallFault:
    """What happens to calls of a method (a pattern such as `chat.*`), `times` times, each with a probability."""

    method: str
    deed: Deed | None
    times: int
    error: str = ""
    status: int = 200
    seconds: float = 0.0
    chance: float = 1.0


@dataclass
class DeliveryFault:
    """What happens to what the app is sent: sent twice at once, sent again later, or its acknowledgement lost."""

    kind: str
    deed: Doubling
    times: int
    seconds: float = 0.0


@dataclass
class Faults:
    """The faults that lie ahead."""

    seed: int = 1
    _calls: list[CallFault] = field(default_factory=list)
    _deliveries: list[DeliveryFault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 -- must repeat for a seed, keeps no secret

    # -- calls of the Web API

    def limit(self, method: str, *, seconds: int = 1, times: int = 1) -> None:
        """Answer 429 with Retry-After."""
        self._add(CallFault(method, "limit", times, "ratelimited", 429, seconds))

    def refuse(self, method: str, error: str, *, times: int = 1) -> None:
        """Answer `{"ok": false, "error": ...}`: token_revoked, channel_not_found, hash_conflict, missing_scope ..."""
        self._add(CallFault(method, "refuse", times, error))

    def fail(self, method: str, *, status: int = 503, times: int = 1) -> None:
        """Answer with a status of 500 or above, before anything was done."""
        self._add(CallFault(method, "status", times, status=status))

    def slow(self, method: str, *, seconds: float, times: int = 1) -> None:
        """Take so long before the call is done."""
        self._add(CallFault(method, None, times, seconds=seconds))

    def drop(self, method: str, *, after_acting: bool, times: int = 1) -> None:
        """Cut the connection, before the call is done or after: then the caller can't know that it was."""
        self._add(CallFault(method, "drop_after" if after_acting else "drop_before", times))

    def sometimes(self, method: str, chance: float, *, times: int = 1_000_000) -> None:
        """Let every kind of call fault happen now and then, with this probability in all, drawn from the seed."""
        deeds: list[tuple[Deed, str, int, float]] = [
            ("limit", "ratelimited", 429, 1),
            ("status", "", 503, 0),
            ("drop_before", "", 200, 0),
            ("drop_after", "", 200, 0),
        ]
        for deed, error, status, seconds in deeds:
            self._add(CallFault(method, deed, times, error, status, seconds, chance / len(deeds)))

    def _add(self, fault: CallFault) -> None:
        with self._lock:
            self._calls.append(fault)

    def for_call(self, method: str) -> CallFault | None:
        """Take the fault that this call meets, if any."""
        with self._lock:
            for fault in self._calls:
                if fnmatchcase(method, fault.method) and (fault.chance >= 1 or self._random.random() < fault.chance):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._calls.remove(fault)
                    return fault
        return None

    # -- what the app is sent

    def deliver_again(self, kind: str = "*", *, after: float = 0.0, times: int = 1) -> None:
        """Deliver the same payload once more, so many seconds after the first was acknowledged."""
        self._double(DeliveryFault(kind, "again", times, after))

    def deliver_twice_at_once(self, kind: str = "*", *, times: int = 1) -> None:
        """Deliver the same payload twice at the same time."""
        self._double(DeliveryFault(kind, "together", times))

    def lose_ack(self, kind: str = "*", *, times: int = 1) -> None:
        """Lose the acknowledgement: the app did its work, and Slack believes that it did not answer."""
        self._double(DeliveryFault(kind, "lost", times))

    def _double(self, fault: DeliveryFault) -> None:
        with self._lock:
            self._deliveries.append(fault)

    def for_delivery(self, kind: str) -> DeliveryFault | None:
        """Take the fault that this delivery meets, if any; kinds are slash_commands, interactive, events_api."""
        with self._lock:
            for fault in self._deliveries:
                if fnmatchcase(kind, fault.kind):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._deliveries.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Take back every fault that has not happened."""
        with self._lock:
            self._calls.clear()
            self._deliveries.clear()
