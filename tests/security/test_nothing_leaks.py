"""What somebody typed, and every secret, stays out of the log, of standard error and of the metrics.

One walk through the whole product with marked words: reporting, care, questions, the digest, faults of Slack and of our own,
at the most talkative level, in both forms. Then the same words are looked for in every line.
"""

import contextlib
import http.client
import json
import logging
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from logged import Logged, events, logged
from reporting import Office, answer_gates, answer_questions, fill_what, settings_for, worst
from slack_bolt import BoltRequest
from sqlalchemy.exc import DBAPIError

from bot.app import Assistant
from bot.cli_admin import new_key
from bot.cli_run import serving
from bot.gateway import Gateway
from bot.listeners.lists import ReportLists
from bot.manifest import manifest
from bot.manifest_http import over_http
from bot.messages import Messages
from bot.metrics import Metrics
from bot.roster import Roster
from bot.sandbox.definition import AppDefinition
from bot.sandbox.driver import Person
from bot.sandbox.server import Sandbox
from triage import bars

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests is no package; the benchmarks' parts are used here

from tests.bench import payloads
from tests.bench.client import FORM, headers_for
from tests.bench.processes import environment, floor, free_port, start, wait_ready

MARK = "quicksilver"  # in every word that somebody types here
THREAT = "data_poisoning"
WEBHOOK = "https://quicksilver.invalid/quicksilver-path"


def typed(what: str) -> str:
    """Marked words of one kind, so that a leak says where it came from."""
    return f"{MARK} {what} {MARK}{what}"


@dataclass
class Watch:
    """What must not be found, and how often a place was looked through."""

    secrets: dict[str, str] = field(default_factory=dict)

    def leaks(self, text: str) -> list[str]:
        """The lines with something that must not be there, by the name of what it is."""
        found = []
        for line in text.splitlines():
            low = line.lower()
            found += [f"{name}: {line}" for name, secret in self.secrets.items() if secret and secret.lower() in low]
            if MARK in low:
                found.append(f"words: {line}")
        return found


@dataclass
class Walk:
    """The office, and what it logged."""

    office: Office
    lines: Logged
    watch: Watch

    def leaks(self) -> list[str]:
        return self.watch.leaks(self.lines.text.getvalue()) + self.watch.leaks(self.lines.json.getvalue())


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    webhook_secret = secrets.token_hex(16)
    with logged(logging.DEBUG) as lines, Sandbox(app=AppDefinition.from_manifest(manifest())) as sandbox:
        channel = sandbox.team.channel_by_name("general")
        settings = settings_for(
            sandbox,
            f"sqlite:///{tmp_path / 'history.db'}",
            mlbug_webhook_secret=webhook_secret,
            mlbug_digest_channel=channel.id if channel else "",
            mlbug_admins=sandbox.person("ana").id,
        )
        watch = Watch(
            {
                "bot token": sandbox.bot_token,
                "app token": sandbox.app_token,
                "signing secret": sandbox.signing_secret,
                "webhook secret": webhook_secret,
                "response address": "/respond/",
                "socket ticket": "ticket=",
            }
        )
        with serving(settings, lambda: datetime.fromtimestamp(sandbox.clock.now(), UTC)) as (assistant, _socket):
            sandbox.wait_for_app()
            tell_another_program(assistant, sandbox.team.id)
            yield Walk(Office(sandbox, assistant, settings), lines, watch)


def tell_another_program(assistant: Assistant, workspace: str) -> None:
    """Set a webhook, at an address that is a secret by itself and leads nowhere."""
    with assistant.desk.changes.place.write() as work:
        saved = assistant.settings.of(workspace).model_copy(update={"webhook": WEBHOOK})
        work.settings.put(workspace, saved, datetime.now(UTC), "U1")
        work.commit()
    assistant.settings.forget(workspace)


def file_one(
    office: Office, person: Person, *, restricted: bool = False, answers: dict[str, str] | None = None
) -> None:
    bar = office.bar
    person.types("#triage", f"/mlbug {typed('command')}")
    modal = person.modal("Report an ML bug")
    modal.choose("Affected system", modal.search("Affected system", typed("system"))[0])
    if restricted:
        modal.choose("Who may read it", "Restricted")
    fill_what(modal, bar.threat(THREAT).name, title=typed("title"), description=typed("description"))
    answer_gates(bar, person.modal("Does the bar apply?"))
    answer_questions(bar, person.modal("How bad is it?"), THREAT, worst(bar, THREAT) if answers is None else answers)
    person.modal("The verdict").close()


def ask_around(office: Office) -> None:
    ben, ana = office.person("ben"), office.person("ana")
    ben.types("#general", f"/mlbug ask {typed('question')}")
    ben.sees_ephemeral("#general")
    like_the_report = f"{typed('title')} {typed('description')}"
    ben.types("#triage", f"@mlbug {typed('mention')} {like_the_report}")
    ben.sees("#triage", typed("mention")).sees_reply("ML-")
    ana.types("mlbug", f"{typed('direct')} {like_the_report}")
    ana.sees("mlbug", typed("direct")).sees_reply("ML-1")
    ben.types("#general", typed("message"))
    ben.shortcut("Triage this message", ben.sees("#general", typed("message")))
    fill_what(ben.modal("Report an ML bug"), "Not sure, help me choose", title=" ", description=typed("draft"))
    ben.modal("Report an ML bug").close()
    for words in (
        f"list {MARK}",
        f"show {MARK}",
        "list mine",
        "report 30d",
        "digest preview",
        "bar",
        "export json",
        "settings",
    ):
        ana.types("#general", f"/mlbug {words}")
    ana.modal("mlbug settings").close()
    ana.home("ML-1")


def take_care(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    ana.sees("#triage", "ML-1").press("Override…")
    modal = ana.modal("Override ML-1")
    modal.choose("Severity that counts", "Moderate").fill("Why is the bar wrong here?", typed("override")).submit()
    ana.sees("#triage", "Moderate by override").press("Accept")
    ana.sees("#triage", "State: accepted").press("Close…")
    close = ana.modal("Close ML-1").choose("How does it end?", "Risk accepted until…")
    close.choose("Risk accepted until", "2027-03-01").fill("Reason", typed("risk")).submit()
    ana.sees("#triage", "risk accepted until").press("Restrict")
    ana.sees("#triage", "Restricted report")
    file_one(office, ben, answers={"control": "chosen", "decision": "automated"})
    ana.sees("#triage", "ML-2").press("Ask the Reporter")
    asked = ben.reads_dm("mlbug", "A question about ML-2")[-1]
    asked.press(asked.buttons[0])
    ben.reads_dm("mlbug", "Thank you.")


def bad_days(office: Office) -> None:
    faults, ben = office.sandbox.faults, office.person("ben")
    ben.patience = 30.0
    faults.fail("chat.postMessage")
    faults.limit("chat.postMessage")
    faults.refuse("chat.update", "message_not_found")
    faults.drop("conversations.open", after_acting=True)
    faults.drop("views.open", after_acting=False)
    faults.lose_ack("interactive")
    faults.deliver_again("events_api")
    ben.types("#general", f"/mlbug {typed('lost')}")
    ben.sees_ephemeral("#general")
    ben.types("#triage", f"/mlbug {typed('lost')}")
    lost = ben.modal("Report an ML bug").fill("Title", typed("lost"))
    lost.fill("Description", typed("lost")).choose("Which threat is it?", office.bar.threat(THREAT).name).submit()
    lost.submit()
    ben.modal("Does the bar apply?").close()
    file_one(office, ben)
    ben.reads_dm("mlbug", "ML-3")
    faults.clear()
    office.sandbox.disconnect()
    ben.wait_for(lambda: None if office.sandbox.hub.link.is_connected else True, lambda: "still connected")
    ben.wait_for(lambda: True if office.sandbox.hub.link.is_connected else None, lambda: "not back")


def strange_payloads(office: Office) -> None:
    """What no listener takes, and what Bolt can't read: it would quote the whole of it."""
    body = {
        "type": "block_actions",
        "team": {"id": office.sandbox.team.id},
        "user": {"id": "U1"},
        "words": typed("odd"),
    }
    for strange in (
        {"type": "event_callback", "event": {"type": "reaction_added", "item": typed("odd")}},
        {"type": "event_callback", "event": {"type": "message", "text": typed("odd"), "channel": "D1", "user": "U1"}},
        {"type": typed("type")},
        {"command": "/" + MARK, "text": typed("odd")},
        body | {"actions": [{"action_id": typed("action"), "block_id": "b", "value": typed("value")}]},
        {"type": "view_submission", "view": {"callback_id": typed("callback"), "state": {"values": {}}}},
    ):
        with contextlib.suppress(Exception):  # as the adapters do
            office.assistant.bolt.dispatch(BoltRequest(body=dict(strange), mode="socket_mode"))


def unforeseen(office: Office, lines: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors that quote what they were given, wherever something may fail: listener, side job, worker, round, thread."""

    def fails(*_: object, **__: object) -> Any:
        given = {"title": typed("parameter")}
        raise DBAPIError("INSERT INTO reports", given, ValueError(typed("value"))) from KeyError(typed("key"))

    ben = office.person("ben")
    with monkeypatch.context() as patched:
        patched.setattr(ReportLists, "first", fails)
        ben.types("#general", "/mlbug list")
        ben.sees_ephemeral("#general", "Something went wrong")
    with monkeypatch.context() as patched:
        patched.setattr(Gateway, "open_view", fails)
        ben.types("#ml-platform", f"/mlbug {typed('title')}")
        patched.setattr(Roster, "refresh", fails)
        office.assistant.ticker.once()
        patched.setattr(Messages, "plan", fails)
        ben.types("mlbug", typed("direct"))  # an errand that nobody can plan
        until(lambda: "errand_failed" in {each["event"] for each in lines.events()})


def a_week_later(office: Office) -> None:
    office.assistant.schedule.look()
    office.sandbox.move_on(8 * 24 * 3600)
    office.assistant.schedule.look()
    office.person("ana").sees("#general", "digest")


def test_the_whole_product_logs_nothing_of_what_it_was_told(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    office = walk.office
    file_one(office, office.person("ben"))
    ask_around(office)
    take_care(office)
    strange_payloads(office)
    bad_days(office)
    unforeseen(office, walk.lines, monkeypatch)
    a_week_later(office)

    told = {each["event"] for each in walk.lines.events()}
    assert told >= {"acked", "errand_sent", "errand_later", "slack_fault", "listener_failed", "side_job_failed"}
    assert told >= {"round_failed", "errand_failed", "digest_claimed", "library_said"}
    assert {each["error"] for each in walk.lines.events("errand_later")} & {"webhook_rests", "webhook_unknown_host"}
    assert walk.leaks() == []
    assert walk.watch.leaks(capfd.readouterr().err) == []


def test_a_leak_would_be_found(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    leaky = logging.getLogger("bot.leaky")

    def first(_lists: ReportLists, _viewer: object, words: str) -> Any:
        leaky.info("asked", extra={"words": words})
        leaky.warning("asked", extra={"token_kept": walk.office.sandbox.signing_secret})
        raise KeyError(words)

    monkeypatch.setattr(ReportLists, "first", first)
    ben = walk.office.person("ben")
    ben.types("#general", f"/mlbug list {MARK}")
    ben.sees_ephemeral("#general", "Something went wrong")

    assert sorted(each.split(":")[0] for each in walk.leaks()) == ["signing secret"] * 2 + ["words"] * 2


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def send(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def strangers(port: int) -> None:
    """What anybody can send."""
    words = typed("stranger").replace(" ", "+")
    forms: list[Callable[[bytes], dict[str, str]]] = [
        lambda body: {"Content-Type": FORM, **headers_for(body), "X-Slack-Signature": "v0=" + "0" * 64},
        lambda body: {"Content-Type": FORM, **headers_for(body)},
        lambda body: {"Content-Type": "application/json", **headers_for(body), MARK: words, "X-Slack-Retry-Num": words},
    ]
    for body in (f"text={words}", f"payload={words}", json.dumps({"text": words}), f'{{"type": "{words}", ', words):
        for form in forms:
            send(port, "POST", "/slack/events", body.encode(), **form(body.encode()))
    send(port, "GET", f"/{MARK}?{words}")
    send(port, "GET", f"/slack/oauth_redirect?code={words}&state={words}", Cookie=f"mlbug_state={words}")
    send(port, "GET", f"/slack/oauth_redirect?error={words}&state={'a' * 43}", Cookie=f"mlbug_state={'a' * 43}")
    with contextlib.suppress(OSError, http.client.HTTPException):
        send(port, MARK.upper(), "/" + "x" * 9000, **{MARK: words})


def test_a_server_tells_strangers_words_to_nobody(tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    with floor("slack") as slack:
        settings = environment(slack.port, f"sqlite:///{tmp_path / 'history.db'}") | {"MLBUG_LOG": "json"}
        process = start(port, settings, "--work", log=log)
        try:
            wait_ready(port, process)
            strangers(port)
            for n in range(4):
                body = payloads.command(50 * n, typed("command").replace(" ", "+"))
                assert send(port, "POST", "/slack/events", body, **{"Content-Type": FORM, **headers_for(body)}) == 200
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:  # our own
                metrics = answer.read().decode()
        finally:
            process.terminate()
            assert process.wait(20) == 0

    watch = Watch({name: value for name, value in settings.items() if name.startswith("SLACK_") and "URL" not in name})
    assert set(watch.secrets) >= {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"}
    told = log.read_text()
    assert len(events(told, "acked")) >= 4
    assert watch.leaks(told + metrics) == []


def test_installing_by_oauth_logs_no_token_code_or_state(tmp_path: Path) -> None:
    log, port, key = tmp_path / "log", free_port(), new_key()
    url = f"http://127.0.0.1:{port}"
    with Sandbox(app=AppDefinition.from_manifest(over_http(manifest(), url, oauth=True))) as sandbox:
        env = {
            "SLACK_CLIENT_ID": sandbox.keys.client_id,
            "SLACK_CLIENT_SECRET": sandbox.keys.client_secret,
            "SLACK_SIGNING_SECRET": sandbox.signing_secret,
            "SLACK_API_URL": sandbox.api_url,
            "DATABASE_URL": f"sqlite:///{tmp_path / 'history.db'}",
            "MLBUG_PUBLIC_URL": url,
            "MLBUG_TOKEN_KEYS": key,
            "MLBUG_LOG": "json",
        }
        process = start(port, os.environ | env, "--work", log=log)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        try:
            wait_ready(port, process)
            sandbox.deliver_to(f"{url}/slack/events")
            page = opener.open(f"{url}/slack/install").read().decode()
            allow = next(part for part in page.split('"') if sandbox.team.id in part).replace("&amp;", "&")
            with opener.open(sandbox.url.rstrip("/") + allow) as landed:
                query = dict(part.split("=") for part in landed.geturl().partition("?")[2].split("&"))
            with pytest.raises(urllib.error.HTTPError):
                opener.open(f"{url}/slack/oauth_redirect?code={query['code']}&state={query['state']}")
            sandbox.faults.refuse("chat.postMessage", "token_revoked")
            sandbox.person("ana").types("#triage", f"/mlbug {typed('command')}")
            sandbox.person("ana").modal("Report an ML bug").close()
            sandbox.uninstall()
            watch = Watch(
                {name: env[name] for name in ("SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "MLBUG_TOKEN_KEYS")}
                | {"code": query["code"], "state": query["state"], "bot token": sandbox.team.bot_token}
            )
        finally:
            process.terminate()
            assert process.wait(20) == 0

    told = log.read_text()
    assert events(told, "installed")
    assert watch.leaks(told) == []


def test_importing_and_rating_say_no_words_on_standard_error(tmp_path: Path) -> None:
    rows = [{"key": f"K{n}", "title": typed("title"), "description": typed("description")} for n in range(3)]
    bad = [
        {"key": "K9", "title": typed("title"), "created_at": typed("date")},
        {"title": typed("title"), "state": "no"},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows + bad) + f"\n{{{typed('half')}\n", encoding="utf-8")
    environment_ = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MLBUG_"))}
    environment_ |= {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}",
        "SLACK_BOT_TOKEN": "xoxb-1-" + MARK,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
    }
    said = ""
    for command in (
        ["import", str(file), "--workspace", "T1"],
        ["search", "nothing like it", "--workspace", "T1"],
        ["doctor"],
    ):
        done = subprocess.run(  # noqa: S603  # our own program
            [sys.executable, "-m", "bot.cli", *command], env=environment_, capture_output=True, text=True, check=False
        )
        said += done.stderr + (done.stdout if command == ["doctor"] else "")

    assert "line 4" in said.lower()
    assert Watch().leaks(said) == []


def test_metrics_hold_names_that_are_ours_alone() -> None:
    metrics = Metrics()
    metrics.refused("signature")

    assert Watch().leaks(metrics.text()) == []
    assert bars.builtin().id not in metrics.text()
