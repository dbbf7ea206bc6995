"""Deliveries to the app: over whichever link there is, through the faults asked for, with a record of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bot.sandbox.link import Answer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.sandbox.faults import Faults
    from bot.sandbox.inspector import Inspector
    from bot.sandbox.link import Kind, Link

Json = dict[str, Any]


class Deliveries:
    """Sends payloads to the app and records how each went. `link` may be exchanged while nothing is under way."""

    def __init__(self, link: Link, inspector: Inspector, faults: Faults) -> None:
        self.link = link
        self._inspector = inspector
        self._faults = faults
        self._tasks: set[asyncio.Task[Any]] = set()

    async def send(self, kind: Kind, name: str, payload: Json, *, retry: int = 0, reason: str = "") -> Answer:
        """Send a payload, wait for its acknowledgement, and give how it went."""
        fault = self._faults.for_delivery(kind)
        if fault is None:
            return await self._once(kind, name, payload, retry, reason)
        if fault.deed == "together":
            first, _ = await asyncio.gather(
                self._once(kind, name, payload, retry, reason),
                self._once(kind, f"{name} (double)", payload, retry, reason),
            )
            return first
        answer = await self._once(kind, name, payload, retry, reason)
        if fault.deed == "lost":
            return Answer("late", why="the acknowledgement was lost, as asked for")
        self.in_background(self._later(fault.seconds, kind, f"{name} (again)", payload))
        return answer

    async def _once(self, kind: Kind, name: str, payload: Json, retry: int, reason: str) -> Answer:
        exchange = self._inspector.begin("to_app", name, payload)
        answer = await self.link.send(kind, payload, retry=retry, reason=reason)
        outcome = answer.outcome if answer.is_good else f"{answer.outcome}: {answer.why}"
        self._inspector.end(exchange, outcome, answer.body, answer.problems)
        return answer

    async def _later(self, seconds: float, kind: Kind, name: str, payload: Json) -> None:
        await asyncio.sleep(seconds)
        await self._once(kind, name, payload, 1, "timeout")

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something without anybody waiting for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Drop what is under way and close the link."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.link.close()
