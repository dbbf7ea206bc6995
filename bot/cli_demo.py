"""`mlbug demo`: the whole assistant in a browser on this machine, in a sandbox workspace."""

import argparse
import contextlib
import logging
import sys
import tempfile
import threading
import uuid
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import utc_now
from bot.cli_run import serving
from bot.demo_history import tell_history
from bot.log import set_up_logging
from bot.run import stop_on_signals, wait
from bot.settings import read_settings
from triage import bars
from triage.desk import Desk


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the command."""
    demo = commands.add_parser("demo", help="the whole assistant in a browser on this machine; no Slack account")
    demo.add_argument("--port", type=int, default=3000, help="where the page listens (default 3000; 0: any free one)")
    demo.add_argument("--no-browser", action="store_true", help="print the address only")
    demo.add_argument("--empty", action="store_true", help="begin without the made-up history")
    demo.set_defaults(func=demonstrate)


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
