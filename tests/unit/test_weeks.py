"""Weeks, slots and windows: in every zone, over year ends, week 53 and both changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.weeks import (
    Week,
    latest_slot,
    midnight,
    next_slot,
    period_window,
    week_window,
)
from triage.workspace import DigestTime

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Beirut",  # its clocks change at midnight
    "Asia/Kathmandu",
)
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
zones = st.sampled_from(ZONES)
nows = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
times = st.builds(DigestTime, weekday=st.integers(0, 6), hour=st.integers(0, 23), minute=st.integers(0, 59), zone=zones)


@given(day=days)
def test_a_week_is_read_as_it_is_written_and_holds_its_days(day: date) -> None:
    week = Week.of(day)

    assert Week.parse(str(week)) == week
    assert week.monday <= day < week.shifted(1).monday
    assert str(week) == day.strftime("%G-W%V")


@pytest.mark.parametrize("text", ["2026-W54", "2025-W53", "2026-W00", "2026-47", "W47", "2026-W7", "", "2026-W47x"])
def test_what_is_no_week_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="2026-W47"):
        Week.parse(text)


def test_week_53_stands_between_the_years() -> None:
    assert str(Week.of(date(2027, 1, 3))) == "2026-W53"
    assert str(Week(2026, 53).shifted(1)) == "2027-W01"
    assert str(Week(2027, 1).shifted(-1)) == "2026-W53"


@given(now=nows, at=times)
def test_the_last_slot_is_the_last_and_the_next_one_the_next(now: datetime, at: DigestTime) -> None:
    last, coming = latest_slot(now, at), next_slot(now, at)

    assert last.moment <= now < coming.moment
    assert coming.week == last.week.shifted(1)
    assert latest_slot(coming.moment - timedelta(microseconds=1), at) == last
    assert latest_slot(coming.moment, at) == coming


@given(now=nows, at=times)
def test_a_slot_is_at_the_set_time_on_the_wall_or_where_the_clock_jumped(now: datetime, at: DigestTime) -> None:
    local = next_slot(now, at).moment.astimezone(ZoneInfo(at.zone))
    before = (local.astimezone(UTC) - timedelta(days=2)).astimezone(ZoneInfo(at.zone))

    on_time = (local.weekday(), local.hour, local.minute) == (at.weekday, at.hour, at.minute)
    assert on_time or local.utcoffset() != before.utcoffset()


@pytest.mark.parametrize("zone", ZONES)
def test_no_week_is_skipped_or_told_twice_over_twenty_years(zone: str) -> None:
    for weekday in (0, 3, 6):
        at = DigestTime(weekday=weekday, hour=2, minute=30, zone=zone)
        slot = latest_slot(datetime(2010, 1, 1, tzinfo=UTC), at)
        for _ in range(52 * 20):
            coming = next_slot(slot.moment, at)
            assert coming.week == slot.week.shifted(1)
            assert timedelta(days=5) < coming.moment - slot.moment < timedelta(days=9)
            slot = coming


@pytest.mark.parametrize(
    ("weekday", "told"), [(0, "2026-W52"), (2, "2026-W52"), (3, "2026-W53"), (4, "2026-W53"), (6, "2026-W53")]
)
def test_early_in_the_week_the_last_one_is_told_late_in_it_its_own(weekday: int, told: str) -> None:
    at = DigestTime(weekday=weekday, hour=9, zone="Europe/Berlin")
    monday = datetime(2026, 12, 28, tzinfo=UTC)

    assert str(next_slot(monday - timedelta(hours=2), at).week) == told


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 23), 167), (date(2026, 10, 19), 169), (date(2026, 6, 1), 168)]
)
def test_a_week_in_which_the_clock_changes_is_an_hour_shorter_or_longer(day: date, hours: int) -> None:
    window = week_window(Week.of(day), "Europe/Berlin", datetime(2026, 11, 1, tzinfo=UTC))

    assert window.end - window.start == timedelta(hours=hours)


@given(now=nows, zone=zones, back=st.integers(0, 60))
def test_a_week_s_window_ends_where_the_next_one_s_begins(now: datetime, zone: str, back: int) -> None:
    week = Week.of(now.date()).shifted(-back)
    window, after = week_window(week, zone, now), week_window(week.shifted(1), zone, now)

    assert (window.start, window.end) == (after.before, after.start)
    assert window.edges[1:] == after.edges[:-1]
    assert window.labels[-1] == week.label
    assert len(set(window.labels)) == len(window.labels) == 8


@given(now=nows, zone=zones, period=st.sampled_from(["1d", "30d", "90d", "130d", "quarter", "2026-Q1", "2027-Q4"]))
def test_a_period_is_cut_at_every_monday_and_nothing_is_left_out(now: datetime, zone: str, period: str) -> None:
    window = period_window(period, zone, now)
    tz = ZoneInfo(zone)

    assert (window.edges[0], window.edges[-1]) == (window.start, window.end)
    assert all(a < b for a, b in pairwise(window.edges))
    assert all(Week.of(edge.astimezone(tz).date()).label for edge in window.edges)
    assert len(window.labels) == len(window.edges) - 1 <= 20
    assert len(set(window.labels)) == len(window.labels)
    for label, (start, end) in zip(window.labels, pairwise(window.edges), strict=True):
        assert Week.of(start.astimezone(tz).date()).label == label
        assert Week.of((end - timedelta(microseconds=1)).astimezone(tz).date()).label == label


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("30d", date(2026, 10, 26), date(2026, 11, 25)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-q2", date(2026, 4, 1), date(2026, 7, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_s_days_are_those_of_the_zone(period: str, first: date, last: date) -> None:
    window = period_window(period, "Asia/Kathmandu", datetime(2026, 11, 24, 9, 0, tzinfo=UTC))

    assert (window.start, window.end) == (midnight(first, "Asia/Kathmandu"), midnight(last, "Asia/Kathmandu"))


@pytest.mark.parametrize("period", ["", "30", "0d", "131d", "999d", "2026-Q5", "year", "-3d"])
def test_what_is_no_period_is_refused_with_examples(period: str) -> None:
    with pytest.raises(ValueError, match="2026-Q3"):
        period_window(period, "UTC", datetime(2026, 11, 24, tzinfo=UTC))
