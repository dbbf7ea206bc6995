"""Each workspace's settings as they hold now: what was saved, else the environment's. Read at most twice a minute."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from bot.render.words import Here
from bot.settings import Settings
from triage.errors import Unavailable
from triage.ports import WorkPlace
from triage.workspace import DigestTime, WorkspaceSettings

MOMENT_S = 1.0  # what is asked for right after it was said to be at hand is not too old by then
FRESH_S = 30.0  # so long another process's change may stay unseen


def environment_settings(settings: Settings) -> WorkspaceSettings:
    """What holds in a workspace that saved nothing."""
    at = settings.mlbug_digest_at
    return WorkspaceSettings(
        triage_channel=settings.mlbug_triage_channel,
        digest_channel=settings.mlbug_digest_channel,
        digest_at=DigestTime(weekday=at.weekday, hour=at.hour, minute=at.minute, zone=at.zone) if at else DigestTime(),
        triagers=settings.triagers,
        admins=settings.admins,
    )


def here(settings: WorkspaceSettings, now: datetime) -> Here:
    """What rendering has to know of a workspace with these settings."""
    return Here(now, settings.digest_at.zone, settings.deadlines)


class SavedSettings:
    """`defaults` hold where nothing was saved, and where the store was out of reach from the start."""

    def __init__(
        self, place: WorkPlace, defaults: WorkspaceSettings, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._place = place
        self._defaults = defaults
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, WorkspaceSettings]] = {}
        self._saved: dict[
            str, int
        ] = {}  # how often something was saved here, so that an older reading is not kept after it

    @property
    def defaults(self) -> WorkspaceSettings:
        """What holds where nothing was saved."""
        return self._defaults

    def of(self, workspace: str) -> WorkspaceSettings:
        """What holds now. Right after a change each reader reads for itself; a reading that grew old is renewed by one."""
        with self._lock:
            now, saved = self._now(), self._saved.get(workspace, 0)
            read_at, known = self._known.get(workspace, (None, self._defaults))
            if read_at is not None:
                if now - read_at < FRESH_S:
                    return known
                self._known[workspace] = (now, known)
        try:
            with self._place.read() as work:
                found = work.settings.get(workspace) or self._defaults
        except Unavailable:
            return known
        with self._lock:
            if self._saved.get(workspace, 0) == saved:
                self._known[workspace] = (now, found)
        return found

    def are_at_hand(self, workspace: str) -> bool:
        """Whether `of` answers from memory, now and in the next moment."""
        with self._lock:
            read_at, _ = self._known.get(workspace, (None, None))
            return read_at is not None and self._now() - read_at < FRESH_S - MOMENT_S

    def forget(self, workspace: str) -> None:
        """Read again at the next look: something was just saved."""
        with self._lock:
            self._saved[workspace] = self._saved.get(workspace, 0) + 1
            self._known.pop(workspace, None)
