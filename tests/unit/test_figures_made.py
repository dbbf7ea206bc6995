"""What records come to: middles, rates, bands, and when a week is quiet."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.figures import Listed, Records, RuleRate, Times, band, figures
from triage.reports import State
from triage.severity import Severity
from triage.weeks import Week, week_window

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WINDOW = week_window(Week(2026, 47), "UTC", NOW)


@given(seconds=st.lists(st.integers(0, 60).map(float), min_size=1, max_size=60))
def test_half_took_no_longer_than_the_median_and_nine_of_ten_than_the_p90(seconds: list[float]) -> None:
    times = Times.of(seconds)
    ninety = min(s for s in seconds if 10 * sum(other <= s for other in seconds) >= 9 * len(seconds))
    ordered = sorted(seconds)

    assert times.p90_s == ninety
    assert times.median_s == (ordered[(len(seconds) - 1) // 2] + ordered[len(seconds) // 2]) / 2
    assert times.number == len(seconds)


def test_nothing_took_no_time() -> None:
    assert Times.of([]) == Times(0, None, None)


@pytest.mark.parametrize(
    ("overridden", "decided", "suspect"), [(3, 10, True), (2, 2, False), (3, 11, False), (30, 100, True)]
)
def test_a_rule_is_suspect_when_it_is_overridden_often_and_in_many_of_its_cases(
    overridden: int, decided: int, suspect: bool
) -> None:
    assert RuleRate("DP-C1", overridden, decided).suspect is suspect


def test_rules_are_told_by_how_often_they_were_overridden_out_of_all_decided() -> None:
    made = figures(Records(agreed=[("A", 3), ("C", 9)], overridden=[("A", 1), ("B", 4)]), WINDOW)

    assert [(each.rule, each.overridden, each.decided) for each in made.rules] == [("B", 4, 4), ("A", 1, 4)]
    assert (made.overridden, made.decided) == (5, 17)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "fewer than 3"),
        (1, "fewer than 3"),
        (2, "fewer than 3"),
        (3, "3 to 9"),
        (10, "10 to 29"),
        (5000, "100 or more"),
    ],
)
def test_restricted_reports_are_told_as_bands(number: int, words: str) -> None:
    assert band(number) == words


LATE = Listed(1, "Late", Severity.LOW, State.ACCEPTED, NOW)


@pytest.mark.parametrize(
    "records",
    [
        Records(came_in=[(7, Severity.LOW, 1)]),
        Records(closed=[(State.DECLINED, 1)]),
        Records(accept_s=[1.0]),
        Records(overdue=[(Severity.LOW, 1)], overdue_worst=[LATE]),
        Records(unaccepted=1),
        Records(asked=1),
        Records(repeats=1),
    ],
    ids=["came in", "closed", "accepted", "overdue", "not accepted", "asked", "repeated"],
)
def test_a_week_in_which_something_happened_or_waits_is_not_quiet(records: Records) -> None:
    assert not figures(records, WINDOW).quiet


def test_a_week_is_quiet_whatever_came_in_before_and_however_much_is_restricted() -> None:
    """If restricted reports made a week loud, its being loud would give them away."""
    assert figures(Records(came_in=[(6, Severity.CRITICAL, 9)], came_before=[(None, 2)], restricted=9), WINDOW).quiet
