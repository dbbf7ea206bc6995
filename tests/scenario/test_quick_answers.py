"""The loop that reads requests answers what waits for nothing, and nothing else: it never asks the database itself."""

import http.client
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests is no package; the benchmarks' parts are used here

import db.work
from bot.cli_serve import Made, _assembled
from bot.serve import SLACK_PATH, Lanes, Server, SlackDoor, beside
from bot.settings import read_settings
from bot.slack_http import Seal
from tests.bench import payloads
from tests.bench.client import FORM, headers_for
from tests.bench.processes import environment, floor

LOOP = "telling"  # the thread in which `beside` runs its loop


@dataclass
class Office:
    """A server in this process, and which threads asked the database and answered requests."""

    made: Made
    port: int
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    def type(self, text: str, person: int) -> bytes:
        body = payloads.command(person, text)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("POST", SLACK_PATH, body, {"Content-Type": FORM, **headers_for(body)})
            response = connection.getresponse()
            assert response.status == 200
            return response.read()
        finally:
            connection.close()

    def meet(self, person: int) -> None:
        """Let the assistant look somebody up, as it does beside their first command."""
        self.type("", person)
        until = time.monotonic() + 20
        while not self.made.assistant.listeners.command.is_quick(_typed(person)):
            assert time.monotonic() < until
            time.sleep(0.02)


def _typed(person: int) -> dict[str, Any]:
    return {"command": "/mlbug", "team_id": "T0BENCH01", "user_id": f"U0BENCH{person % payloads.PEOPLE:02}", "text": ""}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with floor("slack") as slack:
        for name, value in environment(slack.port, f"sqlite:///{tmp_path / 'history.db'}").items():
            monkeypatch.setenv(name, value)
        settings = read_settings()
        with _assembled(settings) as made:
            seal = Seal(settings.slack_signing_secret.get_secret_value())
            is_quick = made.assistant.listeners.command.is_quick
            door = SlackDoor(made.assistant.bolt, made.assistant.pool, seal, Lanes(), made.metrics, is_quick)
            with beside(Server({SLACK_PATH: door}, "127.0.0.1", 0)) as port:
                opened = Office(made, port)
                _listen(opened, door, monkeypatch)
                yield opened


def _listen(office: Office, door: SlackDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, dispatch = db.work.begin, door._dispatch

    @contextmanager
    def begun(*given: Any, **more: Any) -> Iterator[Any]:
        office.asked.append(threading.current_thread().name)
        with begin(*given, **more) as transaction:
            yield transaction

    def dispatched(came: Any) -> Any:
        office.answered.append(threading.current_thread().name)
        return dispatch(came)

    monkeypatch.setattr(db.work, "begin", begun)
    monkeypatch.setattr(door, "_dispatch", dispatched)


@pytest.mark.parametrize("text", ["", "The filter leaks what it was trained on", "help"])
def test_who_is_known_gets_the_dialog_from_the_loop_itself(office: Office, text: str) -> None:
    office.meet(1)
    office.answered.clear()

    office.type(text, 51)  # the same person again, with another signature

    assert office.answered == [LOOP]


def test_who_is_not_known_waits_for_nobody_either(office: Office) -> None:
    office.type("", 2)

    assert office.answered[0].startswith("asking")


@pytest.mark.parametrize(
    "text", ["list", "list mine", "ask is this new?", "show ML-1", "why ML-1", "report", "bar", "settings", "export"]
)
def test_what_asks_the_history_is_answered_by_a_thread(office: Office, text: str) -> None:
    office.meet(1)
    office.answered.clear()

    office.type(text, 51)

    assert [name.partition("_")[0] for name in office.answered] == ["asking"]


def test_the_loop_never_asks_the_database(office: Office) -> None:
    office.meet(1)
    for turn, text in enumerate(("", "help", "list", "ask x", "show ML-1", "report", "bar", "settings", "digest", "y")):
        office.type(text, 50 * turn + 101)

    assert office.asked  # they did ask
    assert LOOP not in office.asked


def test_a_saved_setting_that_another_process_may_have_changed_is_read_by_a_thread(office: Office) -> None:
    office.meet(1)
    office.made.assistant.settings.forget("T0BENCH01")
    office.answered.clear()

    office.type("", 51)

    assert [name.partition("_")[0] for name in office.answered] == ["asking"]
    assert LOOP not in office.asked
