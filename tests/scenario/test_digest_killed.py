"""A year of digests with two and five processes that are killed at random: each comes, and none comes twice."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import opened
from sqlalchemy import select
from told import Told, keep

from bot.manifest import manifest
from bot.sandbox.definition import AppDefinition
from bot.sandbox.server import Sandbox
from db.digests import SqlDigestBook
from db.models import outbox
from db.work import SqlWorkPlace
from triage.weeks import latest_slot
from triage.workspace import DigestTime

ROOT = Path(__file__).parents[2]
FIRST = datetime(2026, 1, 5, 8, 1, tzinfo=UTC)  # a Monday, a minute after nine in Berlin
AT = DigestTime(weekday=0, hour=9, minute=0, zone="Europe/Berlin")


class Fleet:
    """Processes that are killed and started again."""

    def __init__(self, size: int, words: list[str]) -> None:
        self._words = words
        self.running = [self._start() for _ in range(size)]
        self.kills = 0

    def _start(self) -> "subprocess.Popen[bytes]":
        program = str(Path(__file__).parents[1] / "support" / "digest_process.py")
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, program, *self._words],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )

    def kill_one(self, chance: random.Random) -> None:
        """Kill one that is at work; one that still starts would tell nothing."""
        ready = [n for n, process in enumerate(self.running) if Path(f"{self._words[3]}-{process.pid}").exists()]
        if ready:
            place = chance.choice(ready)
            self._end(self.running[place])
            self.running[place] = self._start()
            self.kills += 1

    def end(self) -> None:
        for process in self.running:
            self._end(process)

    @staticmethod
    def _end(process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    ("size", "length"),
    [
        pytest.param(3, 6),
        pytest.param(2, 52, marks=pytest.mark.slow),
        pytest.param(5, 52, marks=pytest.mark.slow),
    ],
)
def test_each_week_has_one_digest_a_channel(database_url: str, size: int, length: int, tmp_path: Path) -> None:
    chance = random.Random(size)  # noqa: S311 - must repeat
    clock = tmp_path / "clock"
    weeks = [FIRST + timedelta(weeks=n) for n in range(length)]
    with Sandbox(app=AppDefinition.from_manifest(manifest())) as sandbox, opened(database_url) as engine:
        channels = {"T1": "general", "T2": "triage"}
        ids = {w: c.id for w, name in channels.items() if (c := sandbox.team.channel_by_name(name))}
        for workspace, channel in ids.items():
            history = [Told(FIRST + timedelta(days=n)) for n in range(0, 364, 5)]
            keep(SqlWorkPlace(engine), workspace, history)
            SqlDigestBook(engine, lambda: FIRST).channel_since(workspace, channel, FIRST - timedelta(days=2))
        clock.write_text(weeks[0].isoformat())
        pairs = ",".join(f"{workspace}={channel}" for workspace, channel in ids.items())
        fleet = Fleet(size, [database_url, sandbox.api_url, sandbox.bot_token, str(clock), pairs])
        try:
            for now in weeks:
                fresh = clock.with_suffix(".new")
                fresh.write_text(now.isoformat())
                fresh.replace(clock)
                keys = {(w, f"digest:{c}:{latest_slot(now, AT).week}") for w, c in ids.items()}
                _until(lambda keys=keys: keys <= _claimed(engine), lambda: fleet.kill_one(chance), chance)
            fleet.kill_one(chance)
            _until(lambda: not _due(engine), lambda: None, chance, patience_s=60)
        finally:
            fleet.end()
        posted = Counter(
            (message.channel, str((message.metadata or {}).get("event_payload", {}).get("key")))
            for channel in ids.values()
            for message in sandbox.look(lambda c=channel: list(sandbox.team.channels[c].messages.values()))
            if "details" not in str(message.metadata)
        )

    assert len(posted) == 2 * length
    assert set(posted.values()) == {1}
    assert fleet.kills >= length // 4


def _claimed(engine) -> set[tuple[str, str]]:
    with engine.connect() as connection:
        return {(row.workspace, row.key) for row in connection.execute(select(outbox.c.workspace, outbox.c.key))}


def _due(engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(outbox.c.key).where(outbox.c.state == "due")).scalars())


def _until(done, kill, chance: random.Random, patience_s: float = 60) -> None:
    """Wait; once, at a moment between the clock's change and the post, somebody may be killed."""
    begun = time.monotonic()
    kill_after = chance.choice([None, *(chance.uniform(0.0, 0.25) for _ in range(2))])
    while not done():
        waited = time.monotonic() - begun
        assert waited < patience_s, "not done in time"
        if kill_after is not None and waited > kill_after:
            kill()
            kill_after = None
        time.sleep(0.01)
    if kill_after is not None:
        time.sleep(kill_after)  # while it is sent
        kill()
