"""A workspace whose digest was due while nothing ran: what the digest's scenarios share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from databases import opened
from reporting import Office, settings_for
from sqlalchemy import Engine
from stores import HandClock
from told import Told, keep

from bot.cli_run import serving
from bot.manifest import manifest
from bot.sandbox.definition import AppDefinition
from bot.sandbox.server import Sandbox
from bot.saved_settings import environment_settings
from bot.schedule import LOOK_FOR_CHANGES_EVERY, Schedule
from bot.settings import WEEKDAYS, DigestTime
from db import schema
from db.digests import SqlDigestBook
from db.figures import SqlLedger
from db.work import SqlWorkPlace
from triage.digest import Overview
from triage.weeks import Slot, latest_slot
from triage.workspace import WorkspaceSettings


@dataclass(frozen=True)
class DigestOffice:
    """The office, its database, and the slot whose digest is due."""

    office: Office
    engine: Engine
    slot: Slot
    settings: WorkspaceSettings

    @property
    def workspace(self) -> str:
        return self.office.sandbox.team.id

    def another_process(self, later: timedelta = LOOK_FOR_CHANGES_EVERY * 2) -> Schedule:
        """A schedule of a second process, whose clock is ahead by so much."""
        clock = HandClock(datetime.now(UTC) + later)
        overview = Overview(SqlLedger(self.engine), lambda _: self.settings, clock)
        book = SqlDigestBook(self.engine, lambda: datetime.now(UTC))
        return Schedule(book, overview, lambda _: self.settings, lambda: [self.workspace], clock)


@contextmanager
def due(folder: Path, history: Any, *, hours_ago: float = 2, **more: Any) -> Iterator[DigestOffice]:
    """Begin with a history and a digest that was due `hours_ago`, or will be; `history(slot)` makes it.

    The digest's channel was set two days before that, so that the digest was missed, not new.
    """
    now = datetime.now(UTC)
    at = (now - timedelta(hours=hours_ago)).replace(second=0, microsecond=0)
    when = DigestTime(weekday=at.weekday(), hour=at.hour, minute=at.minute, zone="UTC")
    with Sandbox(app=AppDefinition.from_manifest(manifest())) as sandbox:
        url = f"sqlite:///{folder / 'history.db'}"
        channel = sandbox.team.channel_by_name("general")
        assert channel is not None
        settings = settings_for(sandbox, url, mlbug_digest_channel=channel.id, mlbug_digest_at=_typed(when), **more)
        saved = environment_settings(settings)
        slot = latest_slot(at, saved.digest_at)
        with opened(url) as engine:
            schema.upgrade(engine)
            keep(SqlWorkPlace(engine), sandbox.team.id, history(slot))
            SqlDigestBook(engine, lambda: now).channel_since(sandbox.team.id, channel.id, at - timedelta(days=2))
            with serving(settings) as (assistant, _socket):
                sandbox.wait_for_app()
                yield DigestOffice(Office(sandbox, assistant, settings), engine, slot, saved)
            assert sandbox.problems == []  # every message passed the Block Kit checker


def _typed(when: DigestTime) -> str:
    return f"{WEEKDAYS[when.weekday]} {when.hour:02}:{when.minute:02} {when.zone}"


def inside(slot: Slot, hours: float = 30) -> datetime:
    """A moment in the week that the slot's digest tells of."""
    monday = datetime.combine(slot.week.monday, datetime.min.time(), UTC)
    return monday + timedelta(hours=hours)


def new(slot: Slot, **changes: Any) -> Told:
    """A report of that week."""
    return Told(**({"created_at": inside(slot)} | changes))
