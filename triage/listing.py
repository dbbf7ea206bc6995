"""Lists of reports as values: what is asked for, a row of the answer, and where the next page begins.

A page begins behind the last row of the one before, by keys that never change (a number, a frozen deadline): what is
filed, changed or closed meanwhile neither repeats a row nor hides one.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.reports import State, report_name
from triage.severity import Severity


class Which(StrEnum):
    """The lists that there are."""

    ALL = "all"
    OPEN = "open"
    MINE = "mine"  # filed by the viewer, or owned and open
    OVERDUE = "overdue"
    SEVERITY = "severity"  # open ones, by the severity that counts
    THREAT = "threat"
    NEW = "new"  # waits for a triager
    OWNED = "owned"  # accepted, and the viewer's to fix
    REPORTED = "reported"  # filed by the viewer
    REPEATS = "repeats"  # duplicates of the report whose number is the value
    TITLED = "titled"  # the value is in the title; among the newest ones only
    ASKED = "asked"  # a question waits for the viewer's answer


OLDEST_FIRST = frozenset({Which.NEW, Which.OVERDUE, Which.OWNED})
BY_DEADLINE = frozenset({Which.OVERDUE, Which.OWNED})  # what has no deadline comes last


@dataclass(frozen=True, slots=True)
class Filter:
    """Which list; `value` is the severity or the threat's id where the list needs one."""

    which: Which
    value: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Behind which row a page begins."""

    number: int
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One report in a list."""

    number: int
    title: str
    state: State
    severity: Severity | None  # the one that counts
    urgency: str | None
    threat: str | None
    reporter: str
    owner: str | None
    created_at: datetime
    due_at: datetime | None
    restricted: bool
    duplicate_of: int | None

    @property
    def name(self) -> str:
        """`ML-42`."""
        return report_name(self.number)


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `after` leads to the next one where there is one."""

    wanted: Filter
    rows: tuple[Listed, ...]
    after: Cursor | None


def cursor_of(wanted: Filter, row: Listed) -> Cursor:
    """The cursor behind a row."""
    return Cursor(row.number, row.due_at if wanted.which in BY_DEADLINE else None)


def cursor_text(cursor: Cursor) -> str:
    """A cursor for a button's value."""
    return f"{cursor.number}" if cursor.due_at is None else f"{cursor.number}@{cursor.due_at.isoformat()}"


def read_cursor(text: str) -> Cursor | None:
    """The cursor in a button's value; None for anything else."""
    number, _, moment = text.partition("@")
    try:
        due_at = datetime.fromisoformat(moment) if moment else None
        return Cursor(int(number), due_at) if due_at is None or due_at.tzinfo else None
    except ValueError:
        return None
