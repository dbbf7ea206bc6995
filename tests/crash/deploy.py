"""A rolling deploy under load: `python -m tests.crash.deploy`.

Two `mlbug serve` and two `mlbug work` of the release before the newest migration on one PostgreSQL, people at work all the
time; the new release migrates; new processes are started; the old ones are taken out of the balancer and sent SIGTERM. Each
release runs from a checkout of its own.
"""

from __future__ import annotations

import argparse
import http.client
import random
import subprocess
import sys
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

from sqlalchemy import text

from db.engine import make_engine
from tests.bench.client import FORM, headers_for
from tests.bench.digest import fill
from tests.bench.postgres import postgres_url
from tests.bench.processes import ROOT, environment, free_port
from tests.crash.doors import Shown
from tests.crash.people import Person
from tests.crash.run import Count, reckon, until_quiet
from tests.crash.slack import Slack

if TYPE_CHECKING:
    from collections.abc import Iterator

MLBUG = "import sys; from bot.cli import main; sys.exit(main(sys.argv[1:]))"
# Nobody searches in their workspace; unknown ones would be indexed after the migration, one by one.
KNOWN_TO_THE_SEARCH = (
    "INSERT INTO search_reports (workspace, report, hidden, fingerprint) "
    "SELECT workspace, number, restricted, CAST('' AS bytea) FROM reports"
)
UP_WITHIN_S, DOWN_WITHIN_S = 150.0, 60.0
EACH = 2  # servers and workers


class Balancer:
    """Sends each request to one of the servers in it. Only a connection that was refused is tried at another one."""

    def __init__(self, chance: random.Random) -> None:
        self.ports: list[int] = []
        self._chance = chance

    def press(self, body: bytes) -> bytes:
        """The answer; nothing where it was lost on the way."""
        for port in self._chance.sample(self.ports, len(self.ports)):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                connection.connect()
                connection.request("POST", "/slack/events", body, {"Content-Type": FORM, **headers_for(body)})
                response = connection.getresponse()
                answer = response.read()
            except ConnectionRefusedError:
                continue
            except (OSError, http.client.HTTPException):
                return b""
            finally:
                connection.close()
            if response.status != 200:
                raise Shown(f"status {response.status}")
            return answer
        return b""


@dataclass
class Found:
    """What came of it. `refused`: who was started on the other release's schema, and what it said."""

    old: str
    reports_there: int
    migrated_in_s: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    while_migrating_longest_s: float = 0.0
    refused: list[str] = field(default_factory=list)
    old_stayed_ready: bool = True
    left_with: list[int] = field(default_factory=list)  # exit statuses of the old ones
    left_within_s: float = 0.0
    count: Count = field(default_factory=Count)

    @property
    def is_good(self) -> bool:
        """Nobody was left without an answer, and nothing was lost or doubled."""
        silent = self.answers["nothing"] + self.answers["something else"]
        orderly = self.left_with == [0] * 2 * EACH and self.old_stayed_ready and len(self.refused) == 2
        return self.count.is_good and orderly and not silent


class Release:
    """One checkout, and the processes that were started from it."""

    def __init__(self, tree: Path, settings: dict[str, str], folder: Path) -> None:
        self._tree = tree
        self._settings = settings
        self._log = folder / f"{tree.name}.log"
        self.running: list[subprocess.Popen[bytes]] = []
        self.ports: list[int] = []

    def start(self) -> None:
        """Servers and workers, ready."""
        for what in ("serve", "work"):
            for _ in range(EACH):
                port = free_port()
                self.running.append(self.run(what, "--host", "127.0.0.1", "--port", str(port)))
                if what == "serve":
                    self.ports.append(port)
        until = time.monotonic() + UP_WITHIN_S
        while not self.is_ready():
            if time.monotonic() > until:
                ended = [process.poll() for process in self.running]
                raise RuntimeError(f"it did not come up ({ended}): {self._log.read_text(encoding='utf-8')[-2000:]}")
            time.sleep(0.05)

    def run(self, *words: str) -> subprocess.Popen[bytes]:
        """A process of this release."""
        with self._log.open("ab") as log:
            command = [sys.executable, "-c", MLBUG, *words]
            return subprocess.Popen(command, cwd=self._tree, env=self._settings, stderr=log)  # noqa: S603  # our own

    def refuses_to_start(self) -> str:
        """What it says on a schema that is not its own; empty where it starts, or says nothing of use."""
        command = [sys.executable, "-c", MLBUG, "serve", "--host", "127.0.0.1", "--port", str(free_port())]
        try:
            ended = subprocess.run(  # noqa: S603  # as above
                command,
                cwd=self._tree,
                env=self._settings,
                capture_output=True,
                text=True,
                timeout=UP_WITHIN_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ""
        said = ended.stderr.strip().splitlines()
        return said[-1] if ended.returncode and said else ""

    def is_ready(self) -> bool:
        """Whether each server says so."""
        try:
            for port in self.ports:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                    if answer.status != 200:
                        return False
        except (urllib.error.URLError, OSError):
            return False
        return True

    def end(self) -> list[int]:
        """SIGTERM; their exit statuses."""
        for process in self.running:
            process.terminate()
        return [process.wait(DOWN_WITHIN_S) for process in self.running]


def deploy(old: str, reports: int, seed: int, folder: Path) -> Found:
    """Do it."""
    found = Found(old, reports)
    chance, stop = random.Random(seed), threading.Event()  # noqa: S311  # must repeat for a seed
    with ExitStack() as open_:
        slack = Slack(chance, lambda _slot: None, faults=False)
        slack.start()
        url = open_.enter_context(postgres_url())
        settings = environment(slack.port, url) | {"SLACK_API_URL": f"http://127.0.0.1:{slack.port}/p0/api/"}
        before = Release(open_.enter_context(_checkout(old, folder)), settings, folder)
        after = Release(ROOT, settings, folder)
        open_.callback(lambda: [process.kill() for each in (before, after) for process in each.running])
        if before.run("migrate").wait(UP_WITHIN_S) != 0:
            raise RuntimeError("the old release did not migrate")
        engine = make_engine(url, statement_s=600)
        fill(engine, reports)
        with engine.begin() as connection:
            connection.execute(text(KNOWN_TO_THE_SEARCH))
        engine.dispose()
        found.refused += filter(None, [after.refuses_to_start()])
        before.start()
        balancer = Balancer(chance)
        balancer.ports = list(before.ports)
        people = [Person(n, chance, balancer, stop) for n in range(4)]
        for person in people:
            person.start()
        time.sleep(3)
        _migrate(found, after, people)
        found.old_stayed_ready = before.is_ready()
        found.refused += filter(None, [before.refuses_to_start()])
        after.start()
        balancer.ports = [*before.ports, *after.ports]
        time.sleep(2)
        balancer.ports = list(after.ports)
        began = time.monotonic()
        found.left_with = before.end()
        found.left_within_s = time.monotonic() - began
        time.sleep(3)
        stop.set()
        for person in people:
            if not person.join(60):
                found.count.complaints.append(f"person {person.number} got no answer to the end")
        until_quiet(url, folder)
        reckon(found.count, people, slack, url)
        for person in people:
            found.answers += person.answers
            found.longest_s = max(found.longest_s, person.longest_s)
        after.end()
    return found


def _migrate(found: Found, release: Release, people: list[Person]) -> None:
    began = time.monotonic()
    for person in people:
        person.longest_s = 0.0
    if release.run("migrate").wait(300) != 0:
        raise RuntimeError("the new release did not migrate")
    found.migrated_in_s = time.monotonic() - began
    found.while_migrating_longest_s = max(person.longest_s for person in people)


@contextmanager
def _checkout(revision: str, folder: Path) -> Iterator[Path]:
    tree = folder / "old-release"
    _git("worktree", "add", "--quiet", "--detach", str(tree), revision)
    try:
        yield tree
    finally:
        _git("worktree", "remove", "--force", str(tree))


def before_the_newest_migration() -> str:
    """The commit whose release does not know it yet."""
    newest = max((ROOT / "migrations" / "versions").glob("0*.py")).relative_to(ROOT)
    return _git("log", "-1", "--diff-filter=A", "--format=%H", "--", str(newest)) + "~1"


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607  # ours
    return done.stdout.strip()


def main() -> int:
    """Run and report; 1 where anything was lost or doubled, or anybody left without an answer."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.deploy", description=__doc__)
    parser.add_argument("--old", default="", help="the old release's commit (default: before the newest migration)")
    parser.add_argument(
        "--reports", type=int, default=200_000, help="in the history, so that the migration takes a while"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlbug-deploy-") as folder:
        found = deploy(given.old or before_the_newest_migration(), given.reports, given.seed, Path(folder))
    for name, value in {**vars(found), **vars(found.count)}.items():
        if name not in {"count", "happened", "seconds", "kills"}:
            sys.stdout.write(f"{name.replace('_', ' ')}: {value}\n")
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
