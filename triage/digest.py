"""The weekly digest, its preview, and figures on demand: which window is told to whom, and what is put in the queue for it.

One message per channel and ISO week: the key of its errand is the claim, and whoever comes second finds it taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from triage.access import Viewer
from triage.changing import must_be_member
from triage.figures import Audience, Channel, Figures, Ledger, figures
from triage.ports import Clock, Errand
from triage.weeks import Week, Window, next_slot, period_window, week_window
from triage.workspace import WorkspaceSettings

LISTED = 50  # entries that any list of a digest or a report may have

DIGEST, DETAILS = "digest", "digest_details"
DIGEST_EDIT, DETAILS_EDIT = "digest_edit", "digest_details_edit"
KINDS = frozenset({DIGEST, DETAILS, DIGEST_EDIT, DETAILS_EDIT})


@dataclass(frozen=True, slots=True)
class Posting:
    """What a digest in the queue is of: all that is needed to make it again, the same as long as the history is.

    `asof` is when it was claimed, `missed` the time it was due at where it is late, `changed` when it was last seen to
    have changed.
    """

    workspace: str
    channel: str
    week: Week
    zone: str
    asof: datetime
    missed: datetime | None = None
    changed: datetime | None = None

    @property
    def key(self) -> str:
        """The key of the message, which exists once."""
        return f"digest:{self.channel}:{self.week}"

    def errands(self) -> tuple[Errand, Errand]:
        """The message, and the details in its thread."""
        return self._errand(self.key, DIGEST), self._errand(f"{self.key}:details", DETAILS, follows=self.key)

    def edits(self, number: int) -> tuple[Errand, Errand]:
        """The same two again, in their places; `number` counts the edits from 1."""
        details = f"{self.key}:details"
        return (
            self._errand(f"{self.key}:edit:{number}", DIGEST_EDIT, follows=self.key),
            self._errand(f"{details}:edit:{number}", DETAILS_EDIT, follows=details),
        )

    def _errand(self, key: str, kind: str, follows: str = "") -> Errand:
        moments = {"asof": self.asof, "missed": self.missed, "changed": self.changed}
        data = {"channel": self.channel, "week": str(self.week), "zone": self.zone}
        data |= {name: at.isoformat() for name, at in moments.items() if at is not None}
        return Errand(key, kind, self.workspace, 0, follows=follows, data=data)

    @classmethod
    def of(cls, errand: Errand) -> "Posting":
        """Read it back out of an errand."""
        data = errand.data
        moments = {name: datetime.fromisoformat(data[name]) for name in ("asof", "missed", "changed") if name in data}
        return cls(errand.workspace, data["channel"], Week.parse(data["week"]), data["zone"], **moments)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A digest that is in the queue: what it is of, and whether Slack has it."""

    posting: Posting
    sent: bool


class DigestBook(Protocol):
    """What is remembered of digests. Each call is a transaction of its own."""

    def channel_since(self, workspace: str, channel: str, now: datetime) -> datetime:
        """Since when the digest goes to that channel; `now`, and remembered, where it went to another one before."""

    def claimed(self, workspace: str, key: str) -> Claimed | None:
        """The digest with that key, if somebody claimed it."""

    def claim(self, posting: Posting, fingerprint: str) -> bool:
        """Put its errands in the queue; False where somebody was quicker. `fingerprint` stands for what it says."""

    def change(self, posting: Posting, fingerprint: str) -> bool:
        """Put edits in the queue; False where it says that already, or where there is none to edit."""

    def refused_charts(self, workspace: str, now: datetime) -> None:
        """Remember that the workspace knows no charts."""

    def charts_refused_at(self, workspace: str) -> datetime | None:
        """When the workspace last refused charts, if ever."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One week as a channel may know it. `silent`: nothing to tell, and the workspace wants no message then."""

    week: Week
    zone: str
    figures: Figures
    silent: bool = False
    missed: datetime | None = None
    changed: datetime | None = None


class Overview:
    """The use cases of looking at the whole, over a ledger, the workspaces' settings and a clock."""

    def __init__(self, ledger: Ledger, settings_of: Callable[[str], WorkspaceSettings], clock: Clock) -> None:
        self._ledger = ledger
        self._settings_of = settings_of
        self._clock = clock

    def posted(self, posting: Posting) -> Digest:
        """The digest behind an errand."""
        window = week_window(posting.week, posting.zone, posting.asof)
        made = self._figures(Channel(posting.workspace), window)
        silent = made.quiet and self._settings_of(posting.workspace).quiet_week == "silence"
        return Digest(posting.week, posting.zone, made, silent, posting.missed, posting.changed)

    def week(self, workspace: str, week: Week) -> Digest:
        """The digest of any week as a channel may know it, with what stood open when it ended, or stands open now."""
        zone = self._settings_of(workspace).digest_at.zone
        window = week_window(week, zone, self._clock())
        return Digest(week, zone, self._figures(Channel(workspace), _at_its_end(window, week, zone)))

    def preview(self, viewer: Viewer) -> Digest:
        """The digest that is posted next, as it would read now: what the channel would see, whoever asks.

        Raises `Forbidden` for outsiders.
        """
        must_be_member(viewer)
        slot = next_slot(self._clock(), self._settings_of(viewer.workspace).digest_at)
        return self.week(viewer.workspace, slot.week)

    def report(self, audience: Audience, period: str) -> Figures:
        """Figures of a period (`30d`, `90d`, `quarter`, `2026-Q3`) as the audience may know them.

        Raises `ValueError` with what to write instead, and `Forbidden` for outsiders.
        """
        if isinstance(audience, Viewer):
            must_be_member(audience)
        zone = self._settings_of(audience.workspace).digest_at.zone
        return self._figures(audience, period_window(period, zone, self._clock()))

    def zone(self, workspace: str) -> str:
        """The time zone that weeks are told in."""
        return self._settings_of(workspace).digest_at.zone

    def _figures(self, audience: Audience, window: Window) -> Figures:
        return figures(self._ledger.records(audience, window, LISTED), window)


def _at_its_end(window: Window, week: Week, zone: str) -> Window:
    return week_window(week, zone, window.end) if window.asof > window.end else window
