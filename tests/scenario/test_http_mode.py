"""`mlbug serve --work` as a process, with the sandbox sending over HTTP: the main job, health, limits, and an orderly end."""

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests is no package; the benchmarks' parts are used here

from tests.bench import payloads
from tests.bench.client import FORM, headers_for
from tests.bench.processes import environment, floor, free_port, start, wait_ready
from triage import bars


@contextmanager
def serving(folder: Path, *flags: str, **more: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    with floor("slack") as slack:
        settings = environment(slack.port, f"sqlite:///{folder / 'history.db'}") | more
        process = start(port, settings, *flags, log=folder / "log")
        try:
            wait_ready(port, process)
            yield process, port
        finally:
            process.kill()
            process.wait()


def ask(port: int, body: bytes, method: str = "POST", path: str = "/slack/events", **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request(method, path, body, {"Content-Type": FORM, **headers_for(body), **headers})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_a_report_is_filed_over_http_and_the_process_ends_in_order(tmp_path: Path) -> None:
    with serving(tmp_path, "--work") as (process, port):
        ask(port, payloads.command(0))
        answer = b"look you up"
        until = time.monotonic() + 10
        clicks = iter(range(50, 10_000, 50))
        while b"look you up" in answer and time.monotonic() < until:
            answer = ask(port, payloads.submit(bars.builtin(), "what", "d" * 32, next(clicks)))[1]
        assert b"Does the bar apply?" in answer
        assert b"How bad is it?" in ask(port, payloads.submit(bars.builtin(), "gates", "d" * 32, next(clicks)))[1]
        assert b"Filed as ML-1" in ask(port, payloads.submit(bars.builtin(), "questions", "d" * 32, next(clicks)))[1]
        numbers = ask(port, b"", "GET", "/metrics")[1]
        assert b"mlbug_ack_seconds_count" in numbers
        assert b"mlbug_worker_alive 1" in numbers
        assert b"mlbug_saving_inside 0" in numbers

        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_what_a_command_says_of_payloads_is_heard(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, port):
        status, _ = ask(port, payloads.command(0, "the payload is too large"))

        assert status == 200


def test_sizes_methods_and_paths_are_bounded(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, port):
        assert ask(port, b"x" * (3 * 1024 * 1024))[0] == 413
        assert ask(port, b"", "GET")[0] == 405
        assert ask(port, b"", "POST", "/healthz")[0] == 405
        assert ask(port, b"", "GET", "/elsewhere")[0] == 404
        assert ask(port, b"ssl_check=1&token=x", **{"X-Slack-Signature": ""})[0] == 200


def test_one_person_cannot_crowd_out_the_others(tmp_path: Path) -> None:
    with serving(tmp_path, MLBUG_RATE_PERSON="20") as (_, port):  # ten at once
        told = [ask(port, payloads.command(50 * n, "help"))[1] for n in range(12)]

        assert b"more than mlbug takes from one person" in told[-1]
        assert b"more than mlbug takes" not in ask(port, payloads.command(1, "help"))[1]
        assert b'mlbug_refused_total{why="rate"} 2' in ask(port, b"", "GET", "/metrics")[1]


def test_a_schema_that_is_too_new_is_refused_with_what_to_do(tmp_path: Path, sqlite_url: str) -> None:
    import sqlite3  # noqa: PLC0415  # only here

    file = sqlite_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    log = tmp_path / "log"
    with floor("slack") as slack:
        process = start(free_port(), environment(slack.port, sqlite_url), log=log)
        status = process.wait(30)

    assert status == 1
    assert "upgraded by a newer one" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("missing", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"])
def test_what_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    log = tmp_path / "log"
    settings = environment(9, f"sqlite:///{tmp_path / 'x.db'}") | {missing: ""}
    process = start(free_port(), settings, log=log)

    assert process.wait(30) == 2
    assert missing in log.read_text(encoding="utf-8")
