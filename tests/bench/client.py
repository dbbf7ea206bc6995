"""Sends signed requests as Slack does, over kept connections, and times each answer. Standard library only."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECRET = "8f742231b10e8888abcd99bench85a5c"  # made up
FORM = "application/x-www-form-urlencoded"


@dataclass
class Run:
    """Seconds of each answer, and what was wrong with answers."""

    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    took: float = 0.0

    def quantile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def headers_for(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """Slack's two headers for a body."""
    moment = str(int(time.time() if at is None else at))
    seal = hmac.new(secret.encode(), b"v0:" + moment.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={seal}"}


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None, content_type: str = FORM) -> bytes:
    """A whole request."""
    headers = {
        "Host": "127.0.0.1",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "Accept": "application/json,*/*",
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        **headers_for(body, secret=secret, at=at),
    }
    lines = ["POST /slack/events HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        assert self.transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if not ended:
            return
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
        if len(body) < length:
            return
        self._received.clear()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), bytes(body)))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed"))


async def drive(
    port: int, bodies: Iterable[bytes], *, at_once: int = 1, expect: bytes = b"", rate: float = 0, pause_s: float = 0
) -> Run:
    """Send all bodies over `at_once` connections, each `pause_s` after an answer.

    With `rate` they are sent at so many a second, and time counts from when each was due, so that a slow server can't hide
    what waits.
    """
    run = Run()
    waiting = iter(bodies)
    began = time.perf_counter()
    numbers = iter(range(10**9))
    one = partial(_connection, port, waiting, numbers, run, expect, rate, pause_s, began)
    await asyncio.gather(*(one() for _ in range(at_once)))
    run.took = time.perf_counter() - began
    return run


async def _connection(
    port: int,
    waiting: Iterator[bytes],
    numbers: Iterator[int],
    run: Run,
    expect: bytes,
    rate: float,
    pause_s: float,
    began: float,
) -> None:
    connection: _Connection | None = None
    for body in waiting:
        request = signed(body)
        if connection is None:
            connection = (await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port))[1]
        if rate:
            due = began + next(numbers) / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        else:
            await asyncio.sleep(pause_s)
            due = time.perf_counter()
        try:
            status, answer = await asyncio.wait_for(connection.ask(request), 10)
        except (TimeoutError, ConnectionError) as lost:
            run.failures[type(lost).__name__] += 1
            connection = None
            continue
        run.seconds.append(time.perf_counter() - due)
        if status != 200:
            run.failures[f"status {status}"] += 1
        elif expect not in answer:
            run.failures[f"not expected: {answer[:120]!r}"] += 1
    if connection is not None and connection.transport is not None:
        connection.transport.close()
