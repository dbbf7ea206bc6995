"""What `mlbug doctor` looks at: findings, each with what to do. This module looks at what lies on our side.

`bot.doctor_slack` looks at Slack's side. Nothing is changed by looking.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.settings import Settings
from triage.errors import MlbugError, Unavailable
from triage.ports import QueueState
from triage.workspace import WorkspaceSettings

STUCK_S = 900.0  # a message that waits longer than this waits for a worker, not for Slack
UNREACHED_S = 10


class Verdict(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"  # works, but less than it could
    PROBLEM = "problem"
    AWAY = "out of reach"
    SKIPPED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome: `check` names the kind, `subject` the thing, `todo` what to do where something is wrong."""

    check: str
    subject: str
    verdict: Verdict
    message: str
    todo: str = ""


class Mode(StrEnum):
    """How Slack reaches the assistant."""

    SOCKET = "socket"
    HTTP = "http"
    OAUTH = "oauth"


def mode_of(settings: Settings) -> Mode | None:
    """The mode that the settings are for; None where they are for none."""
    if settings.is_oauth:
        return Mode.OAUTH
    if settings.slack_app_token.get_secret_value():
        return Mode.SOCKET
    return Mode.HTTP if settings.slack_signing_secret.get_secret_value() else None


def settings_findings(settings: Settings, mode: Mode | None, problems: list[str]) -> Iterator[Finding]:
    """The environment: what can't be read (`problems`), what is missing, what contradicts."""
    for problem in problems:
        variable, _, message = problem.partition(": ")
        yield Finding("settings", variable, Verdict.PROBLEM, message, f"Correct {variable}, then run this again.")
    if mode is None:
        yield Finding(
            "settings",
            "mode",
            Verdict.PROBLEM,
            "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set, so Slack can’t reach mlbug.",
            "For Socket Mode make an app-level token (xapp-…) with connections:write under Basic Information and set "
            "SLACK_APP_TOKEN; for HTTP copy the signing secret from there to SLACK_SIGNING_SECRET.",
        )
    yield from _missing(settings, mode)
    if not problems and mode is not None:
        yield Finding("settings", "mode", Verdict.OK, f"The settings can be read; the mode is {mode}.")


def _missing(settings: Settings, mode: Mode | None) -> Iterator[Finding]:
    bot, app = settings.slack_bot_token.get_secret_value(), settings.slack_app_token.get_secret_value()
    if mode is not Mode.OAUTH and not bot:
        yield _lacks("SLACK_BOT_TOKEN", "Install the app to your workspace and copy the bot token (xoxb-…).")
    elif bot and not bot.startswith("xoxb-"):
        yield Finding(
            "settings",
            "SLACK_BOT_TOKEN",
            Verdict.PROBLEM,
            "This is no bot token: those begin with xoxb-.",
            "Copy the “Bot User OAuth Token” from OAuth & Permissions.",
        )
    if app and not app.startswith("xapp-"):
        yield Finding(
            "settings",
            "SLACK_APP_TOKEN",
            Verdict.PROBLEM,
            "This is no app-level token: those begin with xapp-.",
            "Make one with the scope connections:write under Basic Information, App-Level Tokens.",
        )
    if mode is not Mode.OAUTH:
        return
    if not settings.slack_client_id:
        yield _lacks(
            "SLACK_CLIENT_ID", "Copy it from Basic Information, or clear SLACK_CLIENT_SECRET for one workspace."
        )
    if not settings.slack_client_secret.get_secret_value():
        yield _lacks(
            "SLACK_CLIENT_SECRET", "Copy it from Basic Information, or clear SLACK_CLIENT_ID for one workspace."
        )
    if not settings.slack_signing_secret.get_secret_value():
        yield _lacks("SLACK_SIGNING_SECRET", "Copy the signing secret from Basic Information.")
    if not settings.mlbug_token_keys.get_secret_value():
        yield _lacks("MLBUG_TOKEN_KEYS", "Run “mlbug make-key” and keep the key apart from the database’s backups.")
    if not settings.mlbug_public_url:
        yield _lacks(
            "MLBUG_PUBLIC_URL", "Set the address under which people and Slack reach mlbug, beginning with https://."
        )


def _lacks(variable: str, todo: str) -> Finding:
    return Finding("settings", variable, Verdict.PROBLEM, "It is not set.", todo)


class History(Protocol):
    """The database as the doctor looks at it. Every method may raise `MlbugError`; none creates anything."""

    def absent(self) -> str:
        """Where the database would be created, if there is none yet; else empty."""

    def revision(self) -> str:
        """The schema's revision, which is this release's. Raises `MlbugError` where it is another."""

    def readable_by_others(self) -> bool:
        """Whether other accounts of this machine can read a SQLite file."""

    def queue(self) -> QueueState:
        """How the queue is."""

    def held(self) -> int:
        """How many messages wait for a channel that can't be reached."""

    def workspaces(self) -> frozenset[str]:
        """The workspaces that have a history here."""

    def saved(self, workspace: str) -> WorkspaceSettings | None:
        """What a workspace saved in its settings dialog."""


def database_findings(history: History, by_meaning: Callable[[], Finding]) -> Iterator[Finding]:
    """The database, its schema, the search, and what waits in the queue. `by_meaning`: how the search by meaning is."""
    try:
        if folder := history.absent():
            yield Finding(
                "database",
                "DATABASE_URL",
                Verdict.WARNING,
                f"There is no database yet; it will be created in {folder}.",
                "Run “mlbug migrate”, or just start mlbug.",
            )
            return
        revision = history.revision()
        queue, held = history.queue(), history.held()
    except Unavailable:
        yield Finding(
            "database",
            "DATABASE_URL",
            Verdict.AWAY,
            "The database does not answer.",
            "Check that the server runs, and host, port, name and password in DATABASE_URL.",
        )
        return
    except MlbugError as wrong:
        yield Finding(
            "migrations", "schema", Verdict.PROBLEM, wrong.message, "Do what the message says; back up first."
        )
        return
    yield Finding("migrations", "schema", Verdict.OK, f"The database answers and is at revision {revision}.")
    yield Finding("search", "by words", Verdict.OK, "Earlier reports are found by their words and names.")
    yield by_meaning()
    if history.readable_by_others():
        yield Finding(
            "database",
            "DATABASE_URL",
            Verdict.WARNING,
            "Other accounts of this machine can read the database file, restricted reports too.",
            "Run “chmod 600” on the file and its -wal and -shm companions.",
        )
    yield from _queue_findings(queue, held)


def _queue_findings(queue: QueueState, held: int) -> Iterator[Finding]:
    if queue.dead:
        yield Finding(
            "queue",
            "dead letters",
            Verdict.PROBLEM,
            f"{_messages(queue.dead)} given up: Slack refused them, or three days went by.",
            "Mend what this page finds wrong with channels and scopes, then run “mlbug queue --retry”.",
        )
    if queue.doubtful:
        yield Finding(
            "queue",
            "doubtful",
            Verdict.WARNING,
            f"Of {_messages(queue.doubtful)} nobody knows yet whether Slack posted them.",
            "Grant channels:history and groups:history, so that mlbug can look; until then they are not repeated.",
        )
    if held:
        yield Finding(
            "queue",
            "held back",
            Verdict.PROBLEM,
            f"{_messages(held)} held back: the channel is archived or deleted, mlbug is not in it, or none is set.",
            "Invite mlbug there, or choose another one in /mlbug settings; “mlbug queue --retry” sends at once.",
        )
    elif queue.oldest_s > STUCK_S:
        yield Finding(
            "queue",
            "waiting",
            Verdict.PROBLEM,
            f"{_messages(queue.due)} waiting, the oldest for {_minutes(queue.oldest_s)}.",
            "See that “mlbug run” or “mlbug work” is running, and what its log says.",
        )
    elif not queue.dead:
        yield Finding("queue", "waiting", Verdict.OK, f"{_messages(queue.due)} waiting, none given up.")


def _messages(count: int) -> str:
    return "1 message is" if count == 1 else f"{count} messages are"


def _minutes(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def clock_finding(slack_time: float, now: datetime) -> Finding | None:
    """Slack's signatures are good for five minutes: a clock that is wrong refuses them all."""
    if not slack_time:
        return None
    off = abs(now.timestamp() - slack_time)
    if off <= 60:
        return Finding("clock", "this machine", Verdict.OK, "The clock agrees with Slack’s.")
    return Finding(
        "clock",
        "this machine",
        Verdict.PROBLEM if off > 240 else Verdict.WARNING,
        f"The clock is {_minutes(off) if off >= 120 else f'{int(off)} seconds'} off Slack’s.",
        "Turn on time synchronisation: Slack’s requests are refused when they seem older than five minutes.",
    )


Challenge = Callable[[str], str]  # an address -> empty, or what went wrong there


def public_url_findings(settings: Settings, mode: Mode | None, challenge: Challenge) -> Iterator[Finding]:
    """Whether a running server answers Slack's own challenge, signed, at the public address."""
    if mode is None or mode is Mode.SOCKET:
        return
    url = settings.mlbug_public_url
    if not url:
        if mode is Mode.HTTP:
            yield Finding(
                "public URL",
                "MLBUG_PUBLIC_URL",
                Verdict.SKIPPED,
                "It is not set, so nothing can tell whether Slack reaches mlbug.",
                "Set it to the address that you entered as Request URL, without /slack/events.",
            )
        return
    if not url.startswith("https://") and "//127.0.0.1" not in url and "//localhost" not in url:
        yield Finding(
            "public URL",
            "MLBUG_PUBLIC_URL",
            Verdict.PROBLEM,
            "Slack sends only to https.",
            "Put TLS in front of mlbug.",
        )
        return
    wrong = challenge(url)
    if wrong:
        yield Finding(
            "public URL",
            url,
            Verdict.PROBLEM,
            wrong,
            "See that “mlbug serve” runs with this SLACK_SIGNING_SECRET, and that the proxy passes /slack/events on.",
        )
    else:
        yield Finding("public URL", url, Verdict.OK, "It answers Slack’s challenge, with this signing secret.")
