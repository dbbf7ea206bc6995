"""Who answers Slack waits for a lock only as long as Slack waits for the answer."""

import math
import threading
import time

from bot.patience import ANSWER_WITHIN_S, answering, patience


def test_where_nobody_waits_patience_is_endless() -> None:
    assert patience() == math.inf


def test_what_was_waited_already_is_taken_from_it() -> None:
    with answering(time.perf_counter() - 1):
        assert 0 < patience() <= ANSWER_WITHIN_S - 1
    assert patience() == math.inf


def test_it_does_not_fall_below_nothing() -> None:
    with answering(time.perf_counter() - 60):
        assert patience() == 0


def test_what_goes_on_in_another_thread_is_not_hurried() -> None:
    seen: list[float] = []
    with answering(time.perf_counter()):
        beside = threading.Thread(target=lambda: seen.append(patience()))
        beside.start()
        beside.join()

    assert seen == [math.inf]
