"""`make bench`, or `python -m tests.bench [--quick] [--only acks scoring …]`: one table of figures beside their targets.

A module of this directory with `rows(quick=…)` is a part; those of other subjects (search, digest) are found the same way.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import platform
import sys
from datetime import UTC, datetime

from tests.bench.table import Row, render

PARTS = ("scoring", "starting", "acks", "throughput", "search", "digest")


def main() -> int:
    """Measure and print. 1 where a "must" was missed on what a busy machine can tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="mlbug's benchmarks, one table.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds; the figures are rougher")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    chosen = parser.parse_args()
    rows: list[Row] = []
    for part in chosen.only:
        if importlib.util.find_spec(f"tests.bench.{part}") is None:
            continue
        measure = getattr(importlib.import_module(f"tests.bench.{part}"), "rows", None)
        if measure is None:
            continue
        _say(f"measuring: {part} …")
        rows.extend(measure(quick=chosen.quick))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    _say(
        f"\n{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} processors, load {load:.1f}"
    )
    sys.stdout.write(render(rows) + "\n")
    return int(any(row.grade == "MISSED" and "not quiet" not in row.note for row in rows))


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


if __name__ == "__main__":
    sys.exit(main())
