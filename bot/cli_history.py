"""`mlbug search`, `mlbug import` and `mlbug export`: the history from a shell."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bot.meaning import meaning_for
from bot.saved_settings import SavedSettings, environment_settings
from bot.settings import Settings, read_settings
from triage.access import Role, Viewer
from triage.exporting import exported
from triage.history import Hit
from triage.transfer import FIELDS, cells, csv_line, jsonl

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from db.work import SqlWorkPlace

DONE, NO, BAD_INPUT = 0, 1, 2
STDIN = "-"
LIMIT, LIMIT_MAX = 10, 1000
FIRST = "local"  # the workspace of a history that has none yet


class UsageError(Exception):
    """Input that can't be used: `field` names it, `message` says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Opened:
    """A database with what belongs to it. `workspaces`: those that have a history; `blank`: it has no schema yet."""

    settings: Settings
    engine: "Engine"
    place: "SqlWorkPlace"
    workspaces: tuple[str, ...]
    blank: bool


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach `search` and `export`; `import` is in a module of its own."""
    search = commands.add_parser("search", help="earlier reports that are like a text, likeliest first")
    search.add_argument("text", nargs="*", metavar="TEXT", help="what happened, in your own words")
    search.add_argument(
        "--batch", metavar="FILE", help='JSON lines {"id", "text"}, each answered at once; - for standard input'
    )
    search.add_argument("--limit", type=int, metavar="K", default=LIMIT, help=f"at most so many (default {LIMIT})")
    _as_viewer(search)
    search.set_defaults(func=search_history)
    export = commands.add_parser("export", help="all reports to standard output; what is exported can be imported")
    export.add_argument("--format", choices=("csv", "jsonl"), default="csv", help="default: csv")
    export.add_argument("--since", metavar="DATE", default="", help="from this day on (UTC), such as 2026-11-24")
    export.add_argument("--until", metavar="DATE", default="", help="up to the end of this day")
    _as_viewer(export)
    export.set_defaults(func=export_reports)


def _as_viewer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workspace", metavar="T…", default="", help="which one, where the database has several")
    parser.add_argument(
        "--as", dest="user", metavar="USER", default="", help="as this person sees the history (default: all of it)"
    )
    parser.add_argument("--json", action="store_true", help="JSON on standard output")


def search_history(arguments: argparse.Namespace) -> int:
    """0; 1 where nothing was found, 2 for bad input. Raises `Unavailable`, `SchemaMismatch`."""
    try:
        text = _question(arguments)
        with opened() as at:
            viewer = _viewer(at, arguments)
            if arguments.batch:
                return _search_batch(at, viewer, arguments.batch, arguments.limit)
            hits = _similar(at, viewer, text, arguments.limit)
    except UsageError as wrong:
        return refuse(wrong, as_json=arguments.json)
    if arguments.json:
        _line({"results": [_shown(hit) for hit in hits]})
    elif hits:
        for hit in hits:
            sys.stdout.write(_told(hit) + "\n")
    else:
        sys.stderr.write("Nothing like it yet.\n")
    return DONE if hits else NO


def _question(arguments: argparse.Namespace) -> str:
    text = " ".join(arguments.text).strip()
    if bool(text) == bool(arguments.batch):
        raise UsageError("TEXT", "Write what you look for, or give --batch FILE; not both.")
    if not 1 <= arguments.limit <= LIMIT_MAX:
        raise UsageError("--limit", f"Give a number from 1 to {LIMIT_MAX}.")
    return text


def _search_batch(at: Opened, viewer: Viewer, file: str, limit: int) -> int:
    status = DONE
    with reading(file) as lines:
        for line in filter(str.strip, lines):
            name, text, near = _asked(line)
            if text is None:
                message = 'Each line is a JSON object such as {"id": "1", "text": "…"}.'
                _line({"id": name, "error": {"code": "bad-line", "field": "text", "message": message}})
                status = BAD_INPUT
                continue
            hits = _similar(at, viewer, text, limit, **near)
            results = [
                {"report": hit.name, "key": hit.key, "score": round(hit.score, 9), "repeat": hit.repeat} for hit in hits
            ]
            _line({"id": name, "results": results})
    return status


def _asked(line: str) -> tuple[Any, str | None, dict[str, str]]:
    """The id, the text (None: there is none) and what else is known of a question of a batch."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return None, None, {}
    if not isinstance(asked, dict):
        return None, None, {}
    text = asked.get("text")
    near = {name: str(asked[name]) for name in ("system", "threat") if asked.get(name)}
    return asked.get("id"), text if isinstance(text, str) else None, near


def _similar(at: Opened, viewer: Viewer, text: str, limit: int, *, system: str = "", threat: str = "") -> Sequence[Hit]:
    if at.blank:
        return []
    with at.place.read() as work:
        return work.history.similar(viewer, text, limit, system=system, threat=threat)


def _shown(hit: Hit) -> dict[str, Any]:
    return {
        "report": hit.name,
        "key": hit.key,
        "score": round(hit.score, 9),
        "repeat": hit.repeat,
        "title": hit.title,
        "system": hit.system,
        "threat": hit.threat,
        "severity": hit.severity,
        "state": hit.state,
        "created_at": hit.created_at.isoformat(),
    }


def _told(hit: Hit) -> str:
    how = "the same" if hit.repeat else "looks like it" if hit.like else "far from it"
    facts = (hit.severity or "not rated", hit.state, f"{hit.created_at:%Y-%m-%d}", f"{how} ({hit.score:.2f})")
    title = "".join(character if character.isprintable() else " " for character in hit.title)
    return f"{hit.name:<8} {title}\n         {' · '.join(facts)}"


def export_reports(arguments: argparse.Namespace) -> int:
    """0, or 2 for bad input. Raises `Unavailable`, `SchemaMismatch`."""
    try:
        since = _day(arguments.since, "--since")
        until = _day(arguments.until, "--until", ends=True)
        with opened() as at:
            viewer = _viewer(at, arguments)
            _export(at, viewer, "jsonl" if arguments.json else arguments.format, since, until)
    except UsageError as wrong:
        return refuse(wrong, as_json=arguments.json)
    return DONE


def _export(at: Opened, viewer: Viewer, how: str, since: datetime | None, until: datetime | None) -> None:
    if how == "csv":
        sys.stdout.write(csv_line(FIELDS))
    if at.blank:
        return
    for one in exported(at.place, viewer, since, until):
        record = one.record()
        sys.stdout.write(csv_line(cells(record)) if how == "csv" else jsonl(record))


def _day(text: str, field: str, *, ends: bool = False) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return moment + timedelta(days=1) if ends and len(text) == len("2026-11-24") else moment
    except (ValueError, OverflowError):
        raise UsageError(field, "Write a day, such as 2026-11-24.") from None


# -- what the commands on the history share ------------------------------------------------------------------------------


@contextmanager
def opened() -> Iterator[Opened]:
    """Open the database of DATABASE_URL. Raises `SchemaMismatch` where its schema is another release's, and `Unavailable`."""
    from db import schema
    from db.engine import make_engine
    from db.work import SqlWorkPlace
    from db.workspaces import known_workspaces

    settings = read_settings()
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        blank = schema.current_and_head(engine)[0] is None
        if not blank:
            schema.check(engine)
        known = () if blank else tuple(sorted(known_workspaces(engine)))
        yield Opened(settings, engine, SqlWorkPlace(engine, meaning=meaning_for(settings)), known, blank)
    finally:
        engine.dispose()


def _viewer(at: Opened, arguments: argparse.Namespace) -> Viewer:
    """Whose view it is: that of somebody who may see everything, or `--as`."""
    workspace = which(at, arguments.workspace)
    if not arguments.user or at.blank:
        return Viewer(workspace, "", Role.TRIAGER)
    triagers = SavedSettings(at.place, environment_settings(at.settings)).of(workspace).triagers
    with at.place.read() as work:
        person = work.people.get(workspace, arguments.user)
    if person is not None and (person.guest or person.gone):
        return Viewer(workspace, arguments.user, Role.OUTSIDER)
    return Viewer(workspace, arguments.user, Role.TRIAGER if arguments.user in triagers else Role.MEMBER)


def which(at: Opened, wanted: str) -> str:
    """The workspace that is meant; one that is named may be new. Raises `UsageError`."""
    if not wanted and len(at.workspaces) > 1:
        raise UsageError("--workspace", f"Say which one: {', '.join(at.workspaces)}.")
    return wanted or next(iter(at.workspaces), FIRST)


@contextmanager
def reading(file: str) -> Iterator[TextIO]:
    """Open a file, or standard input. What is not UTF-8 spoils its own characters only. Raises `UsageError`."""
    if file == STDIN:
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace", newline="")
        yield sys.stdin
        return
    with ExitStack() as stack:
        try:
            source = stack.enter_context(Path(file).open(encoding="utf-8-sig", errors="replace", newline=""))
        except OSError as wrong:
            raise UsageError("FILE", f"{file} can’t be read ({wrong.strerror or type(wrong).__name__}).") from wrong
        yield source


def refuse(wrong: UsageError, *, as_json: bool) -> int:
    """Tell what is wrong with the input; 2."""
    if as_json:
        _line({"error": {"code": "bad-input", "field": wrong.field, "message": wrong.message}})
    else:
        sys.stderr.write(f"{wrong}\n")
    return BAD_INPUT


def _line(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
