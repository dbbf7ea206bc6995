"""The database goes away while people work: each is told, nothing is lost, and nobody has to start anything again."""

import http.client
import itertools
import json
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, make_url

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests is no package; the benchmarks' parts are used here

from tests.bench import payloads
from tests.bench.client import FORM, headers_for
from tests.bench.processes import Target, environment, floor, mlbug
from triage import bars

GONE_S = 4.0


_clicks = itertools.count(0, payloads.PEOPLE)  # the same person, and each click another


def press(port: int, body: bytes) -> tuple[float, str]:
    """Seconds, and the answer."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/slack/events", body, {"Content-Type": FORM, **headers_for(body)})
        response = connection.getresponse()
        answer = response.read().decode()
        assert response.status == 200, (response.status, answer)
        return time.monotonic() - began, answer
    finally:
        connection.close()


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def report(port: int, draft: str, steps: tuple[str, ...]) -> str:
    """Go through the screens; the last answer."""
    answer = ""
    for step in steps:
        _, answer = press(port, payloads.submit(bars.builtin(), step, draft, next(_clicks)))
    return answer


@contextmanager
def working(url: str, folder: Path) -> Iterator[Target]:
    with floor("slack") as slack, mlbug("mlbug", environment(slack.port, url), "--work", log=folder / "log") as target:
        press(target.port, payloads.command(next(_clicks)))  # the first request of a person has them looked up
        until = time.monotonic() + 10
        while "look you up" in report(target.port, uuid.uuid4().hex, ("what",)) and time.monotonic() < until:
            time.sleep(0.1)
        yield target


def people_work_while_it_is_gone(target: Target) -> str:
    """Press what needs the database until it is back; the draft that was under way."""
    draft = uuid.uuid4().hex
    until = time.monotonic() + GONE_S
    told = 0
    while time.monotonic() < until:
        seconds, answer = press(target.port, payloads.submit(bars.builtin(), "gates", draft, next(_clicks)))
        assert seconds < 3, "Slack would have given up"
        said = json.loads(answer)
        assert said["response_action"] == "push", "what was typed must stay under the sentence"
        assert "out of reach" in answer or "busy" in answer, answer
        told += 1
        quick, _ = press(target.port, payloads.command(next(_clicks), "help"))
        assert quick < 1, "what needs no database must not wait for it"
    assert told > 0
    return draft


def all_is_well(target: Target) -> None:
    until = time.monotonic() + 20
    while get(target.port, "/readyz")[0] != 200 and time.monotonic() < until:
        time.sleep(0.2)
    assert get(target.port, "/readyz")[0] == 200
    assert "Filed as ML-" in report(target.port, uuid.uuid4().hex, ("what", "gates", "questions"))
    while "mlbug_queue_due 0" not in get(target.port, "/metrics")[1]:
        assert time.monotonic() < until, get(target.port, "/metrics")[1]
        time.sleep(0.2)
    assert "mlbug_queue_dead 0" in get(target.port, "/metrics")[1]


def test_sqlite_locked_by_somebody_else(sqlite_url: str, tmp_path: Path) -> None:
    with working(sqlite_url, tmp_path) as target:
        assert "Filed as ML-" in report(target.port, uuid.uuid4().hex, ("what", "gates", "questions"))
        engine = create_engine(sqlite_url)
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            people_work_while_it_is_gone(target)
            connection.rollback()
        engine.dispose()
        all_is_well(target)


def test_postgresql_away_and_back(postgres_url: str, postgres_server: str, tmp_path: Path) -> None:
    name = make_url(postgres_url).database
    with working(postgres_url, tmp_path) as target:
        assert "Filed as ML-" in report(target.port, uuid.uuid4().hex, ("what", "gates", "questions"))
        with psycopg.connect(postgres_server, autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            try:
                admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
                people_work_while_it_is_gone(target)
                assert get(target.port, "/readyz")[0] == 503
                assert get(target.port, "/healthz")[0] == 200
            finally:
                admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        all_is_well(target)
