"""A workspace's settings: read and changed by admins, each version kept with who and when."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.access import Viewer
from triage.changing import Changes, must_be_member
from triage.errors import FieldErrors, Forbidden
from triage.workspace import WorkspaceSettings

URGENCIES = ("P0", "P1", "P2", "P3", "P4")
MOST_DAYS = 730
ADDRESS_MAX = 1000
_ADDRESS = re.compile(r"https://(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+(?::[1-9][0-9]{0,4})?(?:[/?][!-\"$-~]*)?")


class Setting:
    """The use cases. All raise `Forbidden` for everybody but admins. `signs`: events can be signed, so webhooks may be set."""

    def __init__(self, changes: Changes, *, signs: bool = False) -> None:
        self._changes = changes
        self._signs = signs

    def read(self, viewer: Viewer) -> WorkspaceSettings:
        """What holds now."""
        _must_be_admin(viewer)
        with self._changes.place.read() as work:
            return self._changes.settings(work, viewer.workspace)

    def save(self, viewer: Viewer, settings: WorkspaceSettings) -> WorkspaceSettings:
        """Let `settings` hold from now on. Raises `FieldErrors`, all at once. The caller looked for the channels."""
        self.check(viewer, settings)
        with self._changes.place.write() as work:
            if self._changes.settings(work, viewer.workspace) != settings:
                work.settings.put(viewer.workspace, settings, self._changes.clock(), viewer.user)
            work.held.hasten(viewer.workspace)  # the channel may be another one now, or mended
            work.commit()
        return settings

    def check(self, viewer: Viewer, settings: WorkspaceSettings) -> None:
        """Raise what `save` would raise, keeping nothing."""
        _must_be_admin(viewer)
        problems = problems_of(settings)
        if settings.webhook and not self._signs:
            problems["webhook"] = "Webhooks are off: whoever runs mlbug has to set MLBUG_WEBHOOK_SECRET first."
        if settings.admins and viewer.user not in settings.admins and not any(a[0] == "S" for a in settings.admins):
            problems["admins"] = "Leave yourself among the admins, or you could not take this back."
        if problems:
            raise FieldErrors(problems)


def problems_of(settings: WorkspaceSettings) -> dict[str, str]:
    """One sentence a field that can't be kept."""
    problems = {}
    try:
        ZoneInfo(settings.digest_at.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems["zone"] = "This is no time zone. Write it like Europe/Berlin or America/New_York."
    unknown = sorted(set(settings.deadlines) - set(URGENCIES))
    wrong = [u for u, days in settings.deadlines.items() if not 1 <= days <= MOST_DAYS]
    if unknown or wrong:
        problems["deadlines"] = f"Write a number of days from 1 to {MOST_DAYS} for each, like “P0 7, P1 14”."
    elif [*_in_order(settings.deadlines)] != sorted(settings.deadlines.values()):
        problems["deadlines"] = "What is more urgent can’t be due later: let the days grow from P0 to P4."
    if settings.webhook and (sentence := webhook_problem(settings.webhook)):
        problems["webhook"] = sentence
    return problems


def webhook_problem(url: str) -> str:
    """What is wrong with a webhook's address; empty where nothing is. Where it leads is checked when it is called."""
    if not url.startswith("https://"):
        return "The address has to begin with https://."
    if not _ADDRESS.fullmatch(url) or len(url) > ADDRESS_MAX:
        return "Write it like https://example.com/hooks/mlbug, without names, passwords, spaces and “#”."
    return ""


def _in_order(deadlines: dict[str, int]) -> list[int]:
    return [deadlines[u] for u in URGENCIES if u in deadlines]


def _must_be_admin(viewer: Viewer) -> None:
    must_be_member(viewer)
    if not viewer.admin:
        raise Forbidden("The settings are for mlbug’s admins. Ask one of them to change it.")
