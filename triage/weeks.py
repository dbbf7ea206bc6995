"""ISO weeks in a time zone, the moments at which a weekly digest is due, and the windows that figures are made for.

Weeks and days are those of a wall clock in an IANA zone; every moment that leaves here is UTC. A wall time that daylight
saving skips is taken at the offset before the change (02:30 becomes 03:30), one that it repeats is the first of the two.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage.workspace import DigestTime

CHART_WEEKS = 8  # in the digest's chart, its own week included
DAY = timedelta(days=1)
_WEEK = re.compile(r"\A(?P<year>[12]\d{3})-W(?P<number>\d{2})\Z", re.IGNORECASE)
_QUARTER = re.compile(r"\A(?P<year>[12]\d{3})-Q(?P<number>[1-4])\Z", re.IGNORECASE)
_DAYS = re.compile(r"\A(?P<days>\d{1,3})d\Z", re.IGNORECASE)
MOST_DAYS = 130  # a chart has room for twenty weeks


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO 8601 week: `Week(2026, 53)` has Monday 28 December. Raises `ValueError` for a week that the year has not."""

    year: int
    number: int

    def __post_init__(self) -> None:
        date.fromisocalendar(self.year, self.number, 1)

    @classmethod
    def parse(cls, text: str) -> "Week":
        """Read `2026-W47`. Raises `ValueError` with what to write instead."""
        found = _WEEK.match(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no week; write it like 2026-W47")
        try:
            return cls(int(found["year"]), int(found["number"]))
        except ValueError:
            raise ValueError(f"{found['year']} has no week {found['number']}; write it like 2026-W47") from None

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week that a day is in."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def label(self) -> str:
        """`W47`, for a chart."""
        return f"W{self.number:02}"

    def shifted(self, weeks: int) -> "Week":
        """The week so many weeks later, or earlier."""
        return Week.of(self.monday + timedelta(weeks=weeks))


@dataclass(frozen=True, slots=True)
class Slot:
    """One time at which a digest is due: the moment (UTC), and the week that it tells of."""

    moment: datetime
    week: Week


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time that figures tell of: `start` to `end`, all moments UTC, every end exclusive.

    `before` begins the stretch to compare with, which ends at `start`. `edges` bound the buckets of the series, the last one
    is `end`; `labels` name them. `asof` is the moment at which is looked at what stands open.
    """

    before: datetime
    start: datetime
    end: datetime
    asof: datetime
    edges: tuple[datetime, ...]
    labels: tuple[str, ...]

    @property
    def running(self) -> bool:
        """Whether it was not over yet."""
        return self.asof < self.end


def midnight(day: date, zone: str) -> datetime:
    """The moment at which a day begins in `zone`. Raises `ZoneInfoNotFoundError` for a zone that there is not."""
    return _moment(day, time(0), zone)


def today(now: datetime, zone: str) -> date:
    """The date in `zone`."""
    return now.astimezone(ZoneInfo(zone)).date()


def latest_slot(now: datetime, at: DigestTime) -> Slot:
    """The last time up to `now` at which a digest was due."""
    return max((s for s in _slots_around(now, at) if s.moment <= now), key=lambda slot: slot.moment)


def next_slot(now: datetime, at: DigestTime) -> Slot:
    """The first time after `now` at which a digest is due."""
    return min((s for s in _slots_around(now, at) if s.moment > now), key=lambda slot: slot.moment)


def told_on(day: date) -> Week:
    """The week that a digest of that day tells of.

    Monday to Wednesday it is the week that is over, Thursday to Sunday the one that is ending.
    """
    week = Week.of(day)
    return week.shifted(-1) if day.isoweekday() <= 3 else week


def week_window(week: Week, zone: str, asof: datetime) -> Window:
    """A week against the one before, with the series of the last eight; what is open is looked at as of `asof`."""
    weeks = [week.shifted(n) for n in range(1 - CHART_WEEKS, 1)]
    edges = tuple(midnight(each.monday, zone) for each in (*weeks, week.shifted(1)))
    return Window(
        before=edges[-3],
        start=edges[-2],
        end=edges[-1],
        asof=asof,
        edges=edges,
        labels=tuple(each.label for each in weeks),
    )


def period_window(period: str, zone: str, now: datetime) -> Window:
    """`30d`, `90d` (up to today), `quarter` (this one, so far) or `2026-Q3`, in weeks.

    Raises `ValueError` with what to write instead.
    """
    day = today(now, zone)
    if found := _DAYS.match(period):
        days = int(found["days"])
        if not 1 <= days <= MOST_DAYS:
            raise ValueError(
                f"{period!r} is too long or too short; write 1d to {MOST_DAYS}d, or a quarter like 2026-Q3"
            )
        first, last = day - timedelta(days=days - 1), day + DAY
    elif period.lower() == "quarter":
        first, last = _quarter(day.year, (day.month - 1) // 3 + 1)
    elif found := _QUARTER.match(period):
        first, last = _quarter(int(found["year"]), int(found["number"]))
    else:
        raise ValueError(f"{period!r} is no period; write 30d, 90d, quarter, or one quarter like 2026-Q3")
    mondays = [first + timedelta(days=n) for n in range(1, (last - first).days) if (first + n * DAY).weekday() == 0]
    days_in = [first, *mondays]
    end = midnight(last, zone)
    return Window(
        before=midnight(first - (last - first), zone),
        start=midnight(first, zone),
        end=end,
        asof=min(now, end),
        edges=tuple(midnight(each, zone) for each in (*days_in, last)),
        labels=tuple(Week.of(each).label for each in days_in),
    )


def _quarter(year: int, number: int) -> tuple[date, date]:
    first = date(year, 3 * number - 2, 1)
    return first, date(year + number // 4, 3 * number % 12 + 1, 1)


def _slots_around(now: datetime, at: DigestTime) -> list[Slot]:
    day = today(now, at.zone)
    day -= timedelta(days=(day.weekday() - at.weekday) % 7)
    # A zone may be a day away from where its offset says, so one week more on each side.
    days = [day + timedelta(weeks=n) for n in (-2, -1, 0, 1, 2)]
    return [Slot(_moment(each, time(at.hour, at.minute), at.zone), told_on(each)) for each in days]


def _moment(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
