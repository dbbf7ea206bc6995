"""What the process did, in Prometheus' text format; no library, because these few lines are all that is needed of one.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

ACK_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 3.0)
SEARCH_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)

Gauges = Callable[[], Mapping[str, float]]


class _Histogram:
    """Durations of one kind of work, counted in buckets. The caller holds the lock."""

    def __init__(self, edges_s: tuple[float, ...]) -> None:
        self._edges_s = (*edges_s, float("inf"))
        self._counts = [0] * len(self._edges_s)
        self._sum_s = 0.0

    def add(self, took_s: float) -> None:
        self._counts[next(n for n, edge in enumerate(self._edges_s) if took_s <= edge)] += 1
        self._sum_s += took_s

    def samples(self, name: str, label: str = "") -> Iterator[str]:
        total = 0
        for edge, count in zip(self._edges_s, self._counts, strict=True):
            total += count
            le = "+Inf" if edge == float("inf") else f"{edge:g}"
            yield f'{name}_bucket{{{label and label + ","}le="{le}"}} {total}'
        of = f"{{{label}}}" if label else ""
        yield f"{name}_sum{of} {self._sum_s:.6f}"
        yield f"{name}_count{of} {total}"


class Metrics:
    """Counts of this process. `gauges` are asked when somebody reads; a name's help text stands in `HELP`.

    `refusals` tells how often other parts refused a request, by the reason.
    """

    def __init__(self, *gauges: Gauges, refusals: Callable[[], Mapping[str, int]] = dict) -> None:
        self._gauges = list(gauges)
        self._refusals = refusals
        self._lock = threading.Lock()
        self._refused: Counter[str] = Counter()
        self._messages: Counter[tuple[str, str]] = Counter()
        self._acks: dict[str, _Histogram] = {}
        self._searches = _Histogram(SEARCH_BUCKETS_S)
        self._digest_late_s: float | None = None

    def watch(self, *gauges: Gauges, refusals: Callable[[], Mapping[str, int]] | None = None) -> None:
        """Ask these, too, when somebody reads."""
        self._gauges += gauges
        self._refusals = refusals or self._refusals

    def refused(self, why: str) -> None:
        """A request was not worked on: `signature`, `malformed`, `unhandled`, `busy`."""
        with self._lock:
            self._refused[why] += 1

    @contextmanager
    def acking(self, kind: str) -> Iterator[None]:
        """Time a request from Slack."""
        began = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - began
            with self._lock:
                self._acks.setdefault(kind, _Histogram(ACK_BUCKETS_S)).add(took)

    def told(self, kind: str, outcome: str) -> None:
        """A message of a kind was `sent`, put off for `later`, or given up (`dead`)."""
        with self._lock:
            self._messages[kind, outcome] += 1

    def searched(self, took_s: float) -> None:
        """Somebody looked for earlier reports."""
        with self._lock:
            self._searches.add(took_s)

    def digest_sent(self, late_s: float) -> None:
        """A digest went out so long after it was due."""
        with self._lock:
            self._digest_late_s = late_s

    def text(self) -> str:
        """Everything, one sample a line."""
        lines: list[str] = []
        with self._lock:
            refused = {**self._refused, **self._refusals()}
            lines += _head("mlbug_refused_total", "counter")
            lines += [f'mlbug_refused_total{{why="{why}"}} {count}' for why, count in sorted(refused.items())]
            lines += _head("mlbug_messages_total", "counter")
            lines += [
                f'mlbug_messages_total{{kind="{kind}",outcome="{outcome}"}} {count}'
                for (kind, outcome), count in sorted(self._messages.items())
            ]
            lines += _head("mlbug_ack_seconds", "histogram")
            for kind, histogram in sorted(self._acks.items()):
                lines += histogram.samples("mlbug_ack_seconds", f'kind="{kind}"')
            lines += _head("mlbug_search_seconds", "histogram")
            lines += self._searches.samples("mlbug_search_seconds")
            if self._digest_late_s is not None:
                lines += _gauge("mlbug_digest_lag_seconds", self._digest_late_s)
        for gauges in self._gauges:
            for name, value in gauges().items():
                lines += _gauge(name, value)
        return "\n".join(lines) + "\n"


HELP = {
    "mlbug_refused_total": "Requests that were not worked on, by reason.",
    "mlbug_messages_total": "Messages by kind, and what became of a try: sent, later, dead.",
    "mlbug_ack_seconds": "Time from a request's last byte to its answer.",
    "mlbug_search_seconds": "Time of a search for earlier reports.",
    "mlbug_digest_lag_seconds": "How long after it was due the last digest of this process was sent.",
    "mlbug_queue_due": "Messages that wait to be sent.",
    "mlbug_queue_dead": "Messages that were given up; see mlbug queue.",
    "mlbug_queue_doubtful": "Messages of which nobody knows yet whether Slack took them.",
    "mlbug_queue_oldest_seconds": "Age of the oldest message that waits.",
    "mlbug_worker_alive": "1 while every thread that sends messages runs.",
    "mlbug_database_up": "1 while the database answers.",
    "mlbug_socket_up": "1 while Slack is heard by Socket Mode.",
    "mlbug_socket_age_seconds": "Time since the socket was connected last.",
    "mlbug_memory_bytes": "Resident memory of the process.",
    "mlbug_open_files": "Open file descriptors of the process.",
    "mlbug_threads": "Threads of the process.",
    "mlbug_asking_inside": "Requests that run or wait in the lane of those that only ask.",
    "mlbug_saving_inside": "Requests that run or wait in the lane of those that save.",
}


def _head(name: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {HELP[name]}"
    yield f"# TYPE {name} {kind}"


def _gauge(name: str, value: float) -> Iterator[str]:
    yield from _head(name, "gauge")
    yield f"{name} {value:g}"
