"""`mlbug rescore`: which past verdicts another bar would change. It changes nothing."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.bar_file import load_bar
from bot.settings import SettingsError, read_settings
from triage.bar import BarError
from triage.case import Case
from triage.reports import report_name
from triage.rescore import Differs, Stored, differences
from triage.unrated import is_unrated


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the command."""
    command = commands.add_parser("rescore", help="which past verdicts another bar would change; changes nothing")
    command.add_argument("--bar", metavar="FILE", required=True, help="the other bar: a whole one, or an overlay")
    command.add_argument("--workspace", metavar="T…", help="only this workspace’s reports")
    command.add_argument("--json", action="store_true", help="one JSON value on standard output: a list")
    command.set_defaults(func=show_differences)


def show_differences(arguments: argparse.Namespace) -> int:
    """0, or 2 for a bar that can't be used. Raises `Unavailable`, `SchemaMismatch`."""
    from db import schema
    from db.engine import make_engine
    from db.rescoring import stored_cases

    settings = read_settings()
    try:
        bar = load_bar(Path(arguments.bar))
    except BarError as wrong:
        sys.stderr.write(f"--bar: {wrong}\n")
        return 2
    except SettingsError:
        sys.stderr.write(f"--bar: {arguments.bar} can’t be read.\n")
        return 2
    engine = make_engine(settings.database_url.get_secret_value())
    count = unrated = 0
    found = []
    try:
        schema.check(engine)

        def counted() -> Iterator[Stored]:
            nonlocal count, unrated
            for each in stored_cases(engine, arguments.workspace):
                count += 1
                unrated += is_unrated(Case.model_validate_json(each.case))
                yield each

        for each in differences(bar, counted()):
            found.append(_row(each))
            if not arguments.json:
                sys.stdout.write(_line(each))
    finally:
        engine.dispose()
    if arguments.json:
        sys.stdout.write(json.dumps(found) + "\n")
    sys.stderr.write(f"{len(found)} of {count} reports would be rated otherwise by {bar.id} {bar.version}.\n")
    if unrated:
        sys.stderr.write(f"Passed over, because they were imported without answers and no bar rates them: {unrated}.\n")
    return 0


def _row(each: Differs) -> dict[str, str | None]:
    return {
        "report": report_name(each.number),
        "workspace": each.workspace,
        "now": each.now,
        "then": each.then,
        "rule_now": each.rule_now,
        "rule_then": each.rule_then,
    }


def _line(each: Differs) -> str:
    now, then = each.now or "out of scope", each.then or "out of scope"
    return f"{report_name(each.number):<8} {now} → {then}  ({each.rule_now or '–'} → {each.rule_then or '–'})\n"
