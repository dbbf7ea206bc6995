"""Malformed, hostile and replayed requests to the real endpoint: `python -m tests.security.fuzz --count 100000 --seed 1`.

What must hold: no answer above 499 but the 503 that says busy, nothing unforeseen in the log, the process alive, and nothing
in the history that came without a good signature.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from db.engine import make_engine
from db.models import drafts, outbox, reports
from tests.bench import payloads
from tests.bench.client import FORM, headers_for
from tests.bench.processes import environment, floor, mlbug
from triage import bars

# What a guard caught is told to the person with a reference; what nobody caught would be one of these.
UNFORESEEN = ("excuse_failed", "request_failed", "side_job_escaped", "Failed to run", "Error handling request")
GUARDED = ("listener_failed", "side_job_failed")
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**40, "", " ", "\x00", "\ud800", "<!channel>", "payload", "../../etc/passwd", "' OR 1=1 --",
    "x" * 5000, "é" * 300, [], {}, [[]], [None], {"": None}, {"id": {}}, "screen:", "screen:nowhere", "screen:questions:nobody",
    "screen:gates:x:y", "T0BENCH01", "U0BENCH01", "ML-99999999999999999999",
)  # fmt: skip


@dataclass
class Found:
    """What came of it."""

    statuses: Counter[str] = field(default_factory=Counter)
    unforeseen: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    guarded: int = 0
    unsigned_changes: int = 0

    @property
    def is_good(self) -> bool:
        return not (self.bad or self.unforeseen or self.unsigned_changes)


class Maker:
    """Makes requests, the same for a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # must repeat
        bar = bars.builtin()
        self._good = [
            payloads.command(n, text) for n, text in enumerate(("", "help", "show ML-1", "why 1", "bar x", "list"))
        ]
        self._good += [
            payloads.submit(bar, step, f"{n:032x}", n) for n in range(3) for step in ("what", "gates", "questions")
        ]
        self._trees = [
            payloads.interaction(bar, step, f"{n:032x}", n) for n in range(3) for step in ("what", "questions")
        ]
        self._trees += [
            payloads.click(n, kind) for n, kind in enumerate(("block_actions", "block_suggestion", "view_closed"))
        ]
        self._trees += [
            {
                "type": "event_callback",
                "team_id": payloads.TEAM,
                "event_id": "E1",
                "event": {"type": kind, "user": "U0BENCH01"},
            }
            for kind in ("app_home_opened", "app_mention", "message", "team_join", "tokens_revoked")
        ]
        self._trees.append({"type": "url_verification", "challenge": "c"})
        self._sent: list[bytes] = []

    def unsigned(self) -> bytes:
        """A request that is not Slack's, though the body may be good."""
        chance = self._chance
        body = chance.choice([self._good_body, self._broken, self._bytes])()
        good = headers_for(body)
        now = int(time.time())
        headers = chance.choice(
            [
                {},
                good | {"X-Slack-Signature": "v0=" + "0" * 64},
                good | {"X-Slack-Signature": good["X-Slack-Signature"][:-1]},
                good | {"X-Slack-Signature": good["X-Slack-Signature"].upper()},
                good | {"X-Slack-Signature": "v0=" + "\xe9" * 64},
                good | {"X-Slack-Signature": ""},
                good | {"X-Slack-Request-Timestamp": str(now + 1)},
                good
                | {"X-Slack-Request-Timestamp": chance.choice(["", "-1", "1e9", "now", "9" * 400, "²", " 1 ", "0x10"])},
                headers_for(body, at=now - chance.choice([301, 3600, 10**6])),
                headers_for(body, at=now + 400),
                headers_for(body, secret="another"),
            ]
        )
        return self._request(body, headers)

    def signed(self) -> bytes:
        """A request with a good signature, mostly of a form that Slack does not send."""
        body = self._chance.choice([self._good_body, self._broken, self._broken, self._broken, self._bytes])()
        request = self._request(body, headers_for(body))
        if len(self._sent) < 200:
            self._sent.append(request)
        return request

    def replayed(self) -> bytes:
        """The very bytes of a request from before."""
        return self._chance.choice(self._sent) if self._sent else self.unsigned()

    def _request(self, body: bytes, headers: dict[str, str]) -> bytes:
        chance = self._chance
        content_type = FORM
        if body[:1] in b"{[" or chance.random() < 0.1:
            content_type = chance.choice(
                ["application/json", "application/json; charset=utf-8", FORM, "text/plain", "", "a/b/c"]
            )
        length = len(body)
        lines = [
            f"{'POST' if chance.random() < 0.98 else chance.choice(['GET', 'PUT', 'PATCH', 'BREW'])} /slack/events HTTP/1.1",
            "Host: x",
            f"Content-Type: {content_type}",
            f"Content-Length: {length}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body

    def _good_body(self) -> bytes:
        return self._chance.choice(self._good)

    def _bytes(self) -> bytes:
        chance = self._chance
        whole = chance.choice(self._good)
        return chance.choice(
            [
                lambda: chance.randbytes(chance.randrange(400)),
                lambda: whole[: chance.randrange(len(whole))],
                lambda: whole + b"&payload=" + chance.randbytes(20),
                lambda: b"payload=" + b"%5B" * chance.choice([10, 200_000]),
                lambda: b"payload=%7B%7D",
                lambda: b"payload=null&command=%2Fmlbug",
                lambda: b"{" + b'"a":{' * chance.choice([5, 100_000]),
                lambda: b"command=%2Fmlbug&text=%ff%fe%00",
                lambda: b"command=%2Fmlbug&text=the+payload+is+too+large",
                lambda: b"&=&==&%&%%&+",
                lambda: b"x" * chance.choice([0, 1, 100_000]),
            ]
        )()

    def _broken(self) -> bytes:
        tree = json.loads(json.dumps(self._chance.choice(self._trees)))
        for _ in range(self._chance.choice((1, 1, 2, 5))):
            self._break(tree)
        body = json.dumps(tree)
        if tree.get("type") in ("event_callback", "url_verification"):
            return body.encode()
        return urlencode({"payload": body}).encode()

    def _break(self, tree: Any) -> None:
        """Change one place somewhere inside."""
        chance = self._chance
        while True:
            keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
            if not keys:
                return
            key = chance.choice(keys)
            inner = tree[key]
            if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
                tree = inner
                continue
            if isinstance(tree, dict) and chance.random() < 0.3:
                del tree[key]
            else:
                tree[key] = deepcopy(chance.choice(JUNK))
            return


async def _ask(port: int, request: bytes) -> int:
    """The status; 0 where the connection ended without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        head = await asyncio.wait_for(reader.readline(), 20)
        return int(head.split()[1]) if head else 0
    except (ConnectionError, IndexError, ValueError):
        return 0
    finally:
        writer.close()


def rows(url: str) -> int:
    """How much there is in the history."""
    engine = make_engine(url)
    with engine.connect() as connection:
        counted = [
            connection.execute(select(func.count()).select_from(t)).scalar_one() for t in (drafts, reports, outbox)
        ]
    engine.dispose()
    return sum(counted)


async def _send(port: int, requests: list[bytes], found: Found, *, at_once: int = 8) -> None:
    waiting = iter(requests)

    async def one() -> None:
        for request in waiting:
            try:
                status = await _ask(port, request)
            except (OSError, TimeoutError) as lost:
                found.bad.append(f"{type(lost).__name__}: {request[:300]!r}")
                continue
            found.statuses[str(status)] += 1
            if status == 0 or (status >= 500 and status != 503):
                found.bad.append(f"{status}: {request[-600:]!r}")

    await asyncio.gather(*(one() for _ in range(at_once)))


def fuzz(count: int, seed: int, folder: Path) -> Found:
    """Send `count` requests: a half without a good signature, then signed ones, and replays of those."""
    found = Found()
    maker = Maker(seed)
    log = folder / "mlbug.log"
    url = f"sqlite:///{folder / 'fuzz.db'}"
    with ExitStack() as open_:
        slack = open_.enter_context(floor("slack"))
        target = open_.enter_context(mlbug("mlbug", environment(slack.port, url), log=log))
        before = rows(url)
        _in_parts(target.port, maker.unsigned, count // 2, found)
        found.unsigned_changes = rows(url) - before
        _in_parts(target.port, maker.signed, count * 2 // 5, found)
        _in_parts(target.port, maker.replayed, count // 10, found)
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if any(word in line for word in UNFORESEEN):
            found.unforeseen.append(line[:300])
        found.guarded += any(word in line for word in GUARDED)
    return found


def _in_parts(port: int, make: Any, count: int, found: Found) -> None:
    for start in range(0, count, 1000):  # signed when sent: a signature is good for five minutes
        asyncio.run(_send(port, [make() for _ in range(min(1000, count - start))], found))


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.security.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlbug-fuzz-") as folder:
        found = fuzz(given.count, given.seed, Path(folder))
    sys.stdout.write(f"answers: {dict(found.statuses)}\nchanges without a signature: {found.unsigned_changes}\n")
    sys.stdout.write(f"errors that a guard caught, of {given.count}: {found.guarded}\n")
    for name, lines in (("bad answers", found.bad), ("unforeseen", found.unforeseen)):
        sys.stdout.write(f"{name}: {len(lines)}\n" + "".join(f"  {line}\n" for line in lines[:10]))
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
