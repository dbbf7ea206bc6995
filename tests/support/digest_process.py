"""A process that schedules and sends digests until it is killed: `digest_process.py DATABASE API_URL TOKEN CLOCK_FILE CHANNELS`.

The week is what the file says, so that a year passes in a minute; leases are short for the same reason.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bot import worker as sending
from bot.digests import DigestMessages
from bot.gateway import Gateway, make_client
from bot.schedule import Schedule
from bot.worker import Worker
from db.digests import SqlDigestBook
from db.engine import make_engine
from db.figures import SqlLedger
from db.outbox import SqlQueue
from triage.digest import Overview
from triage.workspace import DigestTime, WorkspaceSettings

sending.LEASE_S, sending.SETTLE_S, sending.IDLE_S = 2.0, 0.3, 0.05


def real() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    database, api_url, token, clock_file, channels = sys.argv[1:6]

    def simulated() -> datetime:
        return datetime.fromisoformat(Path(clock_file).read_text())

    def settings_of(workspace: str) -> WorkspaceSettings:
        return WorkspaceSettings(
            digest_channel=dict(pair.split("=") for pair in channels.split(","))[workspace],
            digest_at=DigestTime(weekday=0, hour=9, minute=0, zone="Europe/Berlin"),
        )

    class Nothing:
        def plan(self, sending: object) -> None:
            del sending

    engine = make_engine(database)
    client = make_client(token, api_url)
    overview = Overview(SqlLedger(engine), settings_of, simulated)
    book, queue = SqlDigestBook(engine, real), SqlQueue(engine)
    messages = DigestMessages(overview, book, real, Nothing())  # type: ignore[arg-type]  # plans None
    worker = Worker(queue, messages, Gateway(lambda _workspace: client), real, threads=0)
    workspaces = [pair.split("=")[0] for pair in channels.split(",")]
    schedule = Schedule(book, overview, settings_of, lambda: workspaces, simulated)
    Path(f"{clock_file}-{os.getpid()}").touch()  # ready to be killed
    while True:
        schedule.look()
        while worker.step():
            pass
        time.sleep(0.05)


if __name__ == "__main__":
    main()
