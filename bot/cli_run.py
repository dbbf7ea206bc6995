"""`mlbug run` and `migrate`: everything in one process, and the database for it."""

import argparse
import contextlib
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.app import Assistant, build, utc_now
from bot.bar_file import load_bar
from bot.gateway import Gateway, RefusedBySlack, SlackFault, make_client
from bot.greeting import greet
from bot.health import Health
from bot.log import log_what_escapes, set_up_logging
from bot.meaning import meaning_for
from bot.metrics import Metrics
from bot.patience import patience
from bot.request_id import at_hand
from bot.right_of_way import RightOfWay, take_short_turns
from bot.run import Socket, stop_on_signals, wait
from bot.settings import Settings, SettingsError, missing_for_socket_mode, read_settings
from bot.tenancy import Identity, OneWorkspace
from triage.errors import Unavailable
from triage.ports import Clock, Queue

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger(__name__)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the commands."""
    run = commands.add_parser("run", help="everything in one process, by Socket Mode")
    run.add_argument("--host", default="0.0.0.0", help="the address for health and metrics (default: every one)")  # noqa: S104  # for probes from outside
    run.add_argument("--port", type=int, help="tell health and metrics on this port (default: PORT where it is set)")
    run.set_defaults(func=run_all)
    migrate = commands.add_parser("migrate", help="bring the database to this release's schema")
    migrate.set_defaults(func=migrate_only)


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
    meaning = meaning_for(settings)
    assistant = build(
        settings,
        place=SqlWorkPlace(engine, clock, Watch(at_hand, metrics.searched, folding.filed, patience), meaning),
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
    if meaning is not None:
        meaning.begin()
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
