"""The three stores that keep triage's promises: in memory, on SQLite, on PostgreSQL. Every contract test meets each."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from databases import opened
from fake_queue import MemoryQueue
from fakes import MemoryPlace, MemoryStore

from bot.request_id import at_hand
from db.outbox import SqlQueue
from db.watch import Watch
from db.work import SqlWorkPlace
from triage.ports import Queue, WorkPlace

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class HandClock:
    """A clock that stands until somebody moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@dataclass(frozen=True)
class Store:
    """One store: where work is begun, its queue, and the clock by which errands are put."""

    kind: str
    place: WorkPlace
    queue: Queue
    clock: HandClock


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    clock = HandClock()
    if request.param == "memory":
        memory = MemoryStore()
        yield Store("memory", MemoryPlace(memory, clock, at_hand), MemoryQueue(memory), clock)
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    with ExitStack() as stack:
        engine = stack.enter_context(opened(url))
        yield Store(request.param, SqlWorkPlace(engine, clock, Watch(at_hand)), SqlQueue(engine), clock)


@pytest.fixture
def place(store: Store) -> WorkPlace:
    return store.place


@pytest.fixture
def queue(store: Store) -> Queue:
    return store.queue
