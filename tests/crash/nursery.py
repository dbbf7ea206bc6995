"""Brings mlbug processes up within milliseconds: one process reads all modules, and each mlbug is a fork of it.

What runs in a fork is the product's own command line. Only its clocks are shortened (the lease, how long a doubtful post rests,
and the weeks that the digest waits for), so that a run takes minutes, not hours. Started as `python -m tests.crash.nursery`; a
line of JSON asks for a process, and its pid is the answer.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import bot.cli
import bot.gateway
import bot.worker
from tests.crash import weeks
from triage import bars

LEASE_S = 6.0
SETTLE_S = 1.5
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0)
TIMEOUT_S = 2


MODULES = (
    "aiohttp.web",
    "alembic.command",
    "slack_bolt",
    "slack_bolt.adapter.socket_mode",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "bot.cli_run",
    "bot.cli_serve",
    "bot.cli_telling",
    "bot.run",
    "bot.serve",
    "db.outbox",
    "db.schema",
    "db.work",
    "triage.bars",
)


def _read_modules() -> None:
    """Everything that a process of mlbug reads sooner or later."""
    for module in MODULES:
        importlib.import_module(module)
    bars.builtin()
    bot.cli.parser()


def _live(wanted: dict[str, Any]) -> None:
    """Be an mlbug, to the end of the process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(wanted["environment"])
    with Path(wanted["log"]).open("ab") as log:
        os.dup2(log.fileno(), 2)
    os.dup2(2, 1)
    os.close(0)
    bot.worker.LEASE_S, bot.worker.SETTLE_S, bot.worker.BACK_OFF_S = LEASE_S, SETTLE_S, BACK_OFF_S
    bot.gateway.TIMEOUT_S = TIMEOUT_S
    weeks.hurry()
    if wanted["blind"]:  # the negative control: without the look-up messages must double, or the test proves nothing
        bot.gateway.Gateway.find = lambda *_arguments, **_named: None  # type: ignore[method-assign]
    os._exit(bot.cli.main(wanted["arguments"]))


def main() -> None:
    """Fork on request until the input ends."""
    _read_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    print("ready", flush=True)  # noqa: T201  # the protocol
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _live(json.loads(line))
        print(pid, flush=True)  # noqa: T201  # the protocol


if __name__ == "__main__":
    main()
