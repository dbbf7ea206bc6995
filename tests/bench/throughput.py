"""What one process carries: whole jobs and messages a second, a steady load, and a database that somebody else has locked."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
import urllib.request
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine

from tests.bench import payloads
from tests.bench.client import drive
from tests.bench.processes import Target, environment, floor, mlbug
from tests.bench.table import Row
from triage import bars

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE = 50


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures, on SQLite."""
    count = 100 if quick else 400
    with floor("slack") as slack, floor("bare") as bare, tempfile.TemporaryDirectory(prefix="mlbug-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        with mlbug("mlbug", environment(slack.port, url), "--work") as target:
            _meet(target)
            yield from _jobs(target, count)
        with mlbug("mlbug", environment(slack.port, url)) as target:
            yield from _steady(target, bare, 3 if quick else 8)
            yield from _locked(target, url, 2 if quick else 5)


def _meet(target: Target) -> None:
    asyncio.run(drive(target.port, [payloads.command(n) for n in range(payloads.PEOPLE)], at_once=4))
    time.sleep(2)


def _jobs(target: Target, count: int) -> Iterator[Row]:
    bar = bars.builtin()
    drafts = [uuid.uuid4().hex for _ in range(count)]
    began, cpu = time.monotonic(), target.cpu_s()
    for step in ("what", "gates", "questions"):
        bodies = [payloads.submit(bar, step, draft, n) for n, draft in enumerate(drafts)]
        run = asyncio.run(drive(target.port, bodies, at_once=16))
        if run.failures:
            raise RuntimeError(f"{step}: {dict(run.failures)}")
    filed = time.monotonic() - began
    while _due(target):
        time.sleep(0.1)
    told = time.monotonic() - began
    yield Row("whole jobs (three submits), one process, SQLite", count / filed, "a second", more_is_better=True)
    note = f"{(target.cpu_s() - cpu) / count * 1e3:.1f} ms of processor a report, told to two places"
    yield Row(
        "messages sent while that went on and after", 2 * count / told, "a second", note=note, more_is_better=True
    )


def _due(target: Target) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{target.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("mlbug_queue_due "))


def _steady(target: Target, bare: Target, seconds: int) -> Iterator[Row]:
    differences = []
    for turn in range(3):
        both = {}
        for one in (target, bare) if turn % 2 else (bare, target):
            bodies = [payloads.command(turn * 10_000 + n, "help") for n in range(RATE * seconds)]
            both[one.name] = asyncio.run(drive(one.port, bodies, at_once=32, rate=RATE)).quantile(0.99) * 1e3
        differences.append(both["mlbug"] - both["bare"])
    note = "not quiet"
    yield Row("50 a second, open loop: p99 above the bare server's", statistics.median(differences), "ms", 10, 5, note)


def _locked(target: Target, url: str, rounds: int) -> Iterator[Row]:
    ratios = []
    for turn in range(rounds):
        calm = _helps(target, turn * 2)
        with _lock(url):
            held = _helps(target, turn * 2 + 1)
        ratios.append(held / calm)
    note = "commands beside submits that wait; not quiet"
    yield Row("database locked: p99 of acks that need none", statistics.median(ratios), "x calm", 2.0, 1.2, note)


def _helps(target: Target, turn: int) -> float:
    async def both() -> float:
        bar = bars.builtin()
        waiting = [payloads.submit(bar, "what", uuid.uuid4().hex, n) for n in range(4)]
        beside = asyncio.create_task(drive(target.port, waiting, at_once=4))
        run = await drive(target.port, [payloads.command(turn * 1000 + n, "help") for n in range(120)], pause_s=0.005)
        await beside
        return run.quantile(0.99)

    return asyncio.run(both())


@contextmanager
def _lock(url: str) -> Iterator[None]:
    """Somebody else writes for a second and a half."""
    engine = create_engine(url, connect_args={"timeout": 10})
    held, ready = threading.Event(), threading.Event()

    def hold() -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            ready.set()
            held.wait(1.5)
            connection.rollback()

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait(15)
    try:
        yield
    finally:
        held.set()
        thread.join()
        engine.dispose()
