"""Every figure equals what counting report by report gives, for any history, window, zone and audience, on both databases."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from told import Told, count, keep

from db.figures import SqlLedger
from db.work import SqlWorkPlace
from triage.access import Role, Viewer
from triage.figures import Channel, Figures, Mix, figures
from triage.reports import Event, EventKind, State
from triage.severity import Severity
from triage.weeks import Week, Window, period_window, week_window

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_serial = itertools.count(1)

nows = st.datetimes(datetime(2024, 12, 1), datetime(2027, 1, 20), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
zones = st.sampled_from(ZONES)
severities = st.sampled_from([*Severity])
rules = st.sampled_from(["DP-C1", "DP-I2", "MS-I1"])


@st.composite
def windows(draw: st.DrawFn) -> Window:
    now, zone = draw(nows), draw(zones)
    if draw(st.booleans()):
        return period_window(draw(st.sampled_from(["7d", "30d", "90d", "quarter", "2026-Q1"])), zone, now)
    return week_window(Week.of(now.date()).shifted(draw(st.integers(-2, 0))), zone, now)


def moments(window: Window) -> st.SearchStrategy[datetime]:
    """Times around the window, and those at which something begins or ends."""
    edges = [window.before, window.start, window.end, window.asof, *window.edges]
    brink = st.builds(lambda edge, s: edge + timedelta(seconds=s), st.sampled_from(edges), st.sampled_from([-1, 0, 1]))
    ages = st.sampled_from([7, 28, 91]).map(lambda days: window.asof - timedelta(days=days))
    anywhere = st.integers(-200, 24 * 10).map(lambda h: window.end - timedelta(hours=10 * h))
    return st.one_of(brink, ages, anywhere)


@st.composite
def histories(draw: st.DrawFn, window: Window) -> list[Told]:
    at = moments(window)
    size = draw(st.one_of(st.just(0), st.integers(6, 16)))
    links = st.integers(1, max(size, 1)).map(lambda number: f"ML-{number}")
    events = st.one_of(
        st.builds(
            lambda kind, moment: Event(kind, moment, "U3"),
            st.sampled_from(
                [EventKind.ACCEPTED, EventKind.ASKED, EventKind.ANSWERED, EventKind.UNLINKED, EventKind.CLOSED]
            ),
            at,
        ),
        st.builds(lambda moment, rule: Event(EventKind.OVERRIDDEN, moment, "U3", data=rule), at, _data(rules)),
        st.builds(lambda moment, name: Event(EventKind.LINKED, moment, "U3", now=name), at, links),
    )
    one = st.builds(
        Told,
        created_at=at,
        state=st.sampled_from([*State]),
        severity=st.one_of(st.none(), severities),
        severity_low=severities,
        override=st.one_of(st.none(), severities),
        rule=st.one_of(st.none(), rules),
        threat=st.one_of(st.none(), st.sampled_from(["data_poisoning", "model_stealing"])),
        system=st.sampled_from(["", "Spam filter", "SPAM FILTER", "api", "a", "b", "c", "d", "e", "Straße", "STRASSE"]),
        restricted=st.booleans(),
        reporter=st.sampled_from(["U1", "U2"]),
        named=st.frozensets(st.sampled_from(["U1", "U2", "U9"]), max_size=2),
        owner=st.one_of(st.none(), st.just("U7")),
        due_at=st.one_of(st.none(), at),
        closed_at=st.one_of(st.none(), at),
        events=st.lists(events, max_size=6).map(tuple),
    )
    return draw(st.lists(one, min_size=size, max_size=size))


def _data(rules: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.one_of(st.just({}), rules.map(lambda rule: {"rule": rule}))


cases = windows().flatmap(lambda window: st.tuples(st.just(window), histories(window)))
people = st.builds(Viewer, workspace=st.just(""), user=st.sampled_from(["U1", "U2", "U5"]), role=st.sampled_from(Role))


def told_by(made: Figures) -> dict[str, object]:
    """The product's figures in the shape of the brute count."""

    def mix(some: Mix) -> tuple[int, ...]:
        return some.critical, some.important, some.moderate, some.low, some.outside

    return {
        "came_in": mix(made.came_in),
        "came_before": mix(made.came_before),
        "series": [mix(each) for each in made.series],
        "new": [each.number for each in made.new],
        "closed": dict(made.closed),
        "accept": (made.accept.number, made.accept.median_s, made.accept.p90_s),
        "fix": (made.fix.number, made.fix.median_s, made.fix.p90_s),
        "rated": made.rated,
        "intervals": made.intervals,
        "threats": dict(made.threats),
        "systems": list(made.systems),
        "other_systems": made.other_systems,
        "open": mix(made.open),
        "open_by_age": [mix(each) for each in made.open_by_age],
        "overdue": mix(made.overdue),
        "overdue_worst": [each.number for each in made.overdue_worst],
        "unaccepted": made.unaccepted,
        "unaccepted_since": made.unaccepted_since,
        "asked": made.asked,
        "asked_longest": [each.number for each in made.asked_longest],
        "repeats": made.repeats,
        "repeated": [(each.number, each.times) for each in made.repeated],
        "rules": {each.rule: (each.overridden, each.decided) for each in made.rules},
        "decided": made.decided,
        "restricted": made.restricted,
    }


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a history would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(case=cases, person=people, in_channel=st.booleans())
def test_every_figure_is_what_counting_one_by_one_gives(
    engine: Engine, case: tuple[Window, list[Told]], person: Viewer, in_channel: bool
) -> None:
    window, history = case
    workspace = f"T{next(_serial)}"  # a workspace of its own is an empty history
    audience = Channel(workspace) if in_channel else Viewer(workspace, person.user, person.role)
    keep(SqlWorkPlace(engine), workspace, history)
    keep(SqlWorkPlace(engine), workspace + "X", history[:3])  # the neighbours' must not count

    made = figures(SqlLedger(engine).records(audience, window, 50), window)

    assert told_by(made) == count(history, audience, window)


@pytest.fixture
def queries(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def look(_connection, _cursor, statement: str, *_others) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", look)
    yield seen
    event.remove(engine, "before_cursor_execute", look)


def test_the_number_of_queries_does_not_grow_with_the_history(engine: Engine, queries: list[str]) -> None:
    window = week_window(Week(2026, 47), "UTC", NOW)
    linked = Event(EventKind.LINKED, window.start, "U3", now="ML-1")
    numbers = []
    for workspace, size in (("T1", 1), ("T2", 60)):
        history = [Told(window.start, system=f"s{n}", events=(linked,)) for n in range(size)]
        keep(SqlWorkPlace(engine), workspace, history)
        queries.clear()

        SqlLedger(engine).records(Channel(workspace), window, 10)

        numbers.append(len([each for each in queries if each.startswith(("SELECT", "WITH"))]))

    assert numbers[0] == numbers[1] <= 22


def test_lists_are_cut_and_numbers_are_not(engine: Engine) -> None:
    window = week_window(Week(2026, 47), "UTC", NOW)
    asked = Event(EventKind.ASKED, window.start, "U3")
    linked = [Event(EventKind.LINKED, window.start, "U3", now=f"ML-{n}") for n in range(1, 31)]
    history = [Told(window.start, due_at=window.start, events=(asked, linked[n])) for n in range(30)]
    keep(SqlWorkPlace(engine), "T1", history)

    made = figures(SqlLedger(engine).records(Channel("T1"), window, 5), window)

    assert [len(made.new), len(made.overdue_worst), len(made.asked_longest), len(made.repeated)] == [5, 5, 5, 5]
    assert [made.came_in.critical, made.overdue.total, made.asked, made.repeats] == [30, 30, 30, 30]
