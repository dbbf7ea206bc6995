"""`mlbug manifest`, `make-key` and `healthy`: small helps for whoever installs and runs it."""

import argparse
import base64
import json
import secrets
import sys

from bot.app import utc_now
from bot.doctor import STUCK_S
from bot.manifest import manifest
from bot.manifest_http import over_http
from bot.settings import read_settings
from triage.errors import MlbugError


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the commands."""
    shown = commands.add_parser("manifest", help="the app's manifest, to be pasted at api.slack.com/apps")
    shown.add_argument(
        "--url", help="for HTTP: the address under which Slack reaches mlbug (default: MLBUG_PUBLIC_URL)"
    )
    shown.add_argument("--oauth", action="store_true", help="for several workspaces, which install it themselves")
    shown.set_defaults(func=show_manifest)
    key = commands.add_parser("make-key", help="a new key for MLBUG_TOKEN_KEYS")
    key.add_argument("--rewrap", action="store_true", help="instead: seal every token with the first key that is set")
    key.set_defaults(func=make_key)
    healthy = commands.add_parser("healthy", help="exit 0 while the database answers and messages are sent")
    healthy.set_defaults(func=tell_health)


def show_manifest(arguments: argparse.Namespace) -> int:
    """0, or 2 for an address that Slack would refuse."""
    made = manifest()
    if arguments.url is not None or arguments.oauth:
        url = arguments.url or read_settings().mlbug_public_url
        if not url.startswith("https://"):
            sys.stderr.write("--url: Slack calls https addresses only. Write it like https://mlbug.example.com.\n")
            return 2
        made = over_http(made, url, oauth=arguments.oauth)
    sys.stdout.write(json.dumps(made, indent=2) + "\n")
    return 0


def make_key(arguments: argparse.Namespace) -> int:
    """Print a key, and nothing else, so that it can be piped into a secret store; or use the one that is there."""
    if arguments.rewrap:
        return _rewrap()
    sys.stdout.write(new_key() + "\n")
    return 0


def new_key() -> str:
    """32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _rewrap() -> int:
    from db import schema
    from db.engine import make_engine
    from db.installations import SqlInstallations
    from db.seal import Seal

    settings = read_settings()
    try:
        seal = Seal(settings.mlbug_token_keys.get_secret_value())
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        schema.check(engine)
        count = SqlInstallations(engine, seal).rewrap()
    finally:
        engine.dispose()
    sys.stderr.write(f"{count} tokens are sealed with the first key now; older keys can go.\n")
    return 0


def tell_health(_arguments: argparse.Namespace) -> int:
    """0; 1 where messages wait too long; 3 where the database is out of reach or at another revision."""
    from db import schema
    from db.engine import make_engine
    from db.outbox import SqlQueue

    engine = make_engine(read_settings().database_url.get_secret_value())
    try:
        schema.check(engine)
        waiting_s = SqlQueue(engine).state(utc_now()).oldest_s
    except MlbugError as wrong:
        sys.stderr.write(wrong.message + "\n")
        return 3
    finally:
        engine.dispose()
    if waiting_s > STUCK_S:
        sys.stderr.write(f"A message has been waiting for {waiting_s:.0f} s: nobody sends.\n")
        return 1
    return 0
