"""What waits for a channel, and the tabs that have to be shown anew: the same on every store."""

from datetime import timedelta

import pytest
from stores import Store

from triage.access import Person
from triage.ports import Errand, Sending

TEAM, OTHER = "T1", "T2"
REFUSED = "not_in_channel"


def put(store: Store, key: str, kind: str = "card", workspace: str = TEAM, follows: str = "") -> None:
    with store.place.write() as work:
        work.errands.put(Errand(key, kind, workspace, 1, follows=follows))
        work.commit()


def claim(store: Store) -> Sending:
    sending = store.queue.claim(store.clock(), 60)
    assert sending is not None
    return sending


def hold(store: Store, error: str = REFUSED) -> None:
    store.queue.again(claim(store), store.clock() + timedelta(hours=1), reached=False, error=error, channel="C1")


def hasten(store: Store, workspace: str | None = TEAM) -> int:
    with store.place.write() as work:
        hastened = work.held.hasten(workspace)
        work.commit()
    return hastened


def refresh(store: Store, *users: str, in_s: float = 1) -> None:
    with store.place.write() as work:
        work.lookers.refresh(TEAM, users, store.clock() + timedelta(seconds=in_s))
        work.commit()


def test_admins_are_told_of_a_channel_once_until_it_is_mended(store: Store) -> None:
    with store.place.write() as work:
        assert [work.held.tell(TEAM, "C1", store.clock()) for _ in range(2)] == [True, False]
        assert work.held.tell(TEAM, "", store.clock())
        assert work.held.tell(OTHER, "C1", store.clock())
        work.commit()
    with store.place.write() as work:
        assert work.held.is_told(TEAM, "C1")
        work.held.mended(TEAM, "C1")
        work.commit()

    with store.place.read() as work:
        told = [work.held.is_told(*key) for key in ((TEAM, "C1"), (TEAM, ""), (OTHER, "C1"))]
    assert told == [False, True, True]


def test_what_waits_for_a_channel_is_due_at_once_when_hastened(store: Store) -> None:
    put(store, "ML-1:card")
    hold(store)
    put(store, "ML-2:card")
    hold(store, "internal_error")  # waits for something else
    put(store, "ML-3:card", workspace=OTHER)
    hold(store)
    assert store.queue.claim(store.clock(), 60) is None

    with store.place.read() as work:
        assert work.held.count() == 2
    assert hasten(store) == 1
    assert claim(store).errand.key == "ML-1:card"
    assert store.queue.claim(store.clock(), 60) is None
    assert hasten(store) == 0  # it is in a worker's hands
    assert hasten(store, None) == 1
    assert claim(store).errand.key == "ML-3:card"


@pytest.mark.parametrize(("kind", "comes_back"), [("card", True), ("thread", False)])
def test_a_card_that_was_given_up_for_its_channel_comes_back_as_a_young_one(
    store: Store, kind: str, *, comes_back: bool
) -> None:
    put(store, "ML-1:x", kind)
    store.queue.dead(claim(store), store.clock(), REFUSED, reached=False)
    store.clock.forward(40 * 24 * 3600)

    assert hasten(store) == int(comes_back)
    if comes_back:
        sending = claim(store)
        assert (sending.born, sending.doubtful) == (store.clock(), False)


def test_a_doubtful_card_is_looked_for_from_its_beginning_on(store: Store) -> None:
    put(store, "ML-1:card")
    born = store.clock()
    store.queue.again(claim(store), born, reached=True, error="timeout")
    store.clock.forward(3600)
    hold(store)

    hasten(store)
    sending = claim(store)
    assert (sending.born, sending.doubtful) == (born, True)


def test_a_card_moves_and_what_follows_it_goes_after_it(store: Store) -> None:
    put(store, "ML-1:card")
    store.queue.sent(claim(store), store.clock(), "C1", "1.0")
    put(store, "ML-1:thread:2", "thread", follows="ML-1:card")
    waiting = claim(store)
    store.clock.forward(10)
    with store.place.write() as work:
        moved = [work.held.move(TEAM, "ML-1:card", channel) for channel in ("C9", "C1", "C1")]
        work.commit()
    store.queue.again(waiting, store.clock(), reached=False, error="is_archived")

    assert moved == [False, True, False]
    card = claim(store)
    assert (card.errand.key, card.doubtful, card.channel) == ("ML-1:card", False, None)
    assert store.queue.claim(store.clock(), 60) is None  # the reply waits for it
    store.queue.sent(card, store.clock(), "C2", "2.0")
    reply = claim(store)
    assert (reply.thread_channel, reply.thread_ts) == ("C2", "2.0")


def test_those_who_look_are_known_for_a_while(store: Store) -> None:
    began = store.clock()
    with store.place.write() as work:
        for user, workspace in (("U1", TEAM), ("U2", TEAM), ("U3", OTHER)):
            work.lookers.opened(workspace, user, store.clock.forward(1), began)
        work.lookers.opened(TEAM, "U1", store.clock.forward(1), began)
        work.held.tell(TEAM, "C1", store.clock())  # none of theirs
        work.commit()

    with store.place.read() as work:
        assert list(work.lookers.since(TEAM, began, 9)) == ["U1", "U2"]
        assert list(work.lookers.since(TEAM, began, 1)) == ["U1"]
        assert list(work.lookers.since(TEAM, store.clock(), 9)) == ["U1"]
    with store.place.write() as work:
        work.lookers.opened(TEAM, "U4", store.clock.forward(1), store.clock())
        work.commit()
    with store.place.read() as work:
        assert list(work.lookers.since(TEAM, began, 9)) == ["U4"]


def test_many_changes_make_one_new_tab_and_never_put_it_off(store: Store) -> None:
    refresh(store, "U1", "U2")
    store.clock.forward(0.9)
    refresh(store, "U1")
    store.clock.forward(0.2)

    keys = [claim(store).errand.key for _ in range(2)]
    assert sorted(keys) == ["home:U1", "home:U2"]
    assert store.queue.claim(store.clock(), 60) is None


def test_a_tab_is_shown_again_and_again(store: Store) -> None:
    for _ in range(3):
        refresh(store, "U1", in_s=0)
        sending = claim(store)
        assert not sending.doubtful
        assert sending.born == store.clock()
        assert store.queue.sent(sending, store.clock(), "", "")
        store.clock.forward(4 * 24 * 3600)


def test_a_change_while_a_tab_is_being_shown_shows_it_once_more(store: Store) -> None:
    refresh(store, "U1", in_s=0)
    early = claim(store)

    refresh(store, "U1", in_s=0)

    assert not store.queue.sent(early, store.clock(), "", "")
    late = claim(store)
    assert not late.doubtful
    assert store.queue.sent(late, store.clock(), "", "")
    assert store.queue.state(store.clock()).doubtful == 0


def test_the_workspaces_own_admins_are_those_who_are_still_there(store: Store) -> None:
    with store.place.write() as work:
        for user, guest, gone, admin in (
            ("U1", False, False, True),
            ("U2", False, True, True),
            ("U3", True, False, True),
            ("U4", False, False, False),
        ):
            work.people.put(Person(TEAM, user, guest, gone, admin, store.clock()))
        work.people.put(Person(OTHER, "U5", False, False, True, store.clock()))
        work.commit()
    with store.place.read() as work:
        assert list(work.people.admins(TEAM)) == ["U1"]
