"""Every figure equals what counting report by report gives, for any history, window, zone and audience, on both databases."""

import itertools
import random
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
from triage.figures import AGES, Channel, Figures, Mix, figures
from triage.reports import Event, EventKind, State
from triage.severity import Severity
from triage.weeks import Week, Window, period_window, week_window

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_serial = itertools.count(1)

nows = st.datetimes(datetime(2024, 12, 1), datetime(2027, 1, 20), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
zones = st.sampled_from(ZONES)
KINDS = [
    EventKind.ACCEPTED,
    EventKind.ACCEPTED,
    EventKind.ACCEPTED,
    EventKind.ASKED,
    EventKind.ASKED,
    EventKind.ANSWERED,
    EventKind.OVERRIDDEN,
    EventKind.LINKED,
    EventKind.LINKED,
    EventKind.UNLINKED,
    EventKind.CLOSED,
]
SYSTEMS = ["", "Spam filter", "SPAM FILTER", "api", "a", "b", "c", "d", "e", "Straße", "STRASSE"]


@st.composite
def windows(draw: st.DrawFn) -> Window:
    now, zone = draw(nows), draw(zones)
    if draw(st.booleans()):
        return period_window(draw(st.sampled_from(["7d", "30d", "90d", "quarter", "2026-Q1"])), zone, now)
    return week_window(Week.of(now.date()).shifted(draw(st.integers(-2, 0))), zone, now)


def history_of(seed: int, window: Window) -> list[Told]:
    """A history around the window, dense where something begins or ends. Drawn from a seed: drawing each part apart is slow."""
    chance = random.Random(seed)  # noqa: S311 - must repeat for a seed
    size = chance.choice([0, 12, 24])
    brinks = [window.asof, window.start, window.end, *window.edges, window.before]
    ages = [window.asof - timedelta(days=days) for days, _ in AGES if days]

    def at() -> datetime:
        kind = chance.random()
        if kind < 0.3:
            return chance.choice(brinks[: chance.choice([1, 3, len(brinks)])]) + timedelta(
                seconds=chance.randint(-1, 1)
            )
        if kind < 0.4:
            return chance.choice(ages) + timedelta(seconds=chance.randint(-1, 1))
        return window.end - timedelta(hours=chance.randint(-72, 24 * (20 if kind < 0.8 else 120)))

    def rule() -> str | None:
        return chance.choice(["DP-C1", "DP-I2", "MS-I1", None])

    def event() -> Event:
        kind = chance.choice(KINDS)
        data = {"rule": told} if kind is EventKind.OVERRIDDEN and (told := rule()) else {}
        now = f"ML-{chance.randint(1, size)}" if kind is EventKind.LINKED else ""
        return Event(kind, at(), "U3", now=now, data=data)

    def life() -> tuple[Event, ...]:
        some = [event() for _ in range(chance.randint(0, 5))]
        accepted = [n for n, each in enumerate(some) if each.kind is EventKind.ACCEPTED]
        return tuple(each for n, each in enumerate(some) if n not in accepted[1:])  # nothing is accepted twice

    def one() -> Told:
        standing = chance.random() < 0.6
        return Told(
            created_at=at(),
            state=chance.choice([State.NEW, State.ACCEPTED] if standing else [*State]),
            severity=chance.choice([*Severity, None]),
            severity_low=chance.choice([*Severity]),
            override=chance.choice([*Severity, None, None, None]),
            rule=rule(),
            threat=chance.choice(["data_poisoning", "model_stealing", None]),
            system=chance.choice(SYSTEMS),
            restricted=chance.random() < 0.25,
            reporter=chance.choice(["U1", "U2"]),
            named=frozenset(chance.sample(["U1", "U2", "U9"], chance.randint(0, 2))),
            owner=chance.choice(["U7", None]),
            due_at=chance.choice([None, at()]),
            closed_at=None if standing else chance.choice([None, at(), at()]),
            events=life(),
        )

    return [one() for _ in range(size)]


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
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a seed does not shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(window=windows(), seed=st.integers(0, 2**32), person=people, in_channel=st.booleans())
def test_every_figure_is_what_counting_one_by_one_gives(
    engine: Engine, window: Window, seed: int, person: Viewer, in_channel: bool
) -> None:
    history = history_of(seed, window)
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
    history = [Told(window.start, due_at=window.start, events=(linked[n], asked)) for n in range(30)]
    keep(SqlWorkPlace(engine), "T1", history)

    made = figures(SqlLedger(engine).records(Channel("T1"), window, 5), window)

    assert [len(made.new), len(made.overdue_worst), len(made.asked_longest), len(made.repeated)] == [5, 5, 5, 5]
    assert [made.came_in.critical, made.overdue.total, made.asked, made.repeats] == [30, 30, 30, 30]
