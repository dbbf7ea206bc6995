"""What makes a screen better comes after it, may be left out, and never holds up or refuses an answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bot.afterwards import Afterwards
from bot.answer import Answer, Guard
from bot.pool import SidePool
from bot.request_id import at_hand, working_on
from bot.right_of_way import RightOfWay

WITHIN_S = 10


@contextmanager
def lane(**given: object) -> Iterator[Afterwards]:
    running = Afterwards(**{"threads": 1, "waits_s": (0.0, 0.0, 0.0), **given})  # type: ignore[arg-type]
    try:
        yield running
    finally:
        running.close()


def test_it_is_tried_until_it_is_done() -> None:
    tried, done = [], threading.Event()

    def improve() -> bool:
        tried.append(1)
        if len(tried) == 2:
            done.set()
        return len(tried) == 2

    with lane() as afterwards:
        assert afterwards.submit(improve)
        assert done.wait(WITHIN_S)
    assert len(tried) == 2


def test_it_is_given_up_after_the_last_wait() -> None:
    tried, others_turn = [], threading.Event()

    with lane() as afterwards:
        afterwards.submit(lambda: bool(tried.append(1)))
        while not others_turn.is_set() and len(tried) < 3:
            others_turn.wait(0.01)
        afterwards.submit(lambda: others_turn.set() or True)
        assert others_turn.wait(WITHIN_S)
    assert len(tried) == 3


def test_what_fails_is_not_tried_again_and_ends_no_thread() -> None:
    tried, done = [], threading.Event()

    def fail() -> bool:
        tried.append(1)
        raise LookupError

    with lane() as afterwards:
        afterwards.submit(fail)
        afterwards.submit(lambda: done.set() or True)
        assert done.wait(WITHIN_S)
    assert len(tried) == 1


def test_what_finds_no_room_is_left_out() -> None:
    held, begun = threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        return held.wait(WITHIN_S)

    with lane(room=1) as afterwards:
        assert afterwards.submit(hold)
        assert begun.wait(WITHIN_S)
        assert afterwards.submit(lambda: True)
        assert not afterwards.submit(lambda: True)
        held.set()


def test_it_is_done_for_the_request_that_it_belongs_to() -> None:
    found, done = [], threading.Event()

    def improve() -> bool:
        found.append(at_hand())
        done.set()
        return True

    with lane() as afterwards:
        with working_on("12ab34cd-5e6f"):
            afterwards.submit(improve)
        assert done.wait(WITHIN_S)
    assert found == ["12ab34cd-5e6f"]


def test_nothing_is_begun_once_closed() -> None:
    with lane() as afterwards:
        afterwards.close()

        assert not afterwards.submit(lambda: True)


def test_an_answer_is_given_though_nothing_can_be_made_better() -> None:
    acked: list[dict[str, object]] = []
    guard = Guard(SidePool(threads=1, waiting=0), afterwards=lambda _improve: False)
    listen = guard.listener(
        lambda _body: Answer({"response_action": "update"}, better=(lambda: True,)), lambda _body, _sentence: Answer()
    )

    listen(lambda **given: acked.append(given), {"user": {"id": "U1"}, "team": {"id": "T1"}})

    assert acked == [{"response_action": "update"}]


def test_who_has_time_waits_while_an_answer_is_under_way() -> None:
    right_of_way, went = RightOfWay(), threading.Event()

    def go() -> None:
        right_of_way.give_way(WITHIN_S)
        went.set()

    with right_of_way.going():
        with right_of_way.going():
            waiting = threading.Thread(target=go)
            waiting.start()
        assert not went.is_set()
    assert went.wait(WITHIN_S)
    waiting.join()


def test_nobody_waits_for_ever() -> None:
    right_of_way = RightOfWay()

    with right_of_way.going():
        right_of_way.give_way(0.0)
    right_of_way.give_way()
