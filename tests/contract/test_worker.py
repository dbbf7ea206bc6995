"""The worker's promise, on every store: each message once, whatever a call to Slack comes to, and never blindly again."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from stores import Store

from bot.gateway import Gateway, InDoubt, NotReached, Posted, RateLimited, RefusedBySlack, SlackFault
from bot.messages import Messages, NoChannel, Plan, Tab
from bot.patient_queue import PatientQueue
from bot.worker import GIVE_UP_AFTER, HOLD_FOR, LEASE_S, SETTLE_S, Worker
from triage.errors import Unavailable
from triage.ports import Errand, Queue, Sending

TEAM = "T1"


class Channel(Gateway):
    """A gateway to one channel. `faults` befall the calls to come: an error, and whether the post was taken all the same."""

    def __init__(self) -> None:
        self.posted: list[str] = []
        self.edited = 0
        self.looked_up = 0
        self.faults: list[tuple[SlackFault | BaseException, bool]] = []
        self.unseen: list[SlackFault] = []  # befall look-ups

    def post(self, workspace: str, channel: str, message: Mapping[str, Any], key: str, thread_ts: str = "") -> Posted:
        del workspace, message, thread_ts
        fault, taken = self.faults.pop(0) if self.faults else (None, True)
        if taken:
            self.posted.append(key)
        if fault is not None:
            raise fault
        return Posted(channel, f"{len(self.posted)}.0")

    def find(self, workspace: str, channel: str, key: str, oldest_s: float, thread_ts: str = "") -> Posted | None:
        del workspace, oldest_s, thread_ts
        self.looked_up += 1
        if self.unseen:
            raise self.unseen.pop(0)
        return Posted(channel, f"{self.posted.index(key) + 1}.0") if key in self.posted else None

    def edit(self, workspace: str, at: Posted, message: Mapping[str, Any]) -> None:
        del workspace, at, message
        self.edited += 1
        if self.faults:
            raise self.faults.pop(0)[0]

    def publish_home(self, workspace: str, user: str, view: Mapping[str, Any]) -> None:
        del workspace, user, view
        if self.faults:
            raise self.faults.pop(0)[0]


class Plans(Messages):
    """Plans a message for each errand; `errors` befall the plans to come."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.plan_: Plan | Tab | None = Plan({"text": "Told."}, channel="C1")

    def plan(self, sending: Sending) -> Plan | Tab | None:
        del sending
        if self.errors:
            raise self.errors.pop(0)
        return self.plan_


class Desk:
    """A worker on a store, turned by hand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.slack = Channel()
        self.plans = Plans()
        self.troubles: list[tuple[str, str, str]] = []
        self.mended: list[str] = []
        self.moved: list[tuple[str, str]] = []
        self.worker = Worker(store.queue, self.plans, self.slack, store.clock, troubles=self, jitter=lambda: 0.0)

    def tell(self, errand: Errand, channel: str, error: str) -> None:
        self.troubles.append((errand.key, channel, error))

    def delivered(self, workspace: str, channel: str) -> None:
        assert workspace == TEAM
        self.mended.append(channel)

    def move(self, errand: Errand, channel: str) -> None:
        self.moved.append((errand.key, channel))

    def put(self, key: str = "ML-1:card") -> None:
        with self.store.place.write() as work:
            work.errands.put(Errand(key, "card", TEAM, 1))
            work.commit()

    def step(self) -> bool:
        return self.worker.step()

    def after(self, seconds: float) -> bool:
        self.store.clock.forward(seconds)
        return self.step()

    @property
    def states(self) -> tuple[int, int, int]:
        state = self.store.queue.state(self.store.clock())
        return state.due, state.sent, state.dead


class Forgetful(PatientQueue):
    """A queue whose store is away the first time that something is closed."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(queue, threading.Event(), 0)
        self.refusals = 1

    def sent(self, sending: Sending, now: datetime, channel: str, ts: str) -> bool:
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("The history is out of reach just now.")
        return super().sent(sending, now, channel, ts)


@pytest.fixture
def desk(store: Store) -> Desk:
    made = Desk(store)
    made.put()
    return made


def test_a_message_is_posted_once_and_closed(desk: Desk) -> None:
    assert desk.step()
    assert not desk.step()

    assert desk.slack.posted == ["T1:ML-1:card"]
    assert desk.states == (0, 1, 0)
    assert desk.store.queue.posted(TEAM, "ML-1:card") == ("C1", "1.0")


@pytest.mark.parametrize("taken", [True, False])
def test_a_post_of_unknown_outcome_rests_is_looked_up_and_is_there_once(desk: Desk, *, taken: bool) -> None:
    desk.slack.faults = [(InDoubt("RemoteDisconnected"), taken)]
    desk.step()
    assert not desk.after(SETTLE_S - 1)  # Slack may not show it yet

    assert desk.after(1.1)
    assert desk.slack.looked_up == 1
    assert desk.slack.posted == ["T1:ML-1:card"]
    assert desk.states == (0, 1, 0)


def test_a_post_that_never_reached_slack_is_repeated_without_a_look(desk: Desk) -> None:
    desk.slack.faults = [(NotReached("ConnectionRefusedError"), False)] * 3
    for _ in range(4):
        desk.step()
        desk.store.clock.forward(20)

    assert desk.slack.looked_up == 0
    assert desk.slack.posted == ["T1:ML-1:card"]


def test_the_doubt_stays_when_a_later_try_does_not_reach_slack(desk: Desk) -> None:
    desk.slack.faults = [(InDoubt("timeout"), True)]
    desk.slack.unseen = [NotReached("ConnectionRefusedError"), RateLimited(5.0), InDoubt("http_502")]
    for _ in range(6):
        desk.step()
        desk.store.clock.forward(60)

    assert desk.slack.posted == ["T1:ML-1:card"]
    assert desk.states == (0, 1, 0)


def test_retry_after_holds_the_whole_channel(desk: Desk) -> None:
    desk.put("ML-2:card")
    desk.slack.faults = [(RateLimited(30.0), False)]
    desk.step()

    assert not desk.after(29)
    assert desk.slack.posted == []
    assert desk.after(1.1)
    assert desk.step()
    assert sorted(desk.slack.posted) == ["T1:ML-1:card", "T1:ML-2:card"]


def test_what_cannot_be_looked_up_is_late_and_not_double(desk: Desk) -> None:
    desk.slack.faults = [(InDoubt("timeout"), True)]
    desk.slack.unseen = [RefusedBySlack("missing_scope")] * 50
    for _ in range(20):
        desk.step()
        desk.store.clock.forward(600)

    assert desk.slack.posted == ["T1:ML-1:card"]
    assert desk.store.queue.state(desk.store.clock()).doubtful == 1


def test_a_refusal_is_dead_and_once_revived_is_sent_without_a_look(desk: Desk) -> None:
    desk.slack.faults = [(RefusedBySlack("channel_not_found"), False)]
    desk.step()
    assert desk.states == (0, 0, 1)

    assert desk.store.queue.revive(TEAM) == 1
    assert desk.after(1)
    assert desk.slack.looked_up == 0
    assert desk.slack.posted == ["T1:ML-1:card"]


def test_nothing_is_given_up_before_three_days(desk: Desk) -> None:
    desk.slack.faults = [(NotReached("gaierror"), False)] * 1000
    began = desk.store.clock()
    while desk.states[2] == 0:
        desk.step()
        desk.store.clock.forward(900)

    assert GIVE_UP_AFTER < desk.store.clock() - began < GIVE_UP_AFTER + timedelta(hours=1)


def test_a_database_that_is_away_for_a_moment_kills_no_errand(desk: Desk) -> None:
    desk.plans.errors = [Unavailable("The history is out of reach just now.")]
    with pytest.raises(Unavailable):
        desk.step()
    assert desk.states == (1, 0, 0)

    assert desk.after(1.1)  # and need not wait for the end of a lease
    assert desk.slack.posted == ["T1:ML-1:card"]
    assert desk.slack.looked_up == 0


def test_a_message_that_was_posted_is_closed_once_the_database_is_back(desk: Desk) -> None:
    queue = Forgetful(desk.store.queue)
    Worker(queue, desk.plans, desk.slack, desk.store.clock).step()

    assert queue.refusals == 0
    assert desk.states == (0, 1, 0)
    assert desk.slack.posted == ["T1:ML-1:card"]


def test_an_errand_with_nowhere_to_go_is_held_until_there_is_a_channel(desk: Desk) -> None:
    desk.plans.errors = [NoChannel("No triage channel is set.")]
    desk.step()
    assert desk.states == (1, 0, 0)
    assert desk.troubles == [("ML-1:card", "", "no_triage_channel")]

    assert desk.after(61)
    assert desk.slack.posted == ["T1:ML-1:card"]


def test_a_card_waits_for_its_channel_tells_and_goes_out_once(desk: Desk) -> None:
    desk.plans.plan_ = Plan({"text": "Told."}, channel="C1", waits=True)
    desk.slack.faults = [(RefusedBySlack("not_in_channel"), False)] * 3
    for _ in range(3):
        desk.step()
        desk.store.clock.forward(3600)

    assert desk.troubles == [("ML-1:card", "C1", "not_in_channel")] * 3  # the hearer tells it on once
    assert desk.step()
    assert not desk.after(3600)
    assert desk.slack.posted == ["T1:ML-1:card"]
    assert desk.slack.looked_up == 0
    assert desk.mended == ["C1"]


def test_what_waits_for_a_channel_is_given_up_after_a_month(desk: Desk) -> None:
    desk.plans.plan_ = Plan({"text": "Told."}, channel="C1", waits=True)
    desk.slack.faults = [(RefusedBySlack("channel_not_found"), False)] * 1000
    began = desk.store.clock()
    while desk.states[2] == 0:
        desk.step()
        desk.store.clock.forward(3601)

    assert HOLD_FOR < desk.store.clock() - began < HOLD_FOR + timedelta(hours=3)


def test_what_follows_a_card_into_a_channel_that_is_gone_lets_it_move(desk: Desk) -> None:
    at = Posted("C1", "1.0")
    desk.plans.plan_ = Plan({"text": "Told."}, channel="C1", edits=at, waits=True, moves="ML-1:card")
    desk.slack.faults = [(RefusedBySlack("is_inactive"), False)]
    desk.step()

    assert desk.moved == [("ML-1:card", "C1")]
    assert desk.troubles == []
    assert desk.states == (1, 0, 0)  # it comes after the card


def test_a_home_tab_that_slack_refuses_is_let_go(desk: Desk) -> None:
    desk.plans.plan_ = Tab({"type": "home", "blocks": []}, "U1")
    desk.slack.faults = [(NotReached("gaierror"), False), (RefusedBySlack("not_enabled"), False)]
    desk.step()
    assert desk.states == (1, 0, 0)

    assert desk.after(2)
    assert desk.states == (0, 1, 0)


def test_what_a_dead_process_held_is_taken_over_after_the_lease_and_looked_up(desk: Desk) -> None:
    desk.slack.faults = [(KeyboardInterrupt(), True)]  # the process ends after Slack took the post
    with pytest.raises(KeyboardInterrupt):
        desk.step()
    assert not desk.after(LEASE_S - 1)

    assert desk.after(1.1)
    assert desk.slack.posted == ["T1:ML-1:card"]
    assert desk.states == (0, 1, 0)


def test_a_post_is_not_begun_late_in_its_lease(desk: Desk) -> None:
    class Slow(Plans):
        def plan(self, sending: Sending) -> Plan | Tab | None:
            desk.store.clock.forward(LEASE_S / 2 + 1)
            return super().plan(sending)

    worker = Worker(desk.store.queue, Slow(), desk.slack, desk.store.clock)
    worker.step()

    assert desk.slack.posted == []
    assert desk.states == (1, 0, 0)


def test_an_edit_is_repeated_without_a_look(desk: Desk) -> None:
    desk.plans.plan_ = Plan({"text": "Told."}, channel="C1", edits=Posted("C1", "1.0"))
    desk.slack.faults = [(InDoubt("timeout"), True)]
    desk.step()

    assert desk.after(2)  # nothing to let settle
    assert desk.slack.edited == 2
    assert desk.slack.looked_up == 0
    assert desk.states == (0, 1, 0)
