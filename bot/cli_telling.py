"""What `mlbug run`, `serve` and `work` tell of themselves: readiness, and the gauges among their metrics."""

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from bot.app import Assistant, utc_now
from bot.health import Check, Health, alive, process_gauges, queue_gauges
from bot.metrics import Metrics
from bot.run import Socket
from triage.ports import Queue

if TYPE_CHECKING:
    from sqlalchemy import Engine


def checks(engine: "Engine", assistant: Assistant, *, works: bool, socket: Socket | None = None) -> dict[str, Check]:
    """What readiness depends on: the database, and where they are there, the threads that send and the socket."""

    def database() -> str:
        from db import schema

        schema.check_while_running(engine)
        return ""

    found: dict[str, Check] = {"database": database}
    if works:
        found["worker"] = alive(lambda: assistant.worker.alive, "A thread that sends messages has ended.")
    if socket is not None:
        found["socket"] = alive(lambda: socket.connected, "Slack is not heard: the socket is down.")
    return found


def watch_over(
    metrics: Metrics, queue: Queue, assistant: Assistant, *more: Callable[[], Mapping[str, float]], works: bool
) -> None:
    """Let `metrics` ask the parts of a process."""
    metrics.watch(
        lambda: queue_gauges(queue, utc_now),
        process_gauges,
        *more,
        refusals=lambda: {"rate": assistant.limits.refused},
    )
    if works:
        metrics.watch(lambda: {"mlbug_worker_alive": float(assistant.worker.alive)})


def settled() -> None:
    """The start is over: from here on garbage is collected, without looking at what the start made, which stays."""
    gc.collect()
    gc.freeze()
    gc.enable()


@contextlib.contextmanager
def telling(health: Health, metrics: Metrics, host: str, port: int) -> Iterator[int]:
    """Answer `/healthz`, `/readyz` and `/metrics` from a thread of its own; the port. Raises `OSError` where it is taken."""
    from bot.serve import Server, beside, routes

    with beside(Server(routes(health, metrics), host, port)) as listening:
        yield listening
