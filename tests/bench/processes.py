"""Starts the processes that are measured, and reads what the system knows of them."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.client import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MLBUG = str(Path(sys.executable).with_name("mlbug"))


@dataclass(frozen=True)
class Target:
    """A server under measurement."""

    name: str
    port: int
    pid: int

    def cpu_s(self) -> float:
        """Processor seconds used since its start, by the clock ticks of /proc."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def floor(which: str, settings: dict[str, str] | None = None) -> Iterator[Target]:
    """A process of tests.bench.floors."""
    started = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "tests.bench.floors", which], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=settings
    )
    try:
        assert started.stdout is not None
        yield Target(which, int(started.stdout.readline()), started.pid)
    finally:
        end(started)
        assert started.stdout is not None
        started.stdout.close()


def environment(slack_port: int, database_url: str, **more: str) -> dict[str, str]:
    """The environment of an mlbug that speaks to the Slack stand-in on loopback."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MLBUG_", "DATABASE_"))}
    return kept | {
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{slack_port}/api/",
        "DATABASE_URL": database_url,
        "MLBUG_TRIAGE_CHANNEL": "C0BENCH01",
        "MLBUG_RATE_PERSON": "0",
        "MLBUG_RATE_WORKSPACE": "0",
        **more,
    }


@contextmanager
def mlbug(name: str, settings: dict[str, str], *flags: str, log: Path | None = None) -> Iterator[Target]:
    """`mlbug serve`, ready."""
    port = free_port()
    started = start(port, settings, *flags, log=log)
    try:
        wait_ready(port, started)
        yield Target(name, port, started.pid)
    finally:
        end(started)


def start(port: int, settings: dict[str, str], *flags: str, log: Path | None = None) -> subprocess.Popen[bytes]:
    """`mlbug serve` on its way up."""
    command = [MLBUG, "serve", "--host", "127.0.0.1", "--port", str(port), *flags]
    with (log or Path(os.devnull)).open("ab") as written:
        return subprocess.Popen(command, cwd=ROOT, env=settings, stderr=written)  # noqa: S603  # our own command


def wait_ready(port: int, started: subprocess.Popen[bytes], within_s: float = 60.0) -> None:
    """Until /readyz says so. Raises RuntimeError where the process ends or takes too long."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if started.poll() is not None:
            raise RuntimeError(f"mlbug ended with {started.returncode} before it was ready")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError("mlbug was not ready in time")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def lasting_port() -> int:
    """A free port that no connection is given by chance, so that a process that was killed finds it free again."""
    for port in random.sample(range(20_000, 30_000), 100):  # no secret
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """SIGTERM, and SIGKILL where that is not heard."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
