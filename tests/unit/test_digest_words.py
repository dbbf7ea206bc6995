"""The digest's and the report's messages: within Slack's limits and dead to mark-up, whatever the figures and titles are."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render import digest as rendered
from bot.render import report as rendered_report
from bot.render.figures import TEXT_MAX, span, waiting_words
from bot.sandbox.blockkit import check_message, errors
from triage.digest import LISTED, Digest
from triage.figures import AGES, Listed, Records, Repeated, figures
from triage.reports import State
from triage.severity import Severity
from triage.weeks import Week, period_window, week_window

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WEEK = Week(2026, 47)
WINDOW = week_window(WEEK, "Europe/Berlin", NOW)

severities = st.sampled_from([*Severity, None])
numbers = st.integers(0, 10**6)
titles = st.one_of(
    st.text(max_size=150),
    st.sampled_from(
        ["<!channel> *x* `y` _z_ & <@U1>", "&amp;&lt;" * 20, "\u202eesrever", "é" * 150, "😀" * 150, "a\nb\n\nc"]
    ),
)
moments = st.integers(0, 5000).map(lambda hours: NOW - timedelta(hours=hours))
listed = st.builds(
    Listed,
    number=st.integers(1, 10**8),
    title=titles,
    severity=severities,
    state=st.sampled_from(State),
    created_at=moments,
    owner=st.one_of(st.none(), st.just("U123456789A")),
    due_at=moments,
    since=moments,
)
many = st.integers(0, LISTED).flatmap(lambda size: st.lists(listed, min_size=size, max_size=size))
names = st.one_of(st.text(min_size=1, max_size=75), titles.filter(bool).map(lambda text: text[:75]))


def mixes(places: int) -> st.SearchStrategy[list[tuple[int, Severity | None, int]]]:
    return st.lists(st.tuples(st.integers(0, places - 1), severities, numbers), max_size=30)


records = st.builds(
    Records,
    came_in=mixes(8),
    came_before=st.lists(st.tuples(severities, numbers), max_size=5),
    new=many,
    closed=st.lists(st.tuples(st.sampled_from(State), numbers), max_size=8, unique_by=lambda pair: pair[0]),
    accept_s=st.lists(st.floats(0, 10**8), max_size=5),
    fix_s=st.lists(st.floats(0, 10**8), max_size=5),
    rated=numbers,
    intervals=numbers,
    threats=st.lists(st.tuples(st.sampled_from(["data_poisoning", "model_stealing", "x" * 64]), numbers), max_size=9),
    systems=st.lists(st.tuples(names, numbers), max_size=5),
    open=mixes(len(AGES)),
    overdue=st.lists(st.tuples(severities, numbers), max_size=5),
    overdue_worst=many,
    unaccepted=numbers,
    unaccepted_since=moments,
    asked=numbers,
    asked_longest=many,
    repeats=numbers,
    repeated=st.lists(st.builds(Repeated, st.integers(1, 10**8), titles, st.integers(1, 99)), max_size=LISTED),
    agreed=st.lists(st.tuples(st.integers(0, 60).map(lambda n: f"R{n}"), numbers), max_size=60),
    overridden=st.lists(st.tuples(st.integers(0, 60).map(lambda n: f"R{n}"), numbers), max_size=60),
    restricted=numbers,
)


@settings(max_examples=25, deadline=None)
@given(records=records, charts=st.booleans(), late=st.booleans(), changed=st.booleans())
def test_every_message_is_one_that_slack_takes(records: Records, charts: bool, late: bool, changed: bool) -> None:
    made = figures(records, WINDOW)
    digest = Digest(WEEK, "Europe/Berlin", made, missed=NOW if late else None, changed=NOW if changed else None)
    messages = [
        rendered.message(digest, charts=charts),
        rendered.details(digest),
        rendered_report.message(made, "Europe/Berlin", charts=charts),
    ]

    for message in messages:
        assert errors(check_message(message)) == []
        assert len(message["text"]) <= TEXT_MAX + 1
        assert "<!channel>" not in message["text"]
        drawn = [block["type"] for block in message["blocks"]]
        assert drawn.count("data_visualization") <= 2
        assert charts or not {"data_visualization", "data_table"} & set(drawn)


@settings(max_examples=10, deadline=None)
@given(records=records, more=st.integers(0, 2))
def test_restricted_reports_change_nothing_but_their_band(records: Records, more: int) -> None:
    few, other = (figures(replace(records, restricted=number), WINDOW) for number in (0, more))

    def said(made):
        return json.dumps(rendered.message(Digest(WEEK, "Europe/Berlin", made), charts=True))

    assert said(few) == said(other)


def test_charts_that_show_nothing_are_left_out() -> None:
    made = figures(Records(came_in=[(7, None, 3)]), WINDOW)
    message = rendered.message(Digest(WEEK, "UTC", made), charts=True)

    assert "data_visualization" not in [block["type"] for block in message["blocks"]]
    assert "3 reports came in" in message["text"]


def test_what_was_overdue_and_is_closed_by_now_says_so() -> None:
    closed = Listed(4, "Late", Severity.LOW, State.FIXED, NOW, "U1", NOW - timedelta(days=3))
    made = figures(Records(overdue=[(Severity.LOW, 1)], overdue_worst=[closed]), WINDOW)

    said = rendered.message(Digest(WEEK, "UTC", made), charts=True)
    assert "3 days over its deadline, fixed since" in said["text"]
    assert "U1" not in str(said)  # nobody has to be told of it


def test_a_running_week_says_so() -> None:
    window = week_window(Week(2026, 48), "UTC", NOW)
    made = figures(Records(came_in=[(7, Severity.LOW, 1)]), window)

    assert (
        "1 report came in so far, 0 the week before. 1 Low."
        in rendered.message(Digest(Week(2026, 48), "UTC", made), charts=True)["text"]
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 minutes"),
        (60, "1 minute"),
        (7199, "120 minutes"),
        (7200, "2 hours"),
        (172800, "2 days"),
        (86400, "24 hours"),
    ],
)
def test_a_span_is_told_in_one_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_one_waits_and_two_wait() -> None:
    made = figures(Records(unaccepted=1, unaccepted_since=NOW - timedelta(days=9), asked=2), WINDOW)

    assert waiting_words(made) == "1 waits to be accepted, for 9 days; 2 wait for an answer from the reporter."


@pytest.mark.parametrize(
    ("week", "title"),
    [
        (Week(2026, 53), "week 53 (28 Dec to 3 Jan 2027)"),
        (Week(2026, 47), "week 47 (16 to 22 Nov 2026)"),
        (Week(2026, 44), "week 44 (26 Oct to 1 Nov 2026)"),
    ],
)
def test_the_title_names_the_days_over_month_and_year_ends(week: Week, title: str) -> None:
    made = figures(Records(), week_window(week, "UTC", NOW))

    assert title in rendered.message(Digest(week, "UTC", made), charts=True)["text"]


def test_a_report_s_title_names_its_first_and_last_day() -> None:
    assert rendered_report.title(period_window("2026-Q3", "Asia/Kathmandu", NOW), "Asia/Kathmandu") == (
        "Report, 1 Jul to 30 Sep 2026"
    )
