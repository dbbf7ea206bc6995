"""`mlbug queue`: what waits to be sent, and what was given up; `--retry` makes the latter due again."""

import argparse
import json
import sys
from dataclasses import asdict

from bot.app import utc_now
from bot.settings import read_settings


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the command."""
    command = commands.add_parser("queue", help="what waits to be sent to Slack, and what was given up")
    command.add_argument(
        "--retry", action="store_true", help="make the messages that were given up or wait for a channel due again"
    )
    command.add_argument("--workspace", metavar="T…", help="only this workspace’s, with --retry")
    command.add_argument("--json", action="store_true", help="one JSON value on standard output")
    command.set_defaults(func=show_queue)


def show_queue(arguments: argparse.Namespace) -> int:
    """0, or 1 where messages were given up. Raises `Unavailable`, `SchemaMismatch`."""
    from db import schema
    from db.engine import make_engine
    from db.outbox import SqlQueue
    from db.work import SqlWorkPlace

    engine = make_engine(read_settings().database_url.get_secret_value())
    try:
        schema.check(engine)
        queue = SqlQueue(engine)
        revived = 0
        if arguments.retry:
            with SqlWorkPlace(engine).write() as work:
                revived = work.held.hasten(arguments.workspace)
                work.commit()
            revived += queue.revive(arguments.workspace)
        state = queue.state(utc_now())
        with SqlWorkPlace(engine).read() as work:
            held = work.held.count()
    finally:
        engine.dispose()
    if arguments.json:
        sys.stdout.write(json.dumps(asdict(state) | {"held": held, "revived": revived}) + "\n")
    else:
        sys.stdout.write(
            f"Waiting: {state.due}, the oldest for {state.oldest_s:.0f} s. Sent: {state.sent}. "
            f"In doubt: {state.doubtful}. Given up: {state.dead}.\n"
            + (f"Of those that wait, {held} wait for a channel that can’t be reached.\n" if held else "")
        )
        if arguments.retry:
            sys.stdout.write(f"Due again: {revived}.\n")
    return 1 if state.dead else 0
