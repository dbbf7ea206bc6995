"""Time passing: reminders to owners and to the channel, snoozing, accepted risks that end."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from fakes import MemoryPlace, MemoryStore
from records import WORKSPACE, a_report, an_event
from stores import HandClock

from bot.render.happened import sentence
from triage import bars
from triage.access import Role, Viewer
from triage.browsing import Browsing
from triage.care import Care
from triage.changing import Changes, KeptBars
from triage.lifecycle import Deed
from triage.reports import EventKind, State
from triage.rounds import Rounds
from triage.workspace import DigestTime, WorkspaceSettings

TRIAGER = Viewer(WORKSPACE, "U3", Role.TRIAGER)
DAY = 24 * 3600


class Bench:
    """Some accepted reports, and a clock to move."""

    def __init__(self, reports: int = 1) -> None:
        self.clock = HandClock()
        self.store = MemoryStore()
        place = MemoryPlace(self.store, self.clock)
        self.changes = changes = Changes(
            place, self.clock, WorkspaceSettings(digest_at=DigestTime(zone="Europe/Berlin"))
        )
        self.care, self.rounds = Care(changes, KeptBars(bars.builtin())), Rounds(changes)
        self.browsing = Browsing(place, self.clock)
        with place.write() as work:
            work.bars.keep(bars.builtin())
            for n in range(reports):
                filed = work.reports.add(a_report(f"d{n}"))
                work.reports.add_event(WORKSPACE, filed.number, an_event())
            work.commit()
        for number in range(1, reports + 1):
            self.care.accept(TRIAGER, number)

    def report(self, number: int = 1):
        return self.store.data.reports[WORKSPACE, number]

    def errands(self, start: str) -> list[str]:
        return [key for _, key in self.store.data.outbox if key.startswith(start)]

    def events(self, kind: EventKind, number: int = 1):
        return [event for event in self.store.data.events[WORKSPACE, number] if event.kind is kind]


def test_the_owner_is_reminded_the_morning_before_then_daily_then_weekly() -> None:
    bench = Bench()
    bench.care.assign(TRIAGER, 1, "U8")
    due = bench.report().due_at
    reminded = []
    for _ in range(60 * 24):
        bench.clock.forward(3600)
        if bench.rounds.go():
            reminded.append((bench.clock.now - due).total_seconds() / DAY)

    assert -2 < reminded[0] < 0
    within = [at for at in reminded if at <= 3]
    assert all(0.9 < b - a < 1.1 for a, b in pairwise(within))
    after = [at for at in reminded if at > 3]
    assert all(6.5 < b - a < 7.5 for a, b in pairwise(after))
    assert len(bench.errands("reminder:U8:")) == len(reminded)


def test_many_reports_of_one_person_make_one_message_a_day() -> None:
    bench = Bench(reports=5)
    for number in range(1, 6):
        bench.care.assign(TRIAGER, number, "U8")
    bench.clock.forward(14 * DAY)

    assert bench.rounds.go() == 5
    assert bench.rounds.go() == 0

    assert len(bench.errands("reminder:U8:")) == 1
    assert len(bench.browsing.due(Viewer(WORKSPACE, "U8"))) == 5


def test_the_channel_hears_of_what_nobody_owns_and_of_what_is_late() -> None:
    bench = Bench(reports=2)
    bench.care.assign(TRIAGER, 2, "U8")
    bench.clock.forward(13 * DAY + 3600)
    bench.rounds.go()
    assert len(bench.errands("ML-1:thread:")) == 2  # accepted, reminded
    assert len(bench.errands("ML-2:thread:")) == 2  # accepted, assigned: before the deadline only its owner is reminded

    bench.clock.forward(2 * DAY)
    bench.rounds.go()
    assert len(bench.errands("ML-2:thread:")) == 3


def test_snoozing_puts_reminders_off_and_leaves_the_deadline() -> None:
    bench = Bench()
    bench.care.assign(TRIAGER, 1, "U8")
    due = bench.report().due_at
    bench.clock.forward(13 * DAY)
    bench.care.snooze(Viewer(WORKSPACE, "U8"), 1, 7)

    bench.clock.forward(6 * DAY)
    assert bench.rounds.go() == 0
    bench.clock.forward(DAY + 3600)
    assert bench.rounds.go() == 1
    assert bench.report().due_at == due


@pytest.mark.parametrize("accepted", [True, False])
def test_an_accepted_risk_comes_back_where_it_was_when_its_day_is_over(accepted: bool) -> None:
    bench = Bench()
    number = 1
    if not accepted:
        with bench.rounds._changes.place.write() as work:
            number = work.reports.add(a_report("d9")).number
            work.reports.add_event(WORKSPACE, number, an_event())
            work.commit()
    due = bench.report(number).due_at
    bench.care.accept_risk(TRIAGER, number, "Behind a gate until then", date(2026, 12, 1))
    assert bench.report(number).risk_until.isoformat() == "2026-12-01T23:00:00+00:00"  # Berlin's midnight

    bench.clock.now = bench.report(number).risk_until - timedelta(seconds=1)
    bench.rounds.go()
    assert bench.report(number).state is State.RISK_ACCEPTED
    bench.clock.forward(1)
    bench.rounds.go()

    assert bench.report(number).state is (State.ACCEPTED if accepted else State.NEW)
    assert bench.report(number).due_at == due
    event = bench.events(EventKind.REOPENED, number)[-1]
    assert (event.actor, event.was) == ("", "risk accepted")


def test_a_closed_report_is_never_reminded_of() -> None:

    bench = Bench()
    bench.care.close(TRIAGER, 1, Deed.FIX, "")
    bench.clock.forward(400 * DAY)
    assert bench.rounds.go() == 0


def test_an_owner_who_has_left_is_not_written_to_and_the_channel_is_told() -> None:
    bench = Bench()
    bench.care.assign(TRIAGER, 1, "U8")
    bench.rounds = Rounds(bench.changes, lambda workspace, user: (workspace, user) != (WORKSPACE, "U8"))
    bench.clock.now = bench.report().due_at - timedelta(hours=20)

    bench.rounds.go()

    (reminded,) = bench.events(EventKind.REMINDED)
    assert (reminded.data["left"], reminded.data["channel"]) == ("yes", "yes")
    assert bench.errands("reminder:") == []
    assert bench.errands(f"ML-1:thread:{reminded.seq}") != []
    assert "is no member here any more: assign it to somebody else" in sentence(reminded, bars.builtin())
