"""`mlbug run`, `demo` and `migrate`: the commands that keep a process going."""

import argparse
import contextlib
import logging
import sys
import tempfile
import threading
import uuid
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app import Assistant, build, utc_now
from bot.demo_history import tell_history
from bot.gateway import Gateway, RefusedBySlack, SlackFault, make_client
from bot.greeting import greet
from bot.health import Health
from bot.log import log_what_escapes, set_up_logging
from bot.metrics import Metrics
from bot.request_id import at_hand
from bot.right_of_way import RightOfWay, take_short_turns
from bot.run import Socket, stop_on_signals, wait
from bot.settings import Settings, SettingsError, missing_for_socket_mode, read_settings
from bot.tenancy import Identity, OneWorkspace
from triage import bars
from triage.bar import BugBar
from triage.desk import Desk
from triage.errors import Unavailable
from triage.ports import Clock, Queue

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger(__name__)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the commands."""
    demo = commands.add_parser("demo", help="the whole assistant in a browser on this machine; no Slack account")
    demo.add_argument("--port", type=int, default=3000, help="where the page listens (default 3000; 0: any free one)")
    demo.add_argument("--no-browser", action="store_true", help="print the address only")
    demo.add_argument("--empty", action="store_true", help="begin without the made-up history")
    demo.set_defaults(func=demonstrate)
    run = commands.add_parser("run", help="everything in one process, by Socket Mode")
    run.add_argument("--host", default="0.0.0.0", help="the address for health and metrics (default: every one)")  # noqa: S104  # for probes from outside
    run.add_argument("--port", type=int, help="tell health and metrics on this port (default: PORT where it is set)")
    run.set_defaults(func=run_all)
    migrate = commands.add_parser("migrate", help="bring the database to this release's schema")
    migrate.set_defaults(func=migrate_only)


def load_bar(path: Path | None) -> BugBar:
    """The built-in bar, or the file that MLBUG_BAR names. Raises `SettingsError`, `BarError`."""
    if path is None:
        return bars.builtin()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise SettingsError([f"MLBUG_BAR: {path} can’t be read ({type(wrong).__name__})."]) from None
    return bars.read(text)


def migrate_only(_arguments: argparse.Namespace) -> int:
    """Upgrade the schema and leave."""
    from db import schema
    from db.engine import make_engine

    settings = read_settings()
    revision = schema.upgrade(make_engine(settings.database_url.get_secret_value()))
    sys.stderr.write(f"The database is at revision {revision}.\n")
    return 0


def run_all(arguments: argparse.Namespace) -> int:
    """Socket Mode, worker and all, until SIGTERM."""
    from bot.cli_telling import checks, settled, telling, watch_over

    settings = read_settings()
    set_up_logging(settings.mlbug_log)
    log_what_escapes()
    if problems := missing_for_socket_mode(settings):
        raise SettingsError(problems)
    stop = stop_on_signals()
    port = told_port(arguments.port, settings)
    metrics = Metrics()
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(started(settings, metrics=metrics))
        greet_admin(made.assistant, settings)
        if port is not None:
            watch_over(metrics, made.queue, made.assistant, made.socket.gauges, works=True)
            health = Health(checks(made.engine, made.assistant, works=True, socket=made.socket))
            try:
                port = stack.enter_context(telling(health, metrics, arguments.host, port))
            except OSError as taken:
                return cant_listen(taken)
        settled()
        log.info("ready", extra={"port": port} if port is not None else {})
        alive = wait(stop, lambda: made.socket.connected, made.socket.connect_anew, lambda: made.assistant.worker.alive)
    return 0 if alive else 3


def told_port(given: int | None, settings: Settings) -> int | None:
    """Where to tell health and metrics; None where nobody asked for it."""
    return settings.port if given is None and "port" in settings.model_fields_set else given


def cant_listen(taken: OSError) -> int:
    """Say that an address is taken; the exit status."""
    sys.stderr.write(f"Can’t listen there ({taken.strerror}). Set PORT, or pass --port, to a free one.\n")
    return 2


def greet_admin(assistant: Assistant, settings: Settings) -> None:
    """Tell the first admin that the settings name what to do next; once, and never in the way of the start."""
    people = sorted(each for each in settings.admins if each.startswith(("U", "W")))
    for workspace in assistant.workspaces.all() if people else ():
        with contextlib.suppress(Unavailable):
            greet(assistant.desk.changes.place, workspace, people[0])


@dataclass(frozen=True, slots=True)
class Started:
    """What is at work in a process of Socket Mode."""

    assistant: Assistant
    socket: Socket
    engine: "Engine"
    queue: Queue


@contextlib.contextmanager
def serving(settings: Settings, clock: Clock = utc_now) -> Iterator[tuple[Assistant, Socket]]:
    """The assistant at work on Slack, by Socket Mode; stopped and drained on leaving."""
    with started(settings, clock) as made:
        yield made.assistant, made.socket


@contextlib.contextmanager
def started(settings: Settings, clock: Clock = utc_now, metrics: Metrics | None = None) -> Iterator[Started]:
    """The same, with what else there is to look at."""
    from db import schema
    from db.digests import SqlDigestBook
    from db.engine import make_engine
    from db.figures import SqlLedger
    from db.folding import Folding
    from db.outbox import SqlQueue
    from db.sweeping import Sweeping
    from db.watch import Watch
    from db.work import SqlWorkPlace

    metrics = metrics or Metrics()
    engine = make_engine(settings.database_url.get_secret_value())
    schema.upgrade(engine)
    queue = SqlQueue(engine)
    client = make_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    me = who_am_i(Gateway(lambda _workspace: client))
    take_short_turns()
    right_of_way = RightOfWay()
    folding = Folding(engine, right_of_way.give_way)
    assistant = build(
        settings,
        place=SqlWorkPlace(engine, clock, Watch(at_hand, metrics.searched, folding.filed)),
        queue=queue,
        ledger=SqlLedger(engine),
        book=SqlDigestBook(engine, clock),
        bar=load_bar(settings.mlbug_bar),
        workspaces=OneWorkspace(client, me),
        chores=(Sweeping(engine, clock).go,),
        right_of_way=right_of_way,
        clock=clock,
        metrics=metrics,
    )
    socket = Socket(assistant, settings.slack_app_token.get_secret_value(), client, metrics)
    assistant.start()
    folding.start()
    try:
        socket.connect()
        yield Started(assistant, socket, engine, queue)
    finally:
        socket.close()
        assistant.stop()
        folding.stop()
        client.close()
        engine.dispose()


def who_am_i(gateway: Gateway) -> Identity:
    """Ask Slack who the token belongs to. Raises `Unavailable` or `SettingsError`."""
    try:
        told: dict[str, Any] = gateway.who_am_i("")
    except RefusedBySlack as refused:
        raise SettingsError([f"SLACK_BOT_TOKEN is refused by Slack ({refused.error}): copy it again."]) from None
    except SlackFault as away:
        raise Unavailable(f"Slack can’t be reached ({away.error}). Check the network and SLACK_API_URL.") from None
    return Identity(str(told["team_id"]), str(told.get("bot_id", "")), str(told["user_id"]))


def demonstrate(arguments: argparse.Namespace) -> int:
    """The sandbox workspace and the assistant in one process, with a database that goes when it ends."""
    from bot.sandbox.server import Sandbox
    from db import schema
    from db.engine import make_engine
    from db.work import SqlWorkPlace

    set_up_logging("text", level=logging.WARNING)
    stop = stop_on_signals()
    with (
        tempfile.TemporaryDirectory(prefix="mlbug-demo-") as folder,
        Sandbox(port=arguments.port, app=_app()) as sandbox,
    ):
        people = {user.handle: user.id for user in sandbox.team.users.values()}
        triage = sandbox.team.channel_by_name("triage")
        settings = read_settings(
            env_file=None,
            slack_bot_token=sandbox.bot_token,
            slack_app_token=sandbox.app_token,
            slack_api_url=sandbox.api_url,
            database_url=f"sqlite:///{Path(folder) / 'demo.db'}",
            mlbug_triage_channel=triage.id if triage else "",
            mlbug_digest_channel=triage.id if triage else "",
            mlbug_triagers=people["ana"],
            mlbug_admins=people["ana"],
        )
        if not arguments.empty:
            engine = make_engine(settings.database_url.get_secret_value())
            schema.upgrade(engine)
            workspace = sandbox.team.id
            tell_history(
                SqlWorkPlace(engine),
                lambda place, at: Desk(place, bars.builtin(), lambda: at),
                utc_now(),
                workspace,
                people.__getitem__,
                lambda: uuid.uuid4().hex,
            )
            engine.dispose()
        # The sandbox's clock: moved on by a week, it brings the digest.
        with serving(settings, lambda: datetime.fromtimestamp(sandbox.clock.now(), UTC)) as (assistant, socket):
            _welcome(sandbox.url, browser=not arguments.no_browser)
            wait(stop, lambda: socket.connected, socket.connect_anew, lambda: assistant.worker.alive)
    sys.stdout.write("\nStopped.\n")
    return 0


def _app() -> Any:
    from bot.manifest import manifest
    from bot.sandbox.definition import AppDefinition

    return AppDefinition.from_manifest(manifest())


def _welcome(url: str, *, browser: bool) -> None:
    sys.stdout.write(
        f"mlbug is up in a sandbox workspace: {url}\n"
        "Type /mlbug in #triage. You are Ana, a triager; switch to Ben or Mei, reporters, at the top.\n"
        "Nothing leaves this machine, and nothing is kept when it stops. Ctrl-C stops it.\n"
    )
    sys.stdout.flush()
    if browser:
        threading.Thread(target=_open_browser, args=(url,), daemon=True).start()


def _open_browser(url: str) -> None:
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(url)
