"""A year of Mondays seen by five schedulers at once, some of whose transactions break: one digest a channel and week."""

import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from databases import opened
from sqlalchemy import Engine, event, select
from stores import HandClock

from bot.schedule import Schedule
from db.digests import SqlDigestBook
from db.figures import SqlLedger
from db.models import outbox
from triage.digest import Overview
from triage.weeks import Week
from triage.workspace import DigestTime, WorkspaceSettings

START = datetime(2026, 1, 1, tzinfo=UTC)
BERLIN = WorkspaceSettings(digest_channel="C1", digest_at=DigestTime(zone="Europe/Berlin"))


class Broken(Exception):
    """What a process that dies in the middle of its work does, as far as the database can see."""


def schedule_on(engine: Engine, clock: HandClock, settings: WorkspaceSettings = BERLIN) -> Schedule:
    book = SqlDigestBook(engine, clock)
    return Schedule(
        book, Overview(SqlLedger(engine), lambda _: settings, clock), lambda _: settings, lambda: ["T1"], clock
    )


def digests(engine: Engine) -> Counter[str]:
    with engine.connect() as connection:
        return Counter(connection.execute(select(outbox.c.key).where(outbox.c.kind == "digest")).scalars())


class Five:
    """Five schedulers, each with connections of its own, that look at the same moment whenever `all_look` is called."""

    def __init__(self, database_url: str, clock: HandClock) -> None:
        self._url, self._clock = database_url, clock
        self._chance = random.Random(7)  # noqa: S311 - must repeat
        self._ready = threading.Barrier(6)
        self._over = False
        self.unforeseen: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run) for _ in range(5)]
        for thread in self._threads:
            thread.start()

    def all_look(self) -> None:
        self._ready.wait()
        self._ready.wait()

    def end(self) -> None:
        self._over = True
        self._ready.wait()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with opened(self._url) as mine:
            event.listen(mine, "after_cursor_execute", self._break_some)
            schedule = schedule_on(mine, self._clock)
            while True:
                self._ready.wait()
                if self._over:
                    return
                try:
                    schedule.look_at("T1")
                except Broken:
                    pass
                except BaseException as unforeseen:  # noqa: BLE001 - told by the test
                    self.unforeseen.append(unforeseen)
                self._ready.wait()

    def _break_some(self, *_: object) -> None:
        if self._chance.random() < 0.02:
            raise Broken


def test_five_schedulers_post_each_week_of_a_year_once(database_url: str) -> None:
    clock = HandClock(START)
    five = Five(database_url, clock)
    while clock.now < START + timedelta(weeks=53):
        clock.forward(86400 * 1.75)
        five.all_look()
    five.end()

    with opened(database_url) as engine:
        posted = digests(engine)
    weeks = [str(Week(2026, 1).shifted(n)) for n in range(52)]
    assert five.unforeseen == []
    assert set(posted.values()) == {1}
    assert {f"digest:C1:{week}" for week in weeks} <= set(posted)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


def test_a_digest_whose_time_came_before_its_channel_was_set_is_not_made_up_for(
    engine: Engine, clock: HandClock
) -> None:
    schedule = schedule_on(engine, clock)  # Thursday; the last slot was on Monday

    assert schedule.look() == 0
    clock.forward(86400 * 5)
    assert schedule.look() == 1
    assert list(digests(engine)) == ["digest:C1:2026-W01"]


@pytest.mark.parametrize(("down_days", "late"), [(0.01, False), (1, True), (6, True)])
def test_what_was_missed_while_down_is_posted_once_and_says_when_it_was_due(
    engine: Engine, clock: HandClock, down_days: float, late: bool
) -> None:
    schedule_on(engine, clock).look()
    clock.now = datetime(2026, 1, 5, 8, 0, tzinfo=UTC) + timedelta(days=down_days)  # due at nine in Berlin

    assert [schedule_on(engine, clock).look() for _ in range(3)] == [1, 0, 0]

    claimed = SqlDigestBook(engine, clock).claimed("T1", "digest:C1:2026-W01")
    assert claimed is not None
    assert claimed.posting.missed == (datetime(2026, 1, 5, 8, 0, tzinfo=UTC) if late else None)


def test_after_weeks_down_only_the_newest_digest_comes(engine: Engine, clock: HandClock) -> None:
    schedule_on(engine, clock).look()
    clock.forward(86400 * 40)

    schedule_on(engine, clock).look()

    assert list(digests(engine)) == ["digest:C1:2026-W06"]


def test_another_time_in_the_same_week_is_not_another_digest(engine: Engine, clock: HandClock) -> None:
    schedule_on(engine, clock).look()
    clock.now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    schedule_on(engine, clock).look()
    later = BERLIN.model_copy(update={"digest_at": DigestTime(weekday=1, hour=12, zone="Asia/Kathmandu")})

    clock.forward(86400 * 2)

    assert schedule_on(engine, clock, later).look() == 0
    assert list(digests(engine)) == ["digest:C1:2026-W01"]


def test_one_workspace_s_trouble_is_not_the_others(engine: Engine, clock: HandClock) -> None:
    def settings_of(workspace: str) -> WorkspaceSettings:
        lost = DigestTime(zone="Mars/Olympus_Mons")
        return BERLIN.model_copy(update={"digest_at": lost}) if workspace == "T1" else BERLIN

    overview = Overview(SqlLedger(engine), settings_of, clock)
    schedule = Schedule(SqlDigestBook(engine, clock), overview, settings_of, lambda: ["T1", "T2"], clock)
    schedule.look()
    clock.forward(86400 * 5)

    assert schedule.look() == 1
