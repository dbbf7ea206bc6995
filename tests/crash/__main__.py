"""`python -m tests.crash --kills 1000 --processes 3 --database postgres --seed 7`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench.postgres import postgres_url
from tests.crash.gone import postgres_to_stop, run_gone, sqlite_to_lock
from tests.crash.run import Plan, run


def main() -> int:
    """Run and report; 1 where anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--people", type=int, default=4, help="who report, all at once")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument(
        "--socket", action="store_true", help="by Socket Mode (mlbug run) instead of HTTP (mlbug serve)"
    )
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    parser.add_argument("--aimed", type=float, default=0.5, help="share of kills in the middle of a post (0 to 1)")
    parser.add_argument(
        "--database-gone", type=float, metavar="SECONDS", help="kill nobody; take the database away for so long instead"
    )
    parser.add_argument(
        "--blind", action="store_true", help="without looking doubtful posts up: messages must double then"
    )
    parser.add_argument("--keep", type=Path, help="a directory for the logs of the processes")
    given = parser.parse_args()
    plan = Plan(
        given.kills, given.processes, given.seed, given.aimed, given.people, blind=given.blind, socket=given.socket
    )
    with ExitStack() as open_:
        folder = given.keep or Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="mlbug-crash-")))
        folder.mkdir(parents=True, exist_ok=True)
        if given.database_gone:
            return _gone(plan, given.database, given.database_gone, folder)
        url = f"sqlite:///{folder / 'crash.db'}"
        if given.database == "postgres":
            url = open_.enter_context(postgres_url())
        sys.stderr.write(f"{plan}\n")
        count = run(plan, url, folder)
    _tell(vars(count))
    return 0 if count.is_good else 1


def _gone(plan: Plan, database: str, gone_s: float, folder: Path) -> int:
    with postgres_to_stop() if database == "postgres" else sqlite_to_lock(folder) as (url, away):
        told = run_gone(url, away, gone_s, plan, folder)
    _tell({name: value for name, value in vars(told).items() if name != "count"} | vars(told.count))
    return 0 if told.is_good else 1


def _tell(found: dict[str, Any]) -> None:
    for name, value in found.items():
        many = isinstance(value, list)
        sys.stdout.write(f"{name.replace('_', ' ')}: {len(value) if many else value}\n")
        for each in value[:10] if many else ():
            sys.stdout.write(f"  {each}\n")


if __name__ == "__main__":
    sys.exit(main())
