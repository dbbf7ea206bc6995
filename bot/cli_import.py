"""`mlbug import`: reports from elsewhere, in bulk. What was taken in stays: after a break the same file goes on where it was."""

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from bot.app import utc_now
from bot.bar_file import load_bar
from bot.cli_history import DONE, FIRST, STDIN, Opened, UsageError, opened, reading, refuse, which
from bot.cli_reading import Chunk, Reader, chunks
from triage.bar import BugBar
from triage.transfer import RowError, Source, csv_source, jsonl_source

TOGETHER = (
    4  # chunks in one transaction while nobody can be waiting: the search's lists are written once for all of them
)
STRIDE = 1 << 16  # characters between two steps of the bar
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
        with opened() as at, reading(arguments.file) as text, _progress(arguments.file) as advance:
            lines = _counted(text, advance)
            workspace = _workspace(at, arguments.workspace)
            bar = load_bar(at.settings.mlbug_bar)
            if at.blank and not arguments.dry_run:
                from db import schema

                schema.upgrade(at.engine)
            source = _source(lines, arguments.format or _format(arguments.file))
            reader = Reader(bar, workspace, utc_now(), at.settings.database_url.get_secret_value(), source.columns)
            with _without_collector(), closing(chunks(reader, source)) as read:
                together = 1 if _in_use(at) else TOGETHER
                while some := list(islice(read, together)):
                    _keep(at, bar, workspace, some, tally, dry=arguments.dry_run)
                    for line, name, message in chain.from_iterable(chunk.refused for chunk in some):
                        tally.refuse(line, RowError(name, message), aloud=not arguments.json)
    except KeyboardInterrupt:
        sys.stderr.write(f"Stopped. Filed so far: {tally.filed}. Import the file again, and it goes on there.\n")
        raise
    except RowError as wrong:
        return refuse(UsageError(wrong.field, wrong.message), as_json=arguments.json)
    except UsageError as wrong:
        return refuse(wrong, as_json=arguments.json)
    _tell(tally, dry=arguments.dry_run, as_json=arguments.json)
    return BAD_ROWS if tally.bad else DONE


def _in_use(at: Opened) -> bool:
    """Whether somebody may be waiting for the import's transactions to end."""
    from db.upkeep import has_reports, make_room

    make_room(at.engine)
    return not at.blank and has_reports(at.engine)


def _keep(at: Opened, bar: BugBar, workspace: str, some: Sequence[Chunk], tally: Tally, *, dry: bool) -> None:
    from db.upkeep import refresh_statistics

    made = [chunk.ready for chunk in some]
    if at.blank and dry:
        filed = sum(len(one.drafts) for one in made)
    else:
        with at.place.write() as work:
            work.bars.keep(bar)
            filed = work.exchange.file(workspace, made)
            if not dry:
                work.commit()
        if not dry and filed and tally.filed.bit_length() < (tally.filed + filed).bit_length():  # it has doubled
            refresh_statistics(at.engine)
    tally.filed += filed
    tally.known += sum(chunk.taken for chunk in some) - filed
    tally.cut += sum(chunk.cut for chunk in some)


def _source(lines: Iterator[str], how: str) -> Source:
    if not how:  # standard input: JSON lines begin with a brace
        first = next(lines, "")
        how = "jsonl" if first.lstrip().startswith("{") else "csv"
        lines = chain([first], lines)
    return jsonl_source(lines) if how == "jsonl" else csv_source(lines)


def _counted(source: TextIO, advance: Advance) -> Iterator[str]:
    passed = 0
    for line in source:
        passed += len(line)
        if passed >= STRIDE:
            advance(passed)
            passed = 0
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
