"""`mlbug digest` and `mlbug report`: the digest of any week, and the figures of a period, from a shell."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app import utc_now
from bot.render import digest as rendered
from bot.render import report as rendered_report
from bot.render.figures_json import figures_json
from bot.saved_settings import SavedSettings, environment_settings
from bot.settings import Settings, SettingsError, read_settings
from triage.access import Role, Viewer
from triage.digest import Overview, Posting
from triage.errors import NotFound, Refused
from triage.figures import Channel, Figures
from triage.weeks import Week, latest_slot

if TYPE_CHECKING:
    from sqlalchemy import Engine

BAD_INPUT = 2
SENDING_S = 30.0  # so long `--post` waits for Slack; what is not sent by then the next worker sends


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the commands."""
    digest = commands.add_parser("digest", help="the weekly digest of any week; --post puts it into its channel, once")
    digest.add_argument("--workspace", metavar="T…", default="", help="which one, where the database has several")
    digest.add_argument(
        "--week", metavar="2026-W47", default="", help="the ISO week (default: the last one that is over)"
    )
    digest.add_argument("--post", action="store_true", help="post it, unless it was posted before")
    digest.add_argument("--json", action="store_true", help="one JSON value on standard output")
    digest.set_defaults(func=show_digest)
    report = commands.add_parser("report", help="figures of 30d, 90d, a quarter; as text, JSON, or files for slides")
    report.add_argument("period", nargs="?", default="90d", metavar="30d|90d|quarter|2026-Q3", help="default: 90d")
    report.add_argument("--workspace", metavar="T…", default="", help="which one, where the database has several")
    report.add_argument("--with-restricted", action="store_true", help="count restricted reports, too")
    report.add_argument(
        "--out", metavar="DIR", type=Path, help="write charts (SVG, PNG) and tables (CSV) into a directory"
    )
    report.add_argument("--json", action="store_true", help="one JSON value on standard output")
    report.set_defaults(func=show_report)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What both commands look at."""

    settings: Settings
    engine: "Engine"
    saved: SavedSettings
    overview: Overview
    workspace: str


def show_digest(arguments: argparse.Namespace) -> int:
    """0; 1 where it is posted already. Raises `Refused`, `NotFound`, `Unavailable`."""
    with _opened(arguments.workspace) as desk:
        try:
            week = Week.parse(arguments.week) if arguments.week else _last_week(desk)
        except ValueError as wrong:
            return _bad("--week", wrong)
        if arguments.post:
            return _post(desk, week, as_json=arguments.json)
        digest = desk.overview.week(desk.workspace, week)
        message = rendered.message(digest, charts=True)
        if arguments.json:
            _print_json({"week": str(week)} | figures_json(digest.figures) | message)
        else:
            sys.stdout.write(_unmarked(message["text"]) + "\n\n" + _unmarked(rendered.details(digest)["text"]) + "\n")
    return 0


def show_report(arguments: argparse.Namespace) -> int:
    """Always 0 where the input is good. Raises `NotFound`, `Unavailable`."""
    with _opened(arguments.workspace) as desk:
        everything = Viewer(desk.workspace, "", Role.TRIAGER)
        audience = everything if arguments.with_restricted else Channel(desk.workspace)
        try:
            made = desk.overview.report(audience, arguments.period)
        except ValueError as wrong:
            return _bad("period", wrong)
        zone = desk.overview.zone(desk.workspace)
        if arguments.out is not None:
            return _write(made, rendered_report.title(made.window, zone), arguments.out)
        if arguments.json:
            _print_json({"period": arguments.period} | figures_json(made))
        else:
            sys.stdout.write(_unmarked(rendered_report.message(made, zone, charts=False)["text"]) + "\n")
    return 0


def _write(made: Figures, title: str, folder: Path) -> int:
    from bot.slides import charts, tables
    from bot.slides.png import png
    from bot.slides.svg import svg

    pages = {"weeks": charts.draw(charts.weeks(made, title)), "open": charts.draw(charts.ages(made, title))}
    files: dict[str, bytes] = {
        "weeks.csv": tables.weeks_csv(made).encode(),
        "figures.csv": tables.figures_csv(made).encode(),
    }
    for name, scene in pages.items():
        files |= {f"{name}.svg": svg(scene).encode(), f"{name}.png": png(scene)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
            sys.stderr.write(f"{folder / name}\n")
    except OSError as wrong:
        sys.stderr.write(f"--out: {folder} can’t be written ({wrong.strerror or type(wrong).__name__}).\n")
        return BAD_INPUT
    return 0


def _post(desk: _Desk, week: Week, *, as_json: bool) -> int:
    """Claim it and send what is due; whoever else is sending may be quicker, and that is as good."""
    from bot.cli_post import post_now

    settings = desk.saved.of(desk.workspace)
    if not settings.digest_channel:
        raise Refused("No digest channel is set: type /mlbug settings in Slack, or set MLBUG_DIGEST_CHANNEL.")
    posting = Posting(desk.workspace, settings.digest_channel, week, settings.digest_at.zone, utc_now())
    told = post_now(desk.settings, desk.engine, desk.overview, posting, SENDING_S)
    if as_json:
        _print_json({"week": str(week), "channel": posting.channel, "posted": told.new, "sent": told.sent})
    else:
        sys.stderr.write(told.sentence + "\n")
    return 0 if told.new else 1


@contextmanager
def _opened(workspace: str) -> Iterator[_Desk]:
    from db import schema
    from db.engine import make_engine
    from db.figures import SqlLedger
    from db.work import SqlWorkPlace
    from db.workspaces import known_workspaces

    settings = read_settings()
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        schema.check(engine)
        known = sorted(known_workspaces(engine))
        saved = SavedSettings(SqlWorkPlace(engine), environment_settings(settings))
        overview = Overview(SqlLedger(engine), saved.of, utc_now)
        yield _Desk(settings, engine, saved, overview, _which(workspace, known))
    finally:
        engine.dispose()


def _which(wanted: str, known: list[str]) -> str:
    if wanted:
        if wanted not in known:
            raise NotFound(f"--workspace: the database has no {wanted}; it has {', '.join(known) or 'none'}.")
        return wanted
    if len(known) > 1:
        raise SettingsError([f"--workspace: say which one: {', '.join(known)}."])
    if not known:
        raise NotFound("Nothing was reported yet: the history is empty.")
    return known[0]


def _last_week(desk: _Desk) -> Week:
    """The last week that is over by the workspace's calendar."""
    at = desk.saved.of(desk.workspace).digest_at.model_copy(update={"weekday": 0, "hour": 0, "minute": 0})
    return latest_slot(utc_now(), at).week


def _unmarked(text: str) -> str:
    """A message's text for a terminal: its own mark-up away, entities as the characters they stand for."""
    bare = text.replace("*", "").replace("\u200b", "")
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _bad(field: str, wrong: ValueError) -> int:
    sys.stderr.write(f"{field}: {wrong}.\n")
    return BAD_INPUT


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
