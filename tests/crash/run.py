"""One run: processes up, people at work, weeks passing, kills, and the count at the end."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from db.engine import make_engine
from db.models import outbox, reports
from db.outbox import SqlQueue
from tests.bench.processes import ROOT, environment, lasting_port
from tests.crash import weeks
from tests.crash.doors import HttpDoor, SocketDoor
from tests.crash.people import Person
from tests.crash.slack import TEAM, Slack
from triage.digest import DETAILS, DETAILS_EDIT, DIGEST_EDIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUIET_WITHIN_S = 120.0


@dataclass(frozen=True)
class Plan:
    """What to do. `aimed`: the share of kills that hit a process in the middle of a post. `socket`: by Socket Mode, not HTTP."""

    kills: int
    processes: int
    seed: int
    aimed: float = 0.5
    people: int = 4
    blind: bool = False
    socket: bool = False


@dataclass
class Count:
    """What was found."""

    kills: int = 0
    confirmed: int = 0
    reports: int = 0
    messages: int = 0
    digests: int = 0
    digest_edits: int = 0
    posted_while_killing: int = 0
    missing: list[str] = field(default_factory=list)  # confirmed, and not in the history
    lost: list[str] = field(default_factory=list)  # in the history, and somebody was not told
    doubled: list[str] = field(default_factory=list)  # told more than once
    digests_twice: list[str] = field(default_factory=list)  # of these, the digests of a week
    left: list[str] = field(default_factory=list)  # errands that are neither sent nor to be sent
    complaints: list[str] = field(default_factory=list)  # answers that no person should see
    happened: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return not (self.missing or self.lost or self.doubled or self.left or self.complaints)


class Family:
    """The processes, by slot. A slot that was killed comes up again at once."""

    def __init__(
        self, nursery: subprocess.Popen[str], slack: Slack, database_url: str, folder: Path, plan: Plan
    ) -> None:
        self._nursery, self._folder = nursery, folder
        self._links = slack.links if plan.socket else None
        self._lock = threading.Lock()
        self._orders = []
        self.pids: dict[int, int] = {}
        self.ports = [lasting_port() for _ in range(plan.processes)]
        began = time.time()
        for slot, port in enumerate(self.ports):
            settings = environment(slack.port, database_url)
            settings |= {
                "SLACK_API_URL": f"http://127.0.0.1:{slack.port}/p{slot}/api/",
                "SLACK_APP_TOKEN": "xapp-bench",
            }
            settings |= {**weeks.SETTINGS, weeks.BEGAN: str(began), weeks.FOLDER: str(folder)}
            command = ["run"] if plan.socket else ["serve", "--work"]
            order = {
                "environment": {name: value for name, value in settings.items() if name not in os.environ},
                "arguments": [*command, "--host", "127.0.0.1", "--port", str(port)],
                "log": str(folder / f"process-{slot}.log"),
                "blind": plan.blind,
            }
            self._orders.append(json.dumps(order) + "\n")

    def start(self, slot: int) -> None:
        with self._lock:
            assert self._nursery.stdin is not None
            assert self._nursery.stdout is not None
            self._nursery.stdin.write(self._orders[slot])
            self._nursery.stdin.flush()
            self.pids[slot] = int(self._nursery.stdout.readline())

    def kill(self, slot: int) -> None:
        """`kill -9`, and up again."""
        with suppress(ProcessLookupError):
            os.kill(self.pids[slot], signal.SIGKILL)
        self.start(slot)

    def end(self) -> None:
        for pid in self.pids.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def is_ready(self, slot: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[slot]}/healthz", timeout=2) as answer:
                return answer.status == 200 and (self._links is None or self._links.is_open(slot))
        except (urllib.error.URLError, OSError):
            return False

    def lives(self, slot: int, pid: int) -> bool:
        """Whether that process is the one that was started."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return self.pids[slot] == pid

    def must_be_ready(self, slot: int) -> None:
        """Raises `RuntimeError` where it does not come up."""
        if not self.wait_ready(slot):
            raise RuntimeError(f"process {slot} did not come up: see {self._folder}")

    def wait_ready(self, slot: int, within_s: float = 30.0) -> bool:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if self.is_ready(slot):
                return True
            time.sleep(0.01)
        return False


@contextmanager
def nursery() -> Iterator[subprocess.Popen[str]]:
    """What the processes come from."""
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.nursery"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdin is not None
    assert started.stdout is not None
    try:
        if started.stdout.readline() != "ready\n":
            raise RuntimeError("the nursery did not come up")
        yield started
    finally:
        started.stdin.close()
        started.wait(10)
        started.stdout.close()


def run(plan: Plan, database_url: str, folder: Path) -> Count:
    """Do it."""
    chance = random.Random(plan.seed)  # noqa: S311  # must repeat for a seed
    count = Count()
    began = time.monotonic()
    stop = threading.Event()
    with ExitStack() as open_:
        slack = Slack(random.Random(chance.random()), lambda _slot: None)  # noqa: S311  # as above
        slack.start()
        family = Family(open_.enter_context(nursery()), slack, database_url, folder, plan)
        open_.callback(family.end)
        for slot in range(plan.processes):
            family.start(slot)
            family.must_be_ready(slot)
        people = []
        for n in range(plan.people):
            drawn = random.Random(chance.random())  # noqa: S311  # as above
            door = SocketDoor(slack.links) if plan.socket else HttpDoor(family.ports, drawn)
            people.append(Person(n, drawn, door, stop))
        for person in people:
            person.start()
        _kill(plan, family, slack, count, chance)
        count.posted_while_killing = len(slack.accepted)
        stop.set()
        for person in people:
            if not person.join(120):
                count.complaints.append(f"person {person.number} got no answer to the end")
        slack.faults = slack.links.faults = False
        until_quiet(database_url, folder)
        reckon(count, people, slack, database_url)
    count.happened = dict(slack.happened)
    count.seconds = time.monotonic() - began
    return count


def _kill(plan: Plan, family: Family, slack: Slack, count: Count, chance: random.Random) -> None:
    """Kill until there were enough: by the clock here, and in the middle of a post by Slack."""
    lock = threading.Lock()

    def kill(slot: int) -> None:
        with lock:
            if count.kills >= plan.kills:
                return
            count.kills += 1
            family.kill(slot)

    slack.kill = kill
    slack.aimed = 0.15 * plan.aimed
    while count.kills < plan.kills:
        slot = chance.randrange(plan.processes)
        if chance.random() < 0.15:  # while it starts
            time.sleep(chance.uniform(0.0, 0.2))
        else:
            family.wait_ready(slot)
            time.sleep(chance.uniform(0.05, 0.9 / plan.processes))
        if chance.random() >= plan.aimed:
            kill(slot)
    slack.aimed = 0.0


def until_quiet(database_url: str, folder: Path) -> None:
    """Let no more weeks pass, and wait until all that is due is sent."""
    engine = make_engine(database_url)
    queue = SqlQueue(engine)
    weeks.halt(folder)
    until, quiet = time.monotonic() + QUIET_WITHIN_S, 0
    while time.monotonic() < until and quiet < 3:  # who read the clock before the halt may put something in yet
        quiet = 0 if queue.state(datetime.now(UTC)).due else quiet + 1
        time.sleep(0.5)
    engine.dispose()


def reckon(count: Count, people: list[Person], slack: Slack, database_url: str) -> None:
    """Hold what people read and what Slack has against the history."""
    confirmed = {draft: number for person in people for draft, number in person.confirmed.items()}
    engine = make_engine(database_url)
    with engine.connect() as connection:
        filed = {
            row.draft: row.number
            for row in connection.execute(select(reports.c.draft, reports.c.number).where(reports.c.workspace == TEAM))
        }
        errands = connection.execute(
            select(outbox.c.key, outbox.c.kind, outbox.c.state, outbox.c.ts, outbox.c.error)
        ).all()
    engine.dispose()
    keys = slack.keys()
    count.confirmed, count.reports, count.messages = len(confirmed), len(filed), sum(keys.values())
    count.missing = [f"ML-{number} ({draft})" for draft, number in confirmed.items() if filed.get(draft) != number]
    count.left = [f"{row.key}: {row.state} {row.error}" for row in errands if row.state != "sent"]
    edits = [row for row in errands if row.kind in {DIGEST_EDIT, DETAILS_EDIT}]
    posts = [row for row in errands if row.state == "sent" and row not in edits]
    quiet = [row for row in posts if row.kind == DETAILS and not row.ts]  # there was nothing to tell
    count.lost = [row.key for row in posts if row not in quiet and not keys[f"{TEAM}:{row.key}"]]
    cards = {f"ML-{number}:card" for number in filed.values()}
    count.lost += sorted(cards - {row.key for row in errands})
    count.doubled = [key for key, times in keys.items() if times > 1]
    told = [key for key in keys if key.startswith(f"{TEAM}:digest:") and key.count(":") == 3]
    count.digest_edits = len(edits)
    count.digests, count.digests_twice = len(told), [key for key in told if keys[key] > 1]
    count.complaints += [complaint for person in people for complaint in person.told]
