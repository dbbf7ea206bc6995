"""Deadlines, reminders and the urgency of an override: pure functions of moments and zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import a_case, a_report, a_scored
from stores import START

from triage import bars, deadlines
from triage.reports import State
from triage.severity import Severity

BAR = bars.builtin()
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Asia/Tokyo",
    "America/New_York",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES)


@pytest.mark.parametrize(("urgency", "days"), [("P0", 7), ("P1", 14), ("P2", 30), ("P3", 90), ("P4", 180)])
def test_the_bars_days_hold_where_the_workspace_set_none(urgency: str, days: int) -> None:
    assert deadlines.due(START, urgency, BAR, {}) == START + timedelta(days=days)
    assert deadlines.due(START, urgency, BAR, {urgency: 3}) == START + timedelta(days=3)


def test_what_is_unknown_has_no_deadline_and_is_never_overdue() -> None:
    assert deadlines.due(START, None, BAR, {}) is None
    for state in State:
        assert not deadlines.overdue(a_report(state=state), START + timedelta(days=4000))


@pytest.mark.parametrize("state", State)
def test_only_accepted_reports_are_overdue(state: State) -> None:
    late = a_report(state=state, due_at=START)
    assert deadlines.overdue(late, START + timedelta(seconds=1)) == (state is State.ACCEPTED)
    assert not deadlines.overdue(late, START)


@given(now=moments, zone=zones)
def test_the_next_morning_is_ahead_within_a_day_and_at_nine(now: datetime, zone: str) -> None:
    morning = deadlines.next_morning(now, zone)
    assert timedelta() < morning - now <= timedelta(hours=25)
    assert morning.astimezone(ZoneInfo(zone)).hour == 9


@given(now=moments, zone=zones, days=st.integers(0, 200))
def test_the_first_reminder_is_ahead_and_the_day_before_where_there_is_time(
    now: datetime, zone: str, days: int
) -> None:
    due_at = now + timedelta(days=days)
    first = deadlines.first_reminder(due_at, now, zone)
    assert first > now
    if days > 2:
        assert timedelta(0) < due_at - first < timedelta(days=2, hours=1)


@given(due_at=moments, zone=zones, hours=st.integers(-100, 2000))
def test_reminders_are_a_day_apart_or_more(due_at: datetime, zone: str, hours: int) -> None:
    now = due_at + timedelta(hours=hours)
    following = deadlines.next_reminder(due_at, now, zone)
    assert deadlines.local_day(following, zone) > deadlines.local_day(now, zone) or following > now
    if hours > 80:
        assert following - now > timedelta(days=5)


def test_a_day_ends_at_its_own_midnight_also_when_the_clocks_change() -> None:
    assert deadlines.end_of(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert deadlines.end_of(date(2026, 3, 28), "Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert deadlines.end_of(date(2026, 11, 24), "UTC") == datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "urgency"),
    [(Severity.CRITICAL, "P1"), (Severity.IMPORTANT, "P2"), (Severity.MODERATE, "P3"), (Severity.LOW, "P4")],
)
def test_an_override_has_the_urgency_of_its_severity(severity: Severity, urgency: str) -> None:
    verdict = a_scored().parsed()
    assert verdict.urgency == "P1"  # Critical, shown, nothing that steps it up
    assert deadlines.urgency_of(BAR, a_case(), verdict, severity) == urgency


def test_what_steps_the_verdict_up_steps_the_override_up() -> None:
    case = a_case("ecosystem")
    verdict = a_scored("ecosystem").parsed()
    assert verdict.urgency == "P0"
    assert deadlines.urgency_of(BAR, case, verdict, Severity.MODERATE) == "P2"
