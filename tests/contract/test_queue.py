"""The queue: an errand exists once, is held by one try, and only that try closes it."""

from datetime import timedelta

import pytest
from records import WORKSPACE
from stores import Store

from bot.request_id import working_on
from triage.ports import Errand, QueueState, Sending

LEASE_S = 60.0


def put(store: Store, *errands: Errand) -> None:
    with store.place.write() as work:
        for errand in errands:
            work.errands.put(errand)
        work.commit()


def card(number: int = 1, workspace: str = WORKSPACE, to: str = "") -> Errand:
    return Errand(f"ML-{number}:card", "card", workspace, number, to=to)


def claim(store: Store) -> Sending:
    sending = store.queue.claim(store.clock(), LEASE_S)
    assert sending is not None
    return sending


def nothing_due(store: Store) -> bool:
    return store.queue.claim(store.clock(), LEASE_S) is None


def test_an_errand_comes_out_as_it_was_put(store: Store) -> None:
    errand = Errand("ML-7:dm:2", "dm", WORKSPACE, 7, to="U9", follows="ML-7:card", event=2, data={"a": "b"})
    put(store, errand)

    sending = claim(store)

    assert sending.errand == errand
    assert (sending.tries, sending.doubtful, sending.born) == (1, False, store.clock())
    assert (sending.channel, sending.thread_ts, sending.thread_channel) == (None, None, None)


def test_an_errand_tells_which_request_caused_it(store: Store) -> None:
    with working_on("0a1b2c3d-4e5f"):
        put(store, Errand("ML-7:source", "source", WORKSPACE, 7, data={"channel": "C1"}))
    with working_on("99999999-9999"):  # was quicker already
        put(store, Errand("ML-7:source", "source", WORKSPACE, 7))
    put(store, Errand("ML-8:card", "card", WORKSPACE, 8))

    first, second = claim(store), claim(store)

    assert (first.request, first.errand.data) == ("0a1b2c3d-4e5f", {"channel": "C1"})
    assert (second.request, second.errand.data) == ("", {})


def test_nothing_is_due_in_an_empty_queue(store: Store) -> None:
    assert nothing_due(store)


def test_a_key_exists_once_in_a_workspace(store: Store) -> None:
    put(store, card(), card(), card(workspace="T2"))
    put(store, Errand(card().key, "another", WORKSPACE, 99))

    assert store.queue.state(store.clock()).due == 2
    assert [claim(store).errand for _ in range(2)] == [card(), card(workspace="T2")]


def test_a_sent_errand_is_not_put_again(store: Store) -> None:
    put(store, card())
    assert store.queue.sent(claim(store), store.clock(), "C1", "1.1")

    put(store, card())

    assert nothing_due(store)


def test_an_errand_is_held_by_one_try(store: Store) -> None:
    put(store, card())
    claim(store)

    assert nothing_due(store)


def test_a_sent_errand_is_done(store: Store) -> None:
    put(store, card())
    sending = claim(store)

    assert store.queue.posted(WORKSPACE, sending.errand.key) is None
    assert store.queue.sent(sending, store.clock(), "C1", "1.1")

    assert store.queue.posted(WORKSPACE, sending.errand.key) == ("C1", "1.1")
    assert store.queue.posted("T2", sending.errand.key) is None
    store.clock.forward(10 * LEASE_S)
    assert nothing_due(store)


def test_an_errand_with_nothing_to_tell_is_done_and_was_not_posted(store: Store) -> None:
    put(store, card())
    sending = claim(store)

    assert store.queue.sent(sending, store.clock(), "", "")

    assert store.queue.posted(WORKSPACE, sending.errand.key) is None
    assert nothing_due(store)


def test_a_try_closes_once(store: Store) -> None:
    put(store, card())
    sending = claim(store)
    assert store.queue.sent(sending, store.clock(), "C1", "1.1")

    assert not store.queue.sent(sending, store.clock(), "C1", "1.2")
    assert not store.queue.again(sending, store.clock(), reached=False, error="late")
    assert not store.queue.dead(sending, store.clock(), "late")

    assert store.queue.posted(WORKSPACE, sending.errand.key) == ("C1", "1.1")


def test_after_its_lease_another_try_takes_over_and_the_first_may_not_close(store: Store) -> None:
    put(store, card())
    first = claim(store)
    store.clock.forward(LEASE_S - 1)
    assert nothing_due(store)
    store.clock.forward(1)

    second = claim(store)

    assert (second.id, second.tries, second.doubtful) == (first.id, 2, True)
    assert not store.queue.sent(first, store.clock(), "C1", "1.1")
    assert not store.queue.again(first, store.clock(), reached=False, error="late")
    assert not store.queue.dead(first, store.clock(), "late")
    assert store.queue.sent(second, store.clock(), "C1", "1.2")
    assert store.queue.posted(WORKSPACE, first.errand.key) == ("C1", "1.2")


def test_a_late_try_may_close_while_nobody_took_over(store: Store) -> None:
    put(store, card())
    sending = claim(store)
    store.clock.forward(10 * LEASE_S)

    assert store.queue.sent(sending, store.clock(), "C1", "1.1")


def test_a_repeated_try_waits_until_it_is_due(store: Store) -> None:
    put(store, card())
    sending = claim(store)
    due = store.clock() + timedelta(seconds=5)

    assert store.queue.again(sending, due, reached=False, error="ratelimited")

    store.clock.forward(4.9)
    assert nothing_due(store)
    store.clock.forward(0.1)
    assert claim(store).tries == 2


@pytest.mark.parametrize("reached", [True, False])
def test_a_try_that_may_have_reached_slack_makes_the_next_doubtful(store: Store, reached: bool) -> None:
    put(store, card())
    store.queue.again(claim(store), store.clock(), reached=reached, error="x", channel="C1")

    sending = claim(store)

    assert sending.doubtful is reached
    assert sending.channel == "C1"


def test_doubt_stays_when_a_later_try_did_not_reach_slack(store: Store) -> None:
    put(store, card())
    store.queue.again(claim(store), store.clock(), reached=True, error="dropped", channel="C1")
    doubtful = claim(store)

    store.queue.again(doubtful, store.clock(), reached=False, error="the look-up was refused")

    assert claim(store).doubtful
    assert doubtful.channel == "C1"


def test_a_known_failure_before_a_doubtful_try_does_not_hide_it(store: Store) -> None:
    put(store, card())
    store.queue.again(claim(store), store.clock(), reached=False, error="ratelimited")
    store.queue.again(claim(store), store.clock(), reached=True, error="dropped")

    assert claim(store).doubtful


def test_a_dead_errand_is_left_alone_until_it_is_revived(store: Store) -> None:
    put(store, card(1), card(1, "T2"))
    for _ in range(2):
        assert store.queue.dead(claim(store), store.clock(), "channel_not_found", reached=False)
    store.clock.forward(10 * LEASE_S)
    assert nothing_due(store)

    assert store.queue.revive("T2") == 1

    revived = claim(store)
    assert (revived.errand.workspace, revived.tries, revived.doubtful) == ("T2", 2, False)
    assert nothing_due(store)
    assert store.queue.revive() == 1
    assert claim(store).errand.workspace == WORKSPACE
    assert store.queue.revive() == 0


def test_a_dead_errand_that_may_have_reached_slack_is_revived_as_doubtful(store: Store) -> None:
    put(store, card())
    store.queue.dead(claim(store), store.clock(), "gave_up")

    store.queue.revive()

    assert claim(store).doubtful


def test_sent_errands_are_not_revived(store: Store) -> None:
    put(store, card())
    store.queue.sent(claim(store), store.clock(), "C1", "1.1")

    assert store.queue.revive() == 0


def test_the_state_of_an_empty_queue(store: Store) -> None:
    assert store.queue.state(store.clock()) == QueueState(due=0, sent=0, dead=0, doubtful=0, oldest_s=0.0)


def test_the_state_counts_by_state_doubt_and_age(store: Store) -> None:
    put(store, *(card(number) for number in range(1, 7)))
    one, two, three, four, _held = (claim(store) for _ in range(5))
    store.queue.sent(one, store.clock(), "C1", "1.1")
    store.queue.dead(two, store.clock(), "channel_not_found", reached=False)
    later = store.clock() + timedelta(hours=1)
    store.queue.again(three, later, reached=True, error="dropped")
    store.queue.again(four, later, reached=False, error="ratelimited")
    store.clock.forward(30)

    assert store.queue.state(store.clock()) == QueueState(due=4, sent=1, dead=1, doubtful=1, oldest_s=30.0)


def test_a_try_that_never_closed_is_doubtful_once_its_lease_is_over(store: Store) -> None:
    put(store, card())
    claim(store)
    assert store.queue.state(store.clock()).doubtful == 0

    store.clock.forward(LEASE_S)

    assert store.queue.state(store.clock()).doubtful == 1


def test_a_dead_errand_that_may_have_reached_slack_stays_in_doubt(store: Store) -> None:
    put(store, card())
    store.queue.dead(claim(store), store.clock(), "gave_up")

    assert store.queue.state(store.clock()).doubtful == 1
