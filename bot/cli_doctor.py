"""`mlbug doctor`: everything that has to be right, looked at; each problem with what to do."""

import argparse
import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict

from bot import doctor, doctor_meaning, doctor_slack
from bot.app import utc_now
from bot.bar_file import load_bar
from bot.cli_doctor_history import LookedAt
from bot.doctor import Finding, Mode, Verdict
from bot.gateway import Gateway, Introduction, make_client
from bot.kept_client import KeptClient
from bot.saved_settings import environment_settings
from bot.settings import Settings, SettingsError, read_settings
from triage.bar import BarError
from triage.errors import MlbugError
from triage.workspace import WorkspaceSettings

INSTALLED_MOST = 50  # each costs some calls to Slack

_MARKS = {
    Verdict.OK: "ok       ",
    Verdict.WARNING: "warning  ",
    Verdict.PROBLEM: "PROBLEM  ",
    Verdict.AWAY: "AWAY     ",
    Verdict.SKIPPED: "skipped  ",
}


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the command."""
    command = commands.add_parser("doctor", help="every setting, scope and channel checked, each problem with its cure")
    command.add_argument("--json", action="store_true", help="one JSON value on standard output")
    command.set_defaults(func=run_doctor)


def run_doctor(arguments: argparse.Namespace) -> int:
    """0 all is well; 1 problems; 3 the database or Slack is out of reach."""
    findings = []
    for finding in examine():
        findings.append(finding)
        if not arguments.json:
            sys.stdout.write(_line(finding))
            sys.stdout.flush()
    problems = [each for each in findings if each.verdict in {Verdict.PROBLEM, Verdict.AWAY}]
    warnings = sum(each.verdict is Verdict.WARNING for each in findings)
    if arguments.json:
        told = {"ok": not problems, "problems": [asdict(p) for p in problems], "checks": [asdict(f) for f in findings]}
        sys.stdout.write(json.dumps(told) + "\n")
    sys.stderr.write(_summary(len(findings), len(problems), warnings) + "\n")
    if any(each.verdict is Verdict.AWAY for each in problems):
        return 3
    return 1 if problems else 0


def examine(env_file: str | None = ".env") -> Iterator[Finding]:
    """All findings, in the order in which to mend them."""
    settings, wrong = _readable(env_file)
    mode = doctor.mode_of(settings)
    yield from doctor.settings_findings(settings, mode, wrong.problems if wrong else [])
    unread = wrong.variables if wrong else ()
    for finding in _further(settings, mode):
        # That a setting is missing says nothing new where it could not be read.
        if not finding.todo.startswith(tuple(f"Set {name} " for name in unread)):
            yield finding


def _further(settings: Settings, mode: Mode | None) -> Iterator[Finding]:
    """What the settings lead to, as far as they could be read."""
    yield from _bar_findings(settings)
    history: LookedAt | None = None
    try:
        history = LookedAt(settings.database_url.get_secret_value())
    except (ValueError, MlbugError) as wrong:
        yield Finding("database", "DATABASE_URL", Verdict.PROBLEM, str(wrong), "Correct DATABASE_URL.")
    well: list[bool] = []
    if history is not None:
        for finding in doctor.database_findings(history, lambda: doctor_meaning.finding(settings)):
            well.append(finding.verdict is not Verdict.AWAY)
            yield finding
    reachable = history if history is not None and all(well) else None
    token = settings.slack_bot_token.get_secret_value()
    if token.startswith("xoxb-"):
        yield from _slack_findings(settings, token, reachable)
    if mode is Mode.OAUTH and reachable is not None:
        yield from _installed_findings(settings, reachable)
    if settings.slack_app_token.get_secret_value().startswith("xapp-"):
        with closing(make_client(settings.slack_app_token.get_secret_value(), settings.slack_api_url)) as app:
            yield from doctor_slack.socket_findings(_gateway(app))
    secret = settings.slack_signing_secret.get_secret_value()
    yield from doctor.public_url_findings(settings, mode, lambda url: challenge(url, secret))
    if history is not None:
        history.close()


def _readable(env_file: str | None) -> tuple[Settings, SettingsError | None]:
    """The settings, those that can't be read left out, and what is wrong with those."""
    try:
        return read_settings(env_file), None
    except SettingsError as wrong:
        return read_settings(env_file, **{name.lower(): "" for name in wrong.variables}), wrong


def _bar_findings(settings: Settings) -> Iterator[Finding]:
    subject = str(settings.mlbug_bar or "built-in")
    try:
        bar = load_bar(settings.mlbug_bar)
    except BarError as wrong:
        first = wrong.problems[0]
        more = f" ({len(wrong.problems) - 1} more)" if len(wrong.problems) > 1 else ""
        yield Finding(
            "bar",
            subject,
            Verdict.PROBLEM,
            f"{first.where}: {first.message}{more}",
            f"Run “mlbug bar check {subject}”.",
        )
    except SettingsError as wrong:
        yield Finding("bar", subject, Verdict.PROBLEM, wrong.problems[0], "Correct MLBUG_BAR, or clear it.")
    else:
        yield Finding("bar", subject, Verdict.OK, f"{bar.name} {bar.version} is sound.")


def _slack_findings(settings: Settings, token: str, history: LookedAt | None) -> Iterator[Finding]:
    with closing(make_client(token, settings.slack_api_url)) as client:
        gateway = _gateway(client)
        for told in doctor_slack.token_findings(gateway, "", utc_now()):
            if isinstance(told, Finding):
                yield told
                continue
            workspace = str(told.told.get("team_id", ""))
            yield from _history_findings(told, history)
            saved = history.saved(workspace) if history is not None else None
            yield from doctor_slack.workspace_findings(gateway, workspace, saved or environment_settings(settings))


def _installed_findings(settings: Settings, history: LookedAt) -> Iterator[Finding]:
    """The workspaces that installed it: whether their tokens can be read, and hold."""
    keys, where = settings.mlbug_token_keys.get_secret_value(), f"{settings.mlbug_public_url}/slack/install"
    if not keys or history.absent():
        return
    teams = history.installed()
    if not teams:
        yield Finding(
            "installations", "workspaces", Verdict.WARNING, "No workspace has installed it yet.", f"Open {where}."
        )
    for team in teams[:INSTALLED_MOST]:
        try:
            token = history.token(team, keys)
        except (MlbugError, ValueError) as wrong:
            yield Finding(
                "installations", team, Verdict.PROBLEM, str(wrong), f"Put the key back, or open {where} again."
            )
            continue
        if not token:
            continue
        with closing(make_client(token, settings.slack_api_url)) as client:
            gateway = _gateway(client)
            for told in doctor_slack.token_findings(gateway, team, utc_now(), f"installation {team}"):
                if isinstance(told, Finding):
                    yield told
            saved = history.saved(team) or WorkspaceSettings()
            yield from doctor_slack.workspace_findings(gateway, team, saved)
    if len(teams) > INSTALLED_MOST:
        left = len(teams) - INSTALLED_MOST
        yield Finding("installations", "workspaces", Verdict.SKIPPED, f"{left} more were not looked at.")


def _history_findings(met: Introduction, history: LookedAt | None) -> Iterator[Finding]:
    others = history.workspaces() - {str(met.told.get("team_id", ""))} if history is not None else frozenset()
    if others:
        yield Finding(
            "database",
            "workspaces",
            Verdict.WARNING,
            f"It holds the history of another workspace, too: {', '.join(sorted(others))}.",
            "If that is not meant, check SLACK_BOT_TOKEN and DATABASE_URL; nothing of it is shown here.",
        )


def _gateway(client: KeptClient) -> Gateway:
    return Gateway(lambda _workspace: client)


def challenge(url: str, signing_secret: str) -> str:
    """Ask a running server what Slack asks when a Request URL is entered; empty, or what went wrong."""
    body = json.dumps({"type": "url_verification", "challenge": "mlbug-doctor"}).encode()
    now = str(int(time.time()))
    seal = hmac.new(signing_secret.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={seal}"}
    # `Settings` lets only http and https through.
    request = urllib.request.Request(f"{url}/slack/events", body, headers, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=doctor.UNREACHED_S) as answer:  # noqa: S310  # as above
            told = answer.read(10_000).decode(errors="replace")
    except urllib.error.HTTPError as refused:
        refused.close()
        if refused.code == 401:
            return "It refuses the signature: that server has another SLACK_SIGNING_SECRET, or a wrong clock."
        return f"It answers {refused.code} to Slack’s challenge."
    except (OSError, ValueError) as lost:
        reason = getattr(lost, "reason", lost)
        return f"It can’t be reached from here ({type(reason).__name__})."
    return "" if "mlbug-doctor" in told else "Something answers there, but it is not mlbug."


def _line(finding: Finding) -> str:
    head = f"{_MARKS[finding.verdict]}{finding.check}: {finding.subject}. {finding.message}\n"
    return head + (f"         → {finding.todo}\n" if finding.todo else "")


def _summary(count: int, problems: int, warnings: int) -> str:
    if problems:
        return f"{count} checks: {_of(problems, 'problem')}, {_of(warnings, 'warning')}. Mend them from the top."
    return f"{count} checks: no problems, {_of(warnings, 'warning')}."


def _of(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
