"""One request from Slack is followed from its ack, by way of the queue, to each message that it led to."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from logged import Logged, events, logged
from reporting import Office, file_report, open_office, worst

from bot.listeners.lists import ReportLists
from bot.messages import Messages

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests is no package; the benchmarks' parts are used here

from tests.bench import payloads
from tests.bench.processes import end, environment, floor, free_port, start, wait_ready
from tests.scenario.test_http_mode import ask
from triage import bars

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}")


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[tuple[Office, Logged]]:
    with logged() as lines, open_office(tmp_path) as office:
        yield office, lines


def until(look: Callable[[], list[dict[str, Any]]], count: int = 1) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 15
    while len(found := look()) < count:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def file_one(office: Office) -> None:
    ben = office.person("ben")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning")).close()
    ben.sees("#triage", "ML-1")
    ben.reads_dm("mlbug", "ML-1")


def test_the_click_that_filed_a_report_is_found_at_the_ack_and_at_each_post(at_work: tuple[Office, Logged]) -> None:
    office, lines = at_work
    file_one(office)

    sent = until(lambda: lines.events("errand_sent"), 2)

    assert {each["kind"] for each in sent} == {"card", "dm"}
    (request,) = {each["request"] for each in sent}
    (ack,) = [each for each in lines.events("acked") if each["request"] == request]
    assert ID.fullmatch(request)
    assert (ack["kind"], ack["workspace"], ack["status"]) == ("interaction", office.sandbox.team.id, 200)
    assert f"errand_sent workspace={office.sandbox.team.id}" in lines.text.getvalue()
    assert len({each["request"] for each in lines.events("acked")}) == len(lines.events("acked"))


def test_a_repetition_by_slack_is_told(at_work: tuple[Office, Logged]) -> None:
    office, lines = at_work
    office.sandbox.faults.lose_ack("events_api")

    office.person("ben").types("mlbug", "Can labels be bought?")

    first, second = until(lambda: [each for each in lines.events("acked") if each["kind"] == "event"], 2)
    assert ("retry" in first, second["retry"]) == (False, 1)
    assert first["request"] != second["request"]


def test_the_reference_that_somebody_reads_is_the_requests_own(
    at_work: tuple[Office, Logged], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, lines = at_work

    def fails(*_: object, **__: object) -> None:
        raise KeyError("nobody foresaw it")

    monkeypatch.setattr(ReportLists, "first", fails)
    ben = office.person("ben")
    ben.types("#general", "/mlbug list")

    said = ben.sees_ephemeral("#general", "Something went wrong").words
    (failed,) = lines.events("listener_failed")
    assert failed["reference"] == failed["request"] == ID.search(said)[0]  # type: ignore[index]  # else the test fails
    assert failed["request"] in {each["request"] for each in lines.events("acked")}


def test_what_fails_at_the_post_names_the_request_too(
    at_work: tuple[Office, Logged], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, lines = at_work

    def fails(*_: object) -> None:
        raise KeyError("nobody foresaw it")

    monkeypatch.setattr(Messages, "plan", fails)
    file_report(office, office.person("ben"), "data_poisoning", {}).close()

    failed = until(lambda: lines.events("errand_failed"), 2)

    acks = {each["request"] for each in lines.events("acked")}
    assert {each["request"] for each in failed} <= acks
    assert {each["errand"] for each in failed} >= {"ML-1:card"}


def test_over_http_it_is_the_same(tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    with floor("slack") as slack:
        settings = environment(slack.port, f"sqlite:///{tmp_path / 'history.db'}") | {"MLBUG_LOG": "json"}
        process = start(port, settings, "--work", log=log)
        try:
            wait_ready(port, process)
            clicks = iter(range(0, 10_000, 50))
            for step in ("what", "what", "gates", "questions"):  # the first time the person is looked up
                until(lambda: [{}] if ask(port, payloads.command(0))[0] == 200 else [])
                answer = ask(port, payloads.submit(bars.builtin(), step, "d" * 32, next(clicks)))[1]
            assert b"Filed as ML-1" in answer
            body = payloads.command(0, "help")
            assert ask(port, body, **{"X-Slack-Retry-Num": "2"})[0] == 200
            (card,) = until(lambda: [e for e in events(log.read_text(), "errand_sent") if e["kind"] == "card"])
            acks = until(lambda: [e for e in events(log.read_text(), "acked") if e.get("retry")])
        finally:
            end(process)

    (filed,) = [each for each in events(log.read_text(), "acked") if each["request"] == card["request"]]
    assert (filed["kind"], filed["status"]) == ("interaction", 200)
    assert [each["retry"] for each in acks] == [2]
