"""Kept connections to Slack: used again, never used when closed, and honest about what may have reached it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from slack_sdk.errors import SlackApiError

from bot.gateway import Gateway, InDoubt, NotReached, RateLimited
from bot.kept_client import KeptClient

OK = b'{"ok": true}'


class Line:
    """A server that answers each request by the next of `answers`; None ends the connection without an answer."""

    def __init__(self, answers: list[bytes | None]) -> None:
        self._answers = iter(answers)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.requests: list[bytes] = []
        self.hang_up = threading.Event()
        self.hung_up = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/api/"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                with connection:
                    self._talk(connection)
                self.hung_up.set()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(0.02)
        received = b""
        while not self.hang_up.is_set():
            try:
                more = connection.recv(100_000)
            except TimeoutError:
                continue
            if not more:
                return
            received += more
            head, _, body = received.partition(b"\r\n\r\n")
            if len(body) < int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or 10**9):
                continue
            self.requests.append(received)
            received = b""
            reply = next(self._answers)
            if reply is None:
                return
            connection.sendall(reply)
        self.hang_up.clear()

    def close(self) -> None:
        self._listening.close()


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


@contextmanager
def line(*answers: bytes | None) -> Iterator[tuple[Line, KeptClient]]:
    opened = Line(list(answers))
    client = KeptClient("xoxb-1", opened.url, 5)
    try:
        yield opened, client
    finally:
        client.close()
        opened.close()


def test_calls_share_a_connection() -> None:
    with line(answer(OK), answer(OK), answer(OK)) as (slack, client):
        for _ in range(3):
            assert client.api_call("views.open", json={"view": {}})["ok"]

        assert slack.connections == 1


def test_a_connection_that_slack_closed_meanwhile_is_not_used() -> None:
    with line(answer(OK), answer(OK)) as (slack, client):
        client.api_call("views.open", json={})
        slack.hang_up.set()
        assert slack.hung_up.wait(5)

        assert client.api_call("views.open", json={})["ok"]
        assert slack.connections == 2


def test_what_slack_only_reads_comes_as_a_form_and_what_it_writes_as_json() -> None:
    with line(answer(OK), answer(OK)) as (slack, client):
        client.api_call("conversations.history", json={"channel": "C1", "include_all_metadata": True, "limit": 200})
        client.api_call("chat.postMessage", json={"channel": "C1", "blocks": []})

        read, wrote = slack.requests
        assert read.endswith(b"channel=C1&include_all_metadata=true&limit=200")
        assert b"application/x-www-form-urlencoded" in read
        assert wrote.endswith(b'{"channel": "C1", "blocks": []}')


def test_a_dropped_answer_leaves_a_doubt_and_is_not_sent_again() -> None:
    with line(None) as (slack, client), pytest.raises(InDoubt):
        Gateway(lambda _workspace: client).post("T1", "C1", {"text": "x"}, "key")

    assert len(slack.requests) == 1


def test_a_refused_connection_never_reached_slack() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        client = KeptClient("xoxb-1", f"http://127.0.0.1:{nobody.getsockname()[1]}/api/", 5)
        with pytest.raises(NotReached):
            Gateway(lambda _workspace: client).post("T1", "C1", {"text": "x"}, "key")


def test_retry_after_is_heard() -> None:
    with (
        line(answer(b'{"ok": false, "error": "ratelimited"}', "429 Too Many Requests", "Retry-After: 7")) as (
            _,
            client,
        ),
        pytest.raises(RateLimited) as wait,
    ):
        Gateway(lambda _workspace: client).post("T1", "C1", {"text": "x"}, "key")

    assert wait.value.after_s == 7


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_an_answer_that_is_no_object_is_an_error_of_slack(body: bytes) -> None:
    with line(answer(body, "502 Bad Gateway")) as (_, client), pytest.raises(SlackApiError):
        client.api_call("chat.postMessage", json={})
