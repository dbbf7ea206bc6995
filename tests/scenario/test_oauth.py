"""Two workspaces install mlbug by OAuth, as people do in a browser; `mlbug serve` as an operator starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from databases import opened
from reporting import answer_gates, answer_questions, fill_what, worst

from bot.cli_admin import new_key
from bot.cli_doctor import examine
from bot.doctor import Finding, Verdict
from bot.manifest import manifest
from bot.manifest_http import over_http
from bot.sandbox.definition import AppDefinition, Human, Room, WorkspaceDefinition
from bot.sandbox.driver import Person
from bot.sandbox.server import Sandbox
from bot.sandbox.team import Team
from db.installations import SqlInstallations
from db.seal import Seal
from triage import bars

BAR = bars.builtin()
OTHER = WorkspaceDefinition(
    "Saltmarsh", "saltmarsh", (Human("ida", "Ida Berg", is_admin=True),), (Room("triage", ("ida",)),)
)


class Browser:
    """Keeps cookies, follows to Slack and back."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.landed = ""

    def get(self, url: str) -> tuple[int, str]:
        try:
            with self._opener.open(url) as answer:
                self.landed = answer.geturl()
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            self.landed = refused.geturl() or url
            with refused:
                return refused.code, refused.read().decode()


@dataclass
class Town:
    """A sandbox with two workspaces and `mlbug serve` beside it."""

    sandbox: Sandbox
    url: str
    database_url: str
    store: SqlInstallations
    log: Path
    env: dict[str, str]

    def findings(self, monkeypatch: pytest.MonkeyPatch, **changed: str) -> list[Finding]:
        """What the doctor says of it."""
        for name, value in (self.env | changed).items():
            monkeypatch.setenv(name, value)
        return list(examine(env_file=None))

    def install(self, team: Team, browser: Browser | None = None) -> tuple[int, str]:
        """From the install page to the end, in one browser."""
        browser = browser or Browser()
        return browser.get(self.allow(team, browser))

    def allow(self, team: Team, browser: Browser) -> str:
        """The address behind Allow on Slack's page."""
        status, page = browser.get(f"{self.url}/slack/install")
        assert status == 200
        link = next(part for part in page.split('"') if team.id in part).replace("&amp;", "&")
        return self.sandbox.url.rstrip("/") + link

    def person(self, handle: str, team: Team) -> Person:
        return self.sandbox.person(handle, team)


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Iterator[Town]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    key = new_key()
    app = AppDefinition.from_manifest(over_http(manifest(), url, oauth=True))
    with Sandbox(others=[OTHER], app=app) as sandbox:
        env = {
            "SLACK_CLIENT_ID": sandbox.keys.client_id,
            "SLACK_CLIENT_SECRET": sandbox.keys.client_secret,
            "SLACK_SIGNING_SECRET": sandbox.signing_secret,
            "SLACK_API_URL": sandbox.api_url,
            "DATABASE_URL": sqlite_url,
            "MLBUG_PUBLIC_URL": url,
            "MLBUG_TOKEN_KEYS": key,
            "PORT": str(port),
        }
        log = tmp_path / "log"
        command = [sys.executable, "-m", "bot.cli", "serve", "--work", "--host", "127.0.0.1"]
        with log.open("wb") as into, subprocess.Popen(command, env=os.environ | env, stderr=into) as process:  # noqa: S603  # our own
            try:
                _wait_for(url, process, log)
                sandbox.deliver_to(f"{url}/slack/events")
                with opened(sqlite_url) as engine:
                    yield Town(sandbox, url, sqlite_url, SqlInstallations(engine, Seal(key)), log, env)
            finally:
                process.terminate()
                assert process.wait(20) == 0


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/healthz"):  # noqa: S310  # our own
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
    pytest.fail("mlbug serve did not come up: " + log.read_text())


def file_one(town: Town, handle: str, team: Team, title: str) -> None:
    person = town.person(handle, team)
    person.types("#triage", "/mlbug")
    fill_what(person.modal("Report an ML bug"), BAR.threat("data_poisoning").name, title=title)
    answer_gates(BAR, person.modal("Does the bar apply?"))
    answer_questions(BAR, person.modal("How bad is it?"), "data_poisoning", worst(BAR, "data_poisoning"))
    assert "Filed as ML-1" in person.modal("The verdict").text


def test_two_workspaces_install_it_and_keep_their_histories_apart(town: Town) -> None:
    first, second = town.sandbox.teams
    for team in (first, second):
        status, page = town.install(team)
        assert (status, "mlbug is installed" in page, team.name in page) == (200, True, True)

    file_one(town, "ana", first, "Labels can be bought")
    file_one(town, "ida", second, "Prompts leak")

    ana, ida = town.person("ana", first), town.person("ida", second)
    ana.types("#triage", "/mlbug show ML-1")
    assert "Labels can be bought" in ana.sees_ephemeral("#triage").words
    ida.types("#triage", "/mlbug show ML-1")
    shown = ida.sees_ephemeral("#triage").words
    assert "Prompts leak" in shown
    assert "Labels" not in shown
    database = Path(town.database_url.removeprefix("sqlite:///"))
    kept = b"".join(file.read_bytes() for file in database.parent.glob(database.name + "*"))
    for team in (first, second):
        assert team.bot_token.encode() not in kept
        assert team.bot_token not in town.log.read_text()


def test_whoever_installs_is_told_the_next_step(town: Town) -> None:
    first = town.sandbox.team
    town.install(first)

    message = town.person("ana", first).sees("@mlbug", "Three steps to go")

    assert "/mlbug settings" in message.words


def test_a_state_is_good_once_and_in_its_own_browser(town: Town) -> None:
    second = town.sandbox.teams[1]
    mine, theirs = Browser(), Browser()
    allow = town.allow(second, mine)

    status, page = theirs.get(allow)
    assert (status, "did not begin in this browser" in page) == (400, True)
    assert mine.get(allow)[0] == 200
    status, page = mine.get(mine.landed)
    assert status == 400
    status, page = mine.get(f"{town.url}/slack/oauth_redirect?code=x&state={'a' * 43}")
    assert status == 400
    assert list(town.store.teams()) == [second.id]


def _typed(town: Town, handle: str, team: Team) -> str:
    person = town.person(handle, team)
    person.types("#triage", "/mlbug help")
    return person.sees_ephemeral("#triage").words


def test_saying_no_installs_nothing(town: Town) -> None:
    browser = Browser()
    allow = town.allow(town.sandbox.team, browser)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(allow).query)["state"][0]

    status, page = browser.get(f"{town.url}/slack/oauth_redirect?error=access_denied&state={state}")

    assert (status, "Not installed" in page) == (200, True)
    assert list(town.store.teams()) == []


def test_a_workspace_that_did_not_install_it_is_told_so(town: Town) -> None:
    """The sandbox believes that its first workspace has the app; mlbug knows nothing of it."""
    assert "not installed in this workspace" in _typed(town, "ana", town.sandbox.team)


def test_uninstalling_forgets_the_token_at_once_and_leaves_the_others_alone(town: Town) -> None:
    first, second = town.sandbox.teams
    town.install(first)
    town.install(second)

    town.sandbox.uninstall(second)

    _until(lambda: list(town.store.teams()) == [first.id])
    assert town.store.of_team(second.id) is None
    assert "/mlbug" in _typed(town, "ana", first)


def test_it_can_be_installed_again(town: Town) -> None:
    second = town.sandbox.teams[1]
    town.install(second)
    town.sandbox.uninstall(second)
    _until(lambda: list(town.store.teams()) == [])

    assert town.install(second)[0] == 200

    assert "/mlbug" in _typed(town, "ida", second)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_doctor_sees_the_server_and_each_installation(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.install(town.sandbox.team)

    found = {(each.check, each.subject.split()[0]): each.verdict for each in town.findings(monkeypatch)}

    assert found["public URL", town.url] is Verdict.OK
    assert found["token", "installation"] is Verdict.OK
    assert found["channel", "triage"] is Verdict.PROBLEM  # nobody saved settings yet


def test_the_doctor_tells_a_wrong_secret_and_a_lost_key(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.install(town.sandbox.team)

    wrong = town.findings(monkeypatch, SLACK_SIGNING_SECRET="another", MLBUG_TOKEN_KEYS=new_key())

    told = {each.check: each for each in wrong if each.verdict is Verdict.PROBLEM}
    assert "another SLACK_SIGNING_SECRET" in told["public URL"].message
    assert "MLBUG_TOKEN_KEYS" in told["installations"].message


def test_the_doctor_says_where_to_install(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [each for each in town.findings(monkeypatch) if each.check == "installations"]

    assert [f"{town.url}/slack/install" in each.todo for each in found] == [True]
