"""When the weekly digest goes out: looked at again and again, by as many processes as there are; the claim is in the store.

A digest whose time has passed while nothing ran is claimed late, once, and says so. While it is the newest one, what
changes in its figures is put into its place.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.render import digest as rendered
from triage.digest import DigestBook, Overview, Posting
from triage.errors import Unavailable
from triage.ports import Clock
from triage.weeks import latest_slot
from triage.workspace import WorkspaceSettings

log = logging.getLogger(__name__)

LATE_AFTER = timedelta(minutes=30)
LOOK_FOR_CHANGES_EVERY = timedelta(minutes=10)


class Schedule:
    """`look` is to be called every now and then, from one thread; `nudge` tells the worker that there is something to send."""

    def __init__(
        self,
        book: DigestBook,
        overview: Overview,
        settings_of: Callable[[str], WorkspaceSettings],
        workspaces: Callable[[], Sequence[str]],
        clock: Clock,
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        self._book = book
        self._overview = overview
        self._settings_of = settings_of
        self._workspaces = workspaces
        self._clock = clock
        self._nudge = nudge
        self._compared: dict[str, datetime] = {}  # workspace -> when its newest digest was last compared

    def look(self) -> int:
        """Claim what is due and put in what has changed, in every workspace; how many digests that were.

        Raises `Unavailable`.
        """
        return sum(self._safely(workspace) for workspace in self._workspaces())

    def look_at(self, workspace: str) -> bool:
        """The same for one workspace."""
        settings = self._settings_of(workspace)
        channel, now = settings.digest_channel, self._clock()
        since = self._book.channel_since(workspace, channel, now)
        if not channel:
            return False
        slot = latest_slot(now, settings.digest_at)
        missed = slot.moment if now - slot.moment > LATE_AFTER else None
        posting = Posting(workspace, channel, slot.week, settings.digest_at.zone, now, missed)
        claimed = self._book.claimed(workspace, posting.key)
        if claimed is not None:
            return claimed.sent and self._follow(claimed.posting, now)
        if slot.moment < since:  # it was due before anybody wanted it
            return False
        return self.post(posting)

    def _safely(self, workspace: str) -> bool:
        """One workspace's trouble is not the others', but that of the database is. The next round looks at it again."""
        try:
            return self.look_at(workspace)
        except Unavailable:
            raise
        except Exception:
            log.exception("digest_put_off", extra={"workspace": workspace})
            return False

    def post(self, posting: Posting) -> bool:
        """Claim a digest; False where it is claimed already."""
        if not self._book.claim(posting, fingerprint(self._overview, posting)):
            return False
        self._compared[posting.workspace] = posting.asof
        log.info("digest_claimed", extra={"workspace": posting.workspace, "errand": posting.key})
        self._nudge()
        return True

    def _follow(self, posting: Posting, now: datetime) -> bool:
        """Edit the newest digest if it says something else by now."""
        if now - self._compared.get(posting.workspace, posting.asof) < LOOK_FOR_CHANGES_EVERY:
            return False
        self._compared[posting.workspace] = now
        changed = Posting(
            posting.workspace, posting.channel, posting.week, posting.zone, posting.asof, posting.missed, now
        )
        if not self._book.change(changed, fingerprint(self._overview, posting)):
            return False
        log.info("digest_changed", extra={"workspace": posting.workspace, "errand": posting.key})
        self._nudge()
        return True


def fingerprint(overview: Overview, posting: Posting) -> str:
    """Stands for what a digest says, whenever it says it."""
    plain = Posting(posting.workspace, posting.channel, posting.week, posting.zone, posting.asof, posting.missed)
    digest = overview.posted(plain)
    said = [rendered.message(digest, charts=True), rendered.details(digest)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
