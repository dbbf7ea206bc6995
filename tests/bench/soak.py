"""A steady load for as long as wanted: `python -m tests.bench.soak --minutes 60 --rate 5`. Memory, files and threads stay flat.

Each line is a minute; the last compares the second tenth of the time with the last.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
import urllib.request
import uuid
from contextlib import ExitStack
from pathlib import Path

from tests.bench import payloads
from tests.bench.client import drive
from tests.bench.postgres import postgres_url
from tests.bench.processes import environment, floor, mlbug
from triage import bars

WATCHED = ("mlbug_memory_bytes", "mlbug_open_files", "mlbug_threads", "mlbug_queue_due")


def watch(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        samples = [line.split() for line in answer.read().decode().splitlines() if line and not line.startswith("#")]
    return {sample[0]: float(sample[1]) for sample in samples if sample[0] in WATCHED}


def main() -> int:
    """Run; 1 where something grew by more than a tenth."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--rate", type=float, default=5, help="requests a second; three submits are a report")
    given = parser.parse_args()
    bar, seen, number = bars.builtin(), [], 0
    with floor("slack") as slack, tempfile.TemporaryDirectory(prefix="mlbug-soak-") as folder, ExitStack() as opened:
        url = f"sqlite:///{Path(folder) / 'soak.db'}"
        if given.postgres:
            server = opened.enter_context(postgres_url())
            if server is None:
                parser.error("there is no PostgreSQL here: set TEST_DATABASE_URL")
            url = server
        with mlbug("mlbug", environment(slack.port, url), "--work") as target:
            asyncio.run(drive(target.port, [payloads.command(n) for n in range(payloads.PEOPLE)]))
            until = time.monotonic() + 60 * given.minutes
            while time.monotonic() < until:
                jobs = max(1, int(given.rate * 10 / 4))  # ten seconds' worth
                drafts = [uuid.uuid4().hex for _ in range(jobs)]
                bodies = [payloads.command(number + n) for n in range(jobs)]
                for step in ("what", "gates", "questions"):
                    bodies += [payloads.submit(bar, step, draft, number + n) for n, draft in enumerate(drafts)]
                number += jobs
                run = asyncio.run(drive(target.port, bodies, at_once=4, rate=given.rate))
                seen.append(
                    watch(target.port) | {"p50_ms": run.quantile(0.5) * 1e3, "failed": float(run.failures.total())}
                )
                if len(seen) % 6 == 0:
                    sys.stdout.write("  ".join(f"{name} {value:,.6g}" for name, value in seen[-1].items()) + "\n")
                    sys.stdout.flush()
    tenth = max(1, len(seen) // 10)
    grew = []
    for name in WATCHED[:3]:
        first = statistics.mean(each[name] for each in seen[tenth : 2 * tenth] or seen[:1])
        last = statistics.mean(each[name] for each in seen[-tenth:])
        sys.stdout.write(f"{name}: {first:,.6g} then {last:,.6g}\n")
        if last > 1.1 * first:
            grew.append(name)
    return 1 if grew or any(each["failed"] for each in seen) else 0


if __name__ == "__main__":
    sys.exit(main())
