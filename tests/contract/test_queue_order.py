"""The queue's order: threads read as things happened, a paused channel gets nothing, no workspace waits for another."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import WORKSPACE
from stores import Store

from triage.ports import Errand, Sending

LEASE_S = 60.0


def put(store: Store, *errands: Errand) -> None:
    with store.place.write() as work:
        for errand in errands:
            work.errands.put(errand)
        work.commit()


def errand(key: str, follows: str = "", workspace: str = WORKSPACE, to: str = "") -> Errand:
    return Errand(key, "kind", workspace, 1, to=to, follows=follows)


def claim(store: Store) -> Sending | None:
    return store.queue.claim(store.clock(), LEASE_S)


def keys(store: Store) -> list[str]:
    """Whatever can be claimed now, in order."""
    found = []
    while sending := claim(store):
        found.append(sending.errand.key)
    return found


def send_next(store: Store, channel: str = "C1", ts: str = "1.1") -> str:
    sending = claim(store)
    assert sending is not None
    assert store.queue.sent(sending, store.clock(), channel, ts)
    return sending.errand.key


def test_the_longest_due_comes_first(store: Store) -> None:
    put(store, errand("a"))
    store.clock.forward(1)
    put(store, errand("c"), errand("b"))
    put(store, errand("d"))

    assert keys(store) == ["a", "c", "b", "d"]


def test_an_errand_waits_for_the_message_that_it_follows(store: Store) -> None:
    put(store, errand("card"), errand("reply", follows="card"))
    card = claim(store)
    assert card is not None
    assert claim(store) is None

    store.queue.sent(card, store.clock(), "C7", "7.7")

    reply = claim(store)
    assert reply is not None
    assert (reply.thread_channel, reply.thread_ts) == ("C7", "7.7")


def test_a_thread_reads_in_the_order_in_which_things_happened(store: Store) -> None:
    put(store, errand("card"), *(errand(f"reply {n}", follows="card") for n in range(3)))
    assert send_next(store) == "card"
    first = claim(store)
    assert first is not None
    assert claim(store) is None  # the later ones wait while it is under way

    store.queue.again(first, store.clock() + timedelta(seconds=5), reached=False, error="ratelimited")
    assert claim(store) is None  # and while it waits itself

    store.clock.forward(5)
    assert [send_next(store) for _ in range(3)] == ["reply 0", "reply 1", "reply 2"]


def test_after_a_dead_reply_the_thread_goes_on(store: Store) -> None:
    put(store, errand("card"), errand("reply 1", follows="card"), errand("reply 2", follows="card"))
    send_next(store)
    reply = claim(store)
    assert reply is not None

    store.queue.dead(reply, store.clock(), "msg_too_long")

    assert keys(store) == ["reply 2"]


def test_what_follows_a_dead_message_goes_out_without_a_thread(store: Store) -> None:
    put(store, errand("card"), errand("reply", follows="card"))
    card = claim(store)
    assert card is not None

    store.queue.dead(card, store.clock(), "channel_not_found")

    reply = claim(store)
    assert reply is not None
    assert (reply.thread_channel, reply.thread_ts) == (None, None)


def test_what_follows_a_revived_message_waits_again(store: Store) -> None:
    put(store, errand("card"), errand("reply", follows="card"))
    card = claim(store)
    assert card is not None
    store.queue.dead(card, store.clock(), "channel_not_found")

    store.queue.revive()

    assert keys(store) == ["card"]


def test_what_follows_a_message_with_nothing_to_tell_has_no_thread(store: Store) -> None:
    put(store, errand("card"), errand("reply", follows="card"))
    send_next(store, "", "")

    reply = claim(store)

    assert reply is not None
    assert reply.thread_ts is None


def test_what_follows_nothing_in_the_queue_goes_out_without_a_thread(store: Store) -> None:
    put(store, errand("reply", follows="gone"))

    assert keys(store) == ["reply"]


def test_threads_of_two_workspaces_with_the_same_keys_are_apart(store: Store) -> None:
    put(store, errand("card"), errand("reply", follows="card"), errand("reply", follows="card", workspace="T2"))

    assert keys(store) == ["card", "reply"]  # the second workspace's follows nothing there


def test_other_threads_do_not_wait(store: Store) -> None:
    put(store, errand("a"), errand("b"), errand("a reply", follows="a"), errand("b reply", follows="b"))
    send_next(store)
    held = claim(store)
    assert held is not None
    assert held.errand.key == "b"

    assert keys(store) == ["a reply"]


# -- pauses ------------------------------------------------------------------------------------------------------------


def limited(store: Store, seconds: float, channel: str = "C1") -> None:
    """One try that ran into the channel's limit."""
    sending = claim(store)
    assert sending is not None
    until = store.clock() + timedelta(seconds=seconds)
    store.queue.again(sending, until, reached=False, error="ratelimited", channel=channel)
    store.queue.pause(sending.errand.workspace, channel, until)


def test_a_paused_channel_gets_nothing_more_before_its_time(store: Store) -> None:
    put(store, errand("a"), errand("b"))
    limited(store, 30)
    put(store, errand("c"))

    store.clock.forward(29)
    assert keys(store) == []
    store.clock.forward(1)
    assert keys(store) == ["b", "c", "a"]


def test_a_pause_holds_replies_in_that_channel(store: Store) -> None:
    put(store, errand("card"), errand("reply", follows="card"))
    send_next(store, "C1")

    store.queue.pause(WORKSPACE, "C1", store.clock() + timedelta(seconds=30))

    assert keys(store) == []
    store.clock.forward(30)
    assert keys(store) == ["reply"]


def test_a_pause_holds_no_other_recipient_and_no_other_workspace(store: Store) -> None:
    put(store, errand("a"), errand("b"))
    limited(store, 30)

    put(store, errand("to somebody", to="U1"), errand("elsewhere", workspace="T2"))

    assert sorted(keys(store)) == ["elsewhere", "to somebody"]


def test_a_pause_of_a_direct_channel_holds_that_person_only(store: Store) -> None:
    put(store, errand("a", to="U1"), errand("b", to="U1"), errand("c", to="U2"), errand("d"))
    limited(store, 30, "D1")

    assert keys(store) == ["c", "d"]
    store.clock.forward(30)
    assert sorted(keys(store)) == ["a", "b"]


def test_a_shorter_pause_does_not_shorten_a_longer_one(store: Store) -> None:
    put(store, errand("a", to="C1"))
    store.queue.pause(WORKSPACE, "C1", store.clock() + timedelta(seconds=30))
    store.queue.pause(WORKSPACE, "C1", store.clock() + timedelta(seconds=5))

    store.clock.forward(29)
    assert keys(store) == []
    store.clock.forward(1)
    assert keys(store) == ["a"]


# -- fairness ----------------------------------------------------------------------------------------------------------


def test_workspaces_take_turns(store: Store) -> None:
    put(store, *(errand(f"a{n}", workspace="A") for n in range(4)))
    store.clock.forward(1)
    put(store, errand("b0", workspace="B"), errand("b1", workspace="B"), errand("c0", workspace="C"))

    assert keys(store) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]


def test_a_newcomer_waits_for_one_errand_of_each_other_workspace_at_most(store: Store) -> None:
    put(store, *(errand(f"{w}{n}", workspace=w) for w in "ABCDE" for n in range(50)))
    for _ in range(12):
        claim(store)
    put(store, errand("new", workspace="AA"))

    served = [sending.errand.key for sending in (claim(store) for _ in range(6)) if sending]

    assert "new" in served


# -- all of it at once -------------------------------------------------------------------------------------------------

outcomes = st.lists(st.sampled_from(["sent", "again", "doubt", "dead", "lost"]), min_size=1, max_size=40)
shapes = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 2), st.booleans()), min_size=1, max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shapes=shapes, outcomes=outcomes)
def test_whatever_happens_threads_stay_in_order_and_everything_ends(store: Store, shapes, outcomes) -> None:
    example = str(store.clock.forward(10 * LEASE_S).timestamp())
    put(store, *(errand(f"{example}:{t}", workspace=w) for w in "AB" for t in range(3)))
    replies = [
        errand(f"{example}:{t}:{n:02}", follows=f"{example}:{t}" if threaded else "", workspace=w)
        for n, (w, t, threaded) in enumerate(shapes)
    ]
    put(store, *replies)
    closed: list[Errand] = []
    rounds = 200
    for turn in range(rounds):
        sending = claim(store)
        if sending is None:
            store.clock.forward(LEASE_S)
            if (sending := claim(store)) is None:
                break
        if sending.errand.follows:
            assert any(e.key == sending.errand.follows and e.workspace == sending.errand.workspace for e in closed)
        match outcomes[turn % len(outcomes)] if turn < rounds / 2 else "sent":
            case "sent":
                assert store.queue.sent(sending, store.clock(), "C1", str(turn))
                closed.append(sending.errand)
            case "dead":
                assert store.queue.dead(sending, store.clock(), "x")
                closed.append(sending.errand)
            case "again" | "doubt" as outcome:
                due = store.clock() + timedelta(seconds=1)
                assert store.queue.again(sending, due, reached=outcome == "doubt", error="x")
    closed_keys = [(errand.workspace, errand.key) for errand in closed]
    assert len(closed_keys) == len(set(closed_keys)) == 6 + len(replies)
    for follows in {(reply.workspace, reply.follows) for reply in replies if reply.follows}:
        thread = [key for (workspace, key) in closed_keys if (workspace, key.rpartition(":")[0]) == follows]
        threaded = [reply.key for reply in replies if (reply.workspace, reply.follows) == follows]
        assert [key for key in thread if key in threaded] == threaded
