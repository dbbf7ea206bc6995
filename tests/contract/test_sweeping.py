"""What was sent long ago leaves the queue; what somebody may still look for, and what was not sent, stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from databases import opened
from sqlalchemy import Engine, select
from stores import HandClock

from db.models import outbox
from db.outbox import SqlQueue
from db.sweeping import EVERY_S, KEPT, SWEPT, Sweeping
from db.work import SqlWorkPlace
from triage.ports import Errand

STAY = ("card", "thread", "source", "question", "digest", "welcome")


@dataclass
class Desk:
    engine: Engine
    clock: HandClock

    def put(self, *kinds: str, prefix: str = "") -> None:
        with SqlWorkPlace(self.engine, self.clock).write() as work:
            for kind in kinds:
                work.errands.put(Errand(f"{prefix}{kind}", kind, "T1", 1, to="U1"))
            work.commit()

    def send_all(self) -> None:
        queue = SqlQueue(self.engine)
        while sending := queue.claim(self.clock(), 60):
            assert queue.sent(sending, self.clock(), "C1", "1.1")

    def keys(self) -> list[str]:
        with self.engine.connect() as connection:
            return sorted(connection.execute(select(outbox.c.key)).scalars())


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with opened(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield Desk(engine, HandClock())


def test_what_was_sent_long_ago_goes_but_for_what_is_looked_for_later(desk: Desk) -> None:
    desk.put(*STAY, *SWEPT)
    desk.send_all()
    sweeping = Sweeping(desk.engine, desk.clock)
    assert sweeping.go() == 0

    desk.clock.forward((KEPT + timedelta(seconds=1)).total_seconds())

    assert Sweeping(desk.engine, desk.clock).go() == len(SWEPT)
    assert desk.keys() == sorted(STAY)


def test_what_was_not_sent_stays_however_old(desk: Desk) -> None:
    desk.put(*SWEPT)
    desk.clock.forward(2 * KEPT.total_seconds())

    assert Sweeping(desk.engine, desk.clock).go() == 0
    assert desk.keys() == sorted(SWEPT)


def test_many_go_in_several_steps_and_the_next_sweep_is_a_day_away(desk: Desk) -> None:
    desk.put(*(f"{kind}" for kind in SWEPT))
    for at in range(120):
        desk.put(*SWEPT, prefix=f"{at}:")
    desk.send_all()
    desk.clock.forward(2 * KEPT.total_seconds())
    ticks = [0.0]
    sweeping = Sweeping(desk.engine, desk.clock, lambda: ticks[0])

    assert sweeping.go() == 121 * len(SWEPT)

    desk.put("dm", prefix="later:")
    desk.send_all()
    desk.clock.forward(2 * KEPT.total_seconds())
    assert sweeping.go() == 0
    ticks[0] = EVERY_S
    assert sweeping.go() == 1
