"""What the process did, in Prometheus' text format; no library, because these few lines are all that is needed of one.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

ACK_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 3.0)

Gauges = Callable[[], Mapping[str, float]]
Refusals = Callable[[], Mapping[str, int]]


class Metrics:
    """Counts of this process. `gauges` are asked when somebody reads; a name's help text stands in `HELP`.

    `refusals` are requests not worked on, by reason, that somebody else counts.
    """

    def __init__(self, *gauges: Gauges, refusals: Refusals = dict) -> None:
        self._gauges = gauges
        self._refusals = refusals
        self._lock = threading.Lock()
        self._refused: Counter[str] = Counter()
        self._acks: dict[str, Counter[float]] = {}
        self._ack_sums: Counter[str] = Counter()

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
            bucket = next((edge for edge in ACK_BUCKETS_S if took <= edge), float("inf"))
            with self._lock:
                self._acks.setdefault(kind, Counter())[bucket] += 1
                self._ack_sums[kind] += took  # type: ignore[assignment]  # a Counter adds floats as well

    def text(self) -> str:
        """Everything, one sample a line."""
        with self._lock:
            refused = {**self._refused, **self._refusals()}
            acks = {kind: dict(buckets) for kind, buckets in self._acks.items()}
            sums = dict(self._ack_sums)
        lines = list(_head("mlbug_refused_total", "counter", "Requests that were not worked on, by reason."))
        lines += [f'mlbug_refused_total{{why="{why}"}} {count}' for why, count in sorted(refused.items())]
        lines += _head("mlbug_ack_seconds", "histogram", "Time from a request's last byte to its answer.")
        for kind, buckets in sorted(acks.items()):
            total = 0
            for edge in (*ACK_BUCKETS_S, float("inf")):
                total += buckets.get(edge, 0)
                le = "+Inf" if edge == float("inf") else f"{edge:g}"
                lines.append(f'mlbug_ack_seconds_bucket{{kind="{kind}",le="{le}"}} {total}')
            lines.append(f'mlbug_ack_seconds_sum{{kind="{kind}"}} {sums[kind]:.6f}')
            lines.append(f'mlbug_ack_seconds_count{{kind="{kind}"}} {total}')
        for gauges in self._gauges:
            for name, value in gauges().items():
                lines += [*_head(name, "gauge", HELP[name]), f"{name} {value:g}"]
        return "\n".join(lines) + "\n"


HELP = {
    "mlbug_queue_due": "Messages that wait to be sent.",
    "mlbug_queue_dead": "Messages that were given up; see mlbug queue.",
    "mlbug_queue_doubtful": "Messages of which nobody knows yet whether Slack took them.",
    "mlbug_queue_oldest_seconds": "Age of the oldest message that waits.",
    "mlbug_worker_alive": "1 while every thread that sends messages runs.",
    "mlbug_database_up": "1 while the database answers.",
    "mlbug_memory_bytes": "Resident memory of the process.",
    "mlbug_open_files": "Open file descriptors of the process.",
    "mlbug_threads": "Threads of the process.",
    "mlbug_asking_inside": "Requests that run or wait in the lane of those that only ask.",
    "mlbug_saving_inside": "Requests that run or wait in the lane of those that save.",
}


def _head(name: str, kind: str, help_text: str) -> Iterator[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {kind}"
