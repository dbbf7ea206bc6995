"""`mlbug run` over a connection that dies without a word, and what it tells of itself meanwhile."""

import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from reporting import settings_for
from slack_sdk.socket_mode.builtin.connection import ConnectionState

from bot import run
from bot.cli_run import Started, started
from bot.cli_telling import checks, telling, watch_over
from bot.health import Health
from bot.manifest import manifest
from bot.metrics import HELP, Metrics
from bot.sandbox.definition import AppDefinition
from bot.sandbox.server import Sandbox


@pytest.fixture
def at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Sandbox, Started, Metrics]]:
    for name, seconds in {"PING_EVERY_S": 0.2, "LOOK_EVERY_S": 0.1, "SILENT_AFTER_S": 1.0, "TRY_EVERY_S": 0.5}.items():
        monkeypatch.setattr(run, name, seconds)
    metrics = Metrics()
    with Sandbox(app=AppDefinition.from_manifest(manifest())) as sandbox:
        settings = settings_for(sandbox, f"sqlite:///{tmp_path / 'history.db'}")
        with started(settings, metrics=metrics) as made:
            sandbox.wait_for_app()
            yield sandbox, made, metrics


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_after_a_cut_without_a_word_it_is_connected_again(at_work: tuple[Sandbox, Started, Metrics]) -> None:
    sandbox, made, _ = at_work
    stop, ended = threading.Event(), []

    def waiting() -> None:
        ended.append(run.wait(stop, lambda: made.socket.connected, made.socket.connect_anew, lambda: True))

    watchdog = threading.Thread(target=waiting)
    watchdog.start()
    ana = sandbox.person("ana")
    sandbox.disconnect(abruptly=True)
    ana.wait_for(lambda: None if sandbox.hub.link.is_connected else True, lambda: "still connected")
    ana.patience = 20.0
    ana.wait_for(lambda: True if sandbox.hub.link.is_connected else None, lambda: "not back")

    ana.types("#triage", "/mlbug help")
    assert "/mlbug" in ana.sees_ephemeral("#triage").words
    stop.set()
    watchdog.join(20)
    assert ended == [True]


def test_a_reader_that_cant_be_told_to_end_keeps_nobody(
    at_work: tuple[Sandbox, Started, Metrics], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "END_WITHIN_S", 0.2)
    _, made, _ = at_work
    client = made.socket._handler.client
    until(lambda: client.current_session.last_ping_pong_time is not None)  # it reads
    reading, reader = client.current_session_state, client.current_session_runner.thread
    # What the SDK's connect may do right after its reader began: from then on nobody holds the state that it reads with.
    client.current_session_state = ConnectionState()
    try:
        began = time.monotonic()
        made.socket.close()
        took = time.monotonic() - began

        assert client.message_workers._shutdown  # what they had begun is finished
        assert not client.message_processor.is_alive()
        assert took < 10
        assert reader.is_alive()  # so it was what it is about
    finally:
        reading.terminated = True


def test_a_socket_that_stays_dead_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOOK_EVERY_S", 0.0)
    clock = iter(range(0, 10_000, 10))
    tries: list[bool] = []

    stayed = run.wait(
        threading.Event(), lambda: False, lambda: tries.append(True), lambda: True, lambda: float(next(clock))
    )

    assert stayed is False
    assert 2 <= len(tries) <= 6  # within a minute and a half, and not at every look


def test_a_worker_that_ended_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOOK_EVERY_S", 0.0)

    assert run.wait(threading.Event(), lambda: True, lambda: None, lambda: False) is False


def read(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:  # our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as told:
        with told:
            return told.code, told.read().decode()


def test_it_tells_how_it_is(at_work: tuple[Sandbox, Started, Metrics]) -> None:
    sandbox, made, metrics = at_work
    watch_over(metrics, made.queue, made.assistant, made.socket.gauges, works=True)
    health = Health(checks(made.engine, made.assistant, works=True, socket=made.socket), now=lambda: next(moments))
    moments = iter(range(0, 10_000, 100))
    with telling(health, metrics, "127.0.0.1", 0) as port:
        assert read(port, "/healthz") == (200, "ok\n")
        assert read(port, "/readyz") == (200, "database: ok\nworker: ok\nsocket: ok\n")
        sandbox.person("ana").types("#triage", "/mlbug ask Can labels be bought?")
        sandbox.person("ana").sees_ephemeral("#triage")
        sandbox.disconnect(abruptly=True)
        until(lambda: not made.socket.connected)
        status, told = read(port, "/readyz")
        _, numbers = read(port, "/metrics")

    assert (status, "socket: Slack is not heard" in told) == (503, True)
    assert "mlbug_socket_up 0\n" in numbers
    assert "mlbug_worker_alive 1\n" in numbers
    assert 'mlbug_ack_seconds_count{kind="command"} 1\n' in numbers
    assert "mlbug_search_seconds_count 1\n" in numbers
    others = {"mlbug_asking_inside", "mlbug_saving_inside"}  # of `mlbug serve`
    told = set(re.findall(r"^# TYPE (\S+)", numbers, re.MULTILINE))
    assert told == set(HELP) - others - {"mlbug_digest_lag_seconds"}  # told once a digest was sent
