"""`mlbug dump` and `mlbug erase`: everything of one workspace, read out or deleted for good."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.settings import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

LONG_S = 3600.0  # a large history may take that long


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the commands."""
    dump = commands.add_parser("dump", help="every row of a workspace, one JSON object a line")
    dump.add_argument("--workspace", metavar="T…", required=True, help="its id")
    dump.set_defaults(func=dump_workspace)
    erase = commands.add_parser("erase", help="delete everything of a workspace, for good")
    erase.add_argument("--workspace", metavar="T…", required=True, help="its id")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    erase.add_argument("--json", action="store_true", help="one JSON value on standard output")
    erase.set_defaults(func=erase_workspace)


def dump_workspace(arguments: argparse.Namespace) -> int:
    """0; 1 where there is nothing of it."""
    from db.erasure import dump

    count = 0
    with _engine() as engine:
        for row in dump(engine, arguments.workspace):
            sys.stdout.write(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
            count += 1
    sys.stderr.write(f"{count} rows of {arguments.workspace}.\n")
    return 0 if count else 1


def erase_workspace(arguments: argparse.Namespace) -> int:
    """0; 1 where there was nothing of it, or nobody confirmed; 2 where nobody could be asked."""
    from db.erasure import erase

    workspace = arguments.workspace
    if not arguments.yes:
        if not sys.stdin.isatty():
            sys.stderr.write("--yes: give it where nobody can be asked. What is erased can’t be brought back.\n")
            return 2
        sys.stderr.write(f"Everything of {workspace} will be deleted, for good. Type its id to go on: ")
        sys.stderr.flush()
        if sys.stdin.readline().strip() != workspace:
            sys.stderr.write("Nothing was deleted.\n")
            return 1
    with _engine() as engine:
        counts = erase(engine, workspace)
    if arguments.json:
        sys.stdout.write(json.dumps({"workspace": workspace, "rows": counts}) + "\n")
    total = sum(counts.values())
    sys.stderr.write(f"{total} rows of {workspace} were deleted. Backups and Slack keep what they have.\n")
    return 0 if total else 1


@contextmanager
def _engine() -> Iterator["Engine"]:
    from db import schema
    from db.engine import make_engine

    engine = make_engine(read_settings().database_url.get_secret_value(), statement_s=LONG_S)
    try:
        schema.check(engine)
        yield engine
    finally:
        engine.dispose()
