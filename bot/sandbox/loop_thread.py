"""An event loop in a thread of its own: started, given work from other threads, stopped."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from bot.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

Given = TypeVar("Given")
_NOT_RUNNING = "The sandbox is not running: call start() first."


class LoopThread:
    """Runs `opening` when it starts and `closing` when it stops, both on the loop."""

    def __init__(self, opening: Callable[[], Awaitable[None]], closing: Callable[[], Awaitable[None]]) -> None:
        self._opening = opening
        self._closing = closing
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; returns when `opening` is done, raises what it raised."""
        opened = threading.Event()
        failures: list[OSError] = []

        def serve() -> None:
            loop = asyncio.new_event_loop()
            self._loop = loop
            try:
                loop.run_until_complete(self._opening())
            except OSError as error:
                failures.append(error)
            opened.set()
            if not failures:
                loop.run_forever()
                loop.run_until_complete(self._close())
            loop.close()

        self._thread = threading.Thread(target=serve, name="sandbox", daemon=True)
        self._thread.start()
        opened.wait()
        if failures:
            self._thread.join()
            self._thread = None
            raise failures[0]

    async def _close(self) -> None:
        await self._closing()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def stop(self) -> None:
        """Stop the loop and wait for the thread to end; does nothing where it does not run."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._thread = None

    def run(self, work: Coroutine[Any, Any, Given], seconds: float) -> Given:
        """Run a coroutine on the loop from another thread and give its result."""
        if self._loop is None or self._thread is None:
            work.close()
            raise SandboxError(_NOT_RUNNING)
        if threading.current_thread() is self._thread:
            work.close()
            raise SandboxError("This was called on the sandbox's own thread, where it would wait for itself.")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)
