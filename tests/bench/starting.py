"""From the start of the process to ready, and the memory it then holds."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.processes import Target, end, environment, floor, free_port, start, wait_ready
from tests.bench.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator


def rows(*, quick: bool) -> Iterator[Row]:
    """The figures, of `mlbug serve --work`: everything that `mlbug run` has, but the socket."""
    seconds, cpu, memory = [], [], []
    with floor("slack") as slack, tempfile.TemporaryDirectory(prefix="mlbug-bench-") as folder:
        settings = environment(slack.port, f"sqlite:///{Path(folder) / 'bench.db'}")
        for _ in range(3 if quick else 7):
            port = free_port()
            began = time.monotonic()
            started = start(port, settings, "--work")
            try:
                wait_ready(port, started)
                seconds.append(time.monotonic() - began)
                target = Target("mlbug", port, started.pid)
                cpu.append(target.cpu_s())
                memory.append(target.memory_mb())
            finally:
                end(started)
    note = f"fastest of {len(seconds)}; median {statistics.median(seconds):.2f} s, processor {min(cpu):.2f} s"
    yield Row("start to ready", min(seconds), "s", 1.5, 0.8, note)
    yield Row("memory when ready", statistics.median(memory), "MB", 120, 80)
