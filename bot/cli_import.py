"""`mlbug import`: reports from elsewhere, in bulk. What was taken in stays: after a break the same file goes on where it was."""

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from bot.app import utc_now
from bot.cli_history import DONE, FIRST, STDIN, Opened, UsageError, opened, reading, refuse, which
from bot.cli_run import load_bar
from triage.bar import BugBar
from triage.intake import Incoming, Intake
from triage.transfer import Line, RowError, read_csv, read_jsonl

BATCH = 10_000
BAD_ROWS = 2
LISTED_MAX = 1000  # bad rows that are kept for --json

Advance = Callable[[int], None]


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the command."""
    command = commands.add_parser("import", help="take in reports from a CSV or JSON lines file")
    command.add_argument("file", metavar="FILE", help="the reports; - for standard input")
    command.add_argument("--workspace", metavar="T…", default="", help="whose history; the team’s id in Slack")
    command.add_argument("--format", choices=("csv", "jsonl"), help="default: by the file’s name, else by its content")
    command.add_argument("--dry-run", action="store_true", help="check every row, keep nothing")
    command.add_argument("--json", action="store_true", help="one JSON value on standard output")
    command.set_defaults(func=import_reports)


@dataclass(slots=True)
class Tally:
    """What came of the rows so far. `known`: filed before. `cut`: rows of which a text was too long."""

    filed: int = 0
    known: int = 0
    cut: int = 0
    bad: int = 0
    listed: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, wrong: RowError, *, aloud: bool) -> None:
        """Count and tell a bad row."""
        self.bad += 1
        if len(self.listed) < LISTED_MAX:
            self.listed.append({"line": line, "field": wrong.field, "message": wrong.message})
        if aloud:
            sys.stderr.write(f"line {line}: {wrong}\n")


def import_reports(arguments: argparse.Namespace) -> int:
    """0; 2 where rows were refused or the input can't be used. Raises `Unavailable`, `SchemaMismatch`."""
    tally = Tally()
    try:
        with opened() as at, reading(arguments.file) as source:
            workspace = _workspace(at, arguments.workspace)
            bar = load_bar(at.settings.mlbug_bar)
            if at.blank and not arguments.dry_run:
                from db import schema

                schema.upgrade(at.engine)
            with _progress(arguments.file) as advance, _without_collector():
                rows = _lines(source, arguments.format or _format(arguments.file), advance)
                good = _good(Intake(bar, workspace, utc_now()), rows, tally, aloud=not arguments.json)
                while batch := list(islice(good, BATCH)):
                    _keep(at, bar, workspace, batch, tally, dry=arguments.dry_run)
    except RowError as wrong:
        return refuse(UsageError(wrong.field, wrong.message), as_json=arguments.json)
    except UsageError as wrong:
        return refuse(wrong, as_json=arguments.json)
    _tell(tally, dry=arguments.dry_run, as_json=arguments.json)
    return BAD_ROWS if tally.bad else DONE


def _keep(at: Opened, bar: BugBar, workspace: str, batch: list[Incoming], tally: Tally, *, dry: bool) -> None:
    tally.cut += sum(bool(one.cut) for one in batch)
    if at.blank and dry:
        filed = len({one.report.draft for one in batch})
    else:
        with at.place.write() as work:
            work.bars.keep(bar)
            filed = work.exchange.take(workspace, batch)
            if not dry:
                work.commit()
        if not dry and filed and tally.filed.bit_length() < (tally.filed + filed).bit_length():  # it has doubled
            from db.upkeep import refresh_statistics

            refresh_statistics(at.engine)
    tally.filed += filed
    tally.known += len(batch) - filed


def _good(intake: Intake, rows: Iterable[Line], tally: Tally, *, aloud: bool) -> Iterator[Incoming]:
    for line, record in rows:
        try:
            if isinstance(record, RowError):
                raise record
            yield intake.take(record)
        except RowError as wrong:
            tally.refuse(line, wrong, aloud=aloud)


def _lines(source: TextIO, how: str, advance: Advance) -> Iterator[Line]:
    lines = _counted(source, advance)
    if not how:  # standard input: JSON lines begin with a brace
        first = next(lines, "")
        how = "jsonl" if first.lstrip().startswith("{") else "csv"
        lines = chain([first], lines)
    return read_jsonl(lines) if how == "jsonl" else read_csv(lines)


def _counted(source: TextIO, advance: Advance) -> Iterator[str]:
    for line in source:
        advance(len(line))
        yield line


def _format(file: str) -> str:
    return {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(Path(file).suffix.lower(), "")


def _workspace(at: Opened, wanted: str) -> str:
    if not wanted and not at.workspaces:
        sys.stderr.write(f"The history is empty: its workspace is called {FIRST}. --workspace gives it a team’s id.\n")
    return which(at, wanted)


@contextmanager
def _progress(file: str) -> Iterator[Advance]:
    """A bar where there is a terminal and a size."""
    if file == STDIN or not sys.stderr.isatty():
        yield lambda _characters: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Importing", total=Path(file).stat().st_size)
        yield lambda characters: progress.advance(task, characters)


@contextmanager
def _without_collector() -> Iterator[None]:
    """No search for cycles: an import makes millions of rows and none of them, and the search is a fifth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _tell(tally: Tally, *, dry: bool, as_json: bool) -> None:
    if as_json:
        told = {
            "filed": tally.filed,
            "known": tally.known,
            "cut": tally.cut,
            "bad": tally.bad,
            "bad_rows": tally.listed,
        }
        sys.stdout.write(json.dumps(told | {"dry_run": dry}, ensure_ascii=False) + "\n")
        return
    done = "Would be filed" if dry else "Filed"
    parts = [f"{done}: {tally.filed}.", f"Known already: {tally.known}."]
    if tally.cut:
        parts.append(f"Too long, cut: {tally.cut}.")
    if tally.bad:
        parts.append(f"Refused: {tally.bad}; mend those rows and import the file again.")
    sys.stderr.write(" ".join(parts) + "\n")
