"""The numbers that Prometheus reads: counted where they happen, each with its help, in the text format."""

from datetime import UTC, datetime, timedelta

import pytest
from fake_queue import MemoryQueue
from fakes import MemoryPlace, MemoryStore
from stores import HandClock

from bot.counted_queue import CountedQueue
from bot.metrics import HELP, Metrics
from triage.ports import Errand, Sending

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def queue(metrics: Metrics) -> CountedQueue:
    store = MemoryStore()
    with MemoryPlace(store, HandClock()).write() as work:
        for number, kind in enumerate(("card", "digest", "dm")):
            work.errands.put(Errand(f"{number}:{kind}", kind, "T1", number))
        work.commit()
    due = NOW - timedelta(minutes=5)
    return CountedQueue(MemoryQueue(store), metrics, lambda errand: due if errand.kind == "digest" else None)


def claim(queue: CountedQueue) -> Sending:
    sending = queue.claim(NOW, 60)
    assert sending is not None
    return sending


def test_each_try_is_counted_by_what_became_of_it(queue: CountedQueue, metrics: Metrics) -> None:
    card = claim(queue)
    assert queue.sent(card, NOW, "C1", "1.0")
    assert not queue.sent(card, NOW, "C1", "1.0")  # somebody else's by now: not counted again
    digest = claim(queue)
    queue.again(digest, NOW, reached=False, error="ratelimited")
    queue.sent(claim(queue), NOW, "C1", "2.0")
    queue.dead(claim(queue), NOW, "channel_not_found")

    lines = metrics.text().splitlines()
    assert [line for line in lines if line.startswith("mlbug_messages_total")] == [
        'mlbug_messages_total{kind="card",outcome="sent"} 1',
        'mlbug_messages_total{kind="digest",outcome="later"} 1',
        'mlbug_messages_total{kind="digest",outcome="sent"} 1',
        'mlbug_messages_total{kind="dm",outcome="dead"} 1',
    ]
    assert "mlbug_digest_lag_seconds 300" in lines


def test_what_had_nothing_to_tell_is_no_message(queue: CountedQueue, metrics: Metrics) -> None:
    queue.sent(claim(queue), NOW, "", "")

    assert "mlbug_messages_total{" not in metrics.text()


def test_a_histogram_counts_upwards_to_everything(metrics: Metrics) -> None:
    for took_s in (0.0005, 0.02, 0.02, 7.0):
        metrics.searched(took_s)

    lines = metrics.text().splitlines()
    counts = [int(line.split()[-1]) for line in lines if line.startswith("mlbug_search_seconds_bucket")]
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert 'mlbug_search_seconds_bucket{le="0.025"} 3' in lines
    assert 'mlbug_search_seconds_bucket{le="+Inf"} 4' in lines
    assert "mlbug_search_seconds_sum 7.040500" in lines
    assert "mlbug_search_seconds_count 4" in lines


def test_every_sample_has_its_help_and_its_kind(queue: CountedQueue, metrics: Metrics) -> None:
    metrics.refused("signature")
    with metrics.acking("command"):
        queue.sent(claim(queue), NOW, "C1", "1.0")
    metrics.watch(lambda: {"mlbug_threads": 3.0})

    told: set[str] = set()
    for line in metrics.text().splitlines():
        if line.startswith("# TYPE"):
            told.add(line.split()[2])
        elif not line.startswith("#"):
            name = line.split("{")[0].split(" ")[0]
            assert {name, name.removesuffix("_bucket"), name.removesuffix("_sum"), name.removesuffix("_count")} & told
    assert told <= set(HELP)
