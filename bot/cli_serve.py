"""`mlbug serve` and `mlbug work`: HTTP mode behind a load balancer, and the worker beside it; any number of each."""

import argparse
import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app import Assistant, build, utc_now
from bot.bar_file import load_bar
from bot.cli_oauth import LettingIn
from bot.cli_oauth import letting_in as letting_in_by
from bot.cli_run import cant_listen, greet_admin, told_port, who_am_i
from bot.cli_telling import checks, settled, watch_over
from bot.gateway import Gateway, make_client
from bot.health import Health
from bot.log import log_what_escapes, set_up_logging
from bot.meaning import meaning_for
from bot.metrics import Metrics
from bot.patience import patience
from bot.request_id import at_hand
from bot.right_of_way import RightOfWay, take_short_turns
from bot.settings import Settings, SettingsError, missing_for_http, missing_for_worker, read_settings
from bot.tenancy import OneWorkspace

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from triage.ports import Queue

log = logging.getLogger(__name__)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the commands."""
    serve = commands.add_parser("serve", help="HTTP mode, behind a load balancer; messages are sent by `mlbug work`")
    serve.add_argument("--host", default="0.0.0.0", help="the address to listen on (default: every one)")  # noqa: S104  # behind a load balancer
    serve.add_argument("--port", type=int, help="the port to listen on (default: PORT, else 3000)")
    serve.add_argument("--work", action="store_true", help="send messages from this process, too")
    serve.set_defaults(func=serve_http)
    work = commands.add_parser("work", help="send messages: the worker for `mlbug serve`")
    work.add_argument("--host", default="0.0.0.0", help="the address for health and metrics (default: every one)")  # noqa: S104  # for probes from outside
    work.add_argument("--port", type=int, help="tell health and metrics on this port (default: PORT where it is set)")
    work.set_defaults(func=work_only)


def serve_http(arguments: argparse.Namespace) -> int:
    """HTTP mode until SIGTERM."""
    from bot.serve import SLACK_PATH, Lanes, Server, SlackDoor, routes
    from bot.slack_http import Seal

    settings = _settings(missing_for_http)
    with _assembled(settings) as made:
        lanes = Lanes()
        metrics = made.metrics

        def inside() -> dict[str, float]:
            return {"mlbug_asking_inside": lanes.asking.inside, "mlbug_saving_inside": lanes.saving.inside}

        watch_over(metrics, made.queue, made.assistant, inside, works=arguments.work)
        bolt = made.assistant.bolt
        letting_in = made.letting_in
        inner = letting_in.installer.routes() if letting_in else {}
        seal = Seal(settings.slack_signing_secret.get_secret_value())
        is_quick = made.assistant.listeners.command.is_quick
        door = SlackDoor(bolt, made.assistant.pool, seal, lanes, metrics, is_quick)
        health = Health(checks(made.engine, made.assistant, works=arguments.work))
        port = settings.port if arguments.port is None else arguments.port
        server = Server({SLACK_PATH: door, **inner, **routes(health, metrics)}, arguments.host, port)
        if arguments.work:
            _begin(made, settings)
        try:
            return _run(server, lambda: made.assistant.worker.alive or not arguments.work)
        finally:
            lanes.close()


def work_only(arguments: argparse.Namespace) -> int:
    """The worker until SIGTERM."""
    from bot.serve import Server, routes

    settings = _settings(missing_for_worker)
    with _assembled(settings) as made:
        health = Health(checks(made.engine, made.assistant, works=True))
        watch_over(made.metrics, made.queue, made.assistant, works=True)
        port = told_port(arguments.port, settings)
        told = routes(health, made.metrics) if port is not None else {}
        # Without a port nothing is told; the loop that waits for SIGTERM is the same.
        server = Server(told, arguments.host if told else "127.0.0.1", port or 0)
        _begin(made, settings)
        return _run(server, lambda: made.assistant.worker.alive)


def _begin(made: "Made", settings: Settings) -> None:
    made.assistant.start()
    if made.letting_in is None:  # else whoever installs it is greeted
        greet_admin(made.assistant, settings)


def _run(server: object, is_alive: Callable[[], bool]) -> int:
    from bot.serve import Server, run_until_stopped

    assert isinstance(server, Server)  # noqa: S101  # narrows the type; the heavy module is not read for a signature
    try:
        stayed = asyncio.run(run_until_stopped(server, _ready, is_alive))
    except OSError as taken:
        return cant_listen(taken)
    return 0 if stayed else 3


def _ready(port: int) -> None:
    settled()
    log.info("ready", extra={"port": port})


def _settings(missing: Callable[[Settings], list[str]]) -> Settings:
    settings = read_settings()
    set_up_logging(settings.mlbug_log)
    log_what_escapes()
    if problems := missing(settings):
        raise SettingsError(problems)
    return settings


@dataclass(frozen=True, slots=True)
class Made:
    """What a process of this kind is made of."""

    assistant: Assistant
    engine: "Engine"
    queue: "Queue"
    letting_in: LettingIn | None
    metrics: Metrics


@contextlib.contextmanager
def _assembled(settings: Settings) -> Iterator[Made]:
    from db import schema
    from db.digests import SqlDigestBook
    from db.engine import make_engine
    from db.figures import SqlLedger
    from db.folding import Folding
    from db.outbox import SqlQueue
    from db.sweeping import Sweeping
    from db.watch import Watch
    from db.work import SqlWorkPlace

    metrics = Metrics()

    engine = make_engine(settings.database_url.get_secret_value())
    current, _head = schema.current_and_head(engine)
    if current is None:
        schema.upgrade(engine)
    else:
        schema.check(engine)
    take_short_turns()
    right_of_way = RightOfWay()
    folding = Folding(engine, right_of_way.give_way)
    meaning = meaning_for(settings)
    place = SqlWorkPlace(engine, utc_now, Watch(at_hand, metrics.searched, folding.filed, patience), meaning)
    queue = SqlQueue(engine)
    letting_in = letting_in_by(settings, engine, place) if settings.is_oauth else None
    workspaces = letting_in.workspaces if letting_in else _one(settings)
    assistant = build(
        settings,
        place=place,
        queue=queue,
        ledger=SqlLedger(engine),
        book=SqlDigestBook(engine, utc_now),
        bar=load_bar(settings.mlbug_bar),
        workspaces=workspaces,
        chores=(Sweeping(engine, utc_now).go, *(letting_in.chores if letting_in else ())),
        right_of_way=right_of_way,
        metrics=metrics,
    )
    if letting_in:
        letting_in.attach(assistant)
    folding.start()
    if meaning is not None:
        meaning.begin()
    try:
        yield Made(assistant, engine, queue, letting_in, metrics)
    finally:
        assistant.stop()
        folding.stop()
        workspaces.close()
        engine.dispose()


def _one(settings: Settings) -> OneWorkspace:
    client = make_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    return OneWorkspace(client, who_am_i(Gateway(lambda _workspace: client)))
