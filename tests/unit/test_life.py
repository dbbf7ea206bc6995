"""The history that comes with a record: read, refused where it makes no sense, and what the report takes from it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from triage.bars import builtin
from triage.intake import Incoming, Intake, life_of
from triage.reports import EventKind
from triage.transfer import RowError, record_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
INTAKE = Intake(builtin(), "T1", NOW)


def an_event(what: str, day: int = 1, **told: Any) -> dict[str, Any]:
    return {"when": f"2026-01-{day:02}T09:00:00Z", "who": "U3", "what": what, **told}


def take(*events: Any, **record: Any) -> Incoming:
    return INTAKE.take({"key": "J-1", "title": "x", "created_at": "2026-01-01", "events": list(events), **record})


def test_events_come_back_in_their_order_and_the_first_says_where_from() -> None:
    first, second = life_of(take(an_event("filed", to="Low"), an_event("accepted", 2, why="It works.")))

    assert (first.kind, first.now, first.data) == (EventKind.FILED, "Low", {"imported": "J-1"})
    assert (second.kind, second.at.day, second.actor, second.reason) == (EventKind.ACCEPTED, 2, "U3", "It works.")


def test_where_it_came_from_is_not_exported() -> None:
    taken = take(an_event("filed", data={"imported": "elsewhere", "rule": "DP-C1"}))

    (event,) = record_of(taken.report, "K", life_of(taken))["events"]

    assert event["data"] == {"rule": "DP-C1"}


def test_a_record_without_events_begins_its_own_history() -> None:
    filed, closed = life_of(INTAKE.take({"title": "x", "state": "fixed"}))

    assert (filed.kind, closed.kind) == (EventKind.FILED, EventKind.CLOSED)


def test_owner_acceptance_and_deadline_come_back() -> None:
    report = take(
        an_event("filed"),
        an_event("accepted", 2),
        an_event("assigned", 3, to="U8"),
        an_event("assigned", 4, **{"from": "U8", "to": "U9"}),
        state="accepted",
        due_at="2027-01-01T00:00:00Z",
    ).report

    assert (report.owner, report.accepted_at) == ("U9", datetime(2026, 1, 2, 9, tzinfo=UTC))
    assert report.due_at == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_risk_ends_when_its_last_closing_said() -> None:
    closed = an_event("closed", data={"until": "2027-01-01T00:00:00+00:00"})

    report = take(an_event("filed"), closed, state="risk accepted").report

    assert report.risk_until == report.wake_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert take(an_event("filed"), closed, state="accepted").report.risk_until is None


def test_who_was_named_sees_it_again_and_nobody_else() -> None:
    report = take(
        an_event("filed"),
        an_event("assigned", to="UBEFORE"),
        an_event("assigned", to="UOWNER"),
        an_event("restricted"),
        an_event("viewer added", to="UNAMED"),
        an_event("viewer added", to="UGONE"),
        an_event("viewer removed", **{"from": "UGONE"}),
        an_event("assigned", to="UNEXT"),
        restricted=True,
    ).report

    assert report.named == {"UOWNER", "UNAMED", "UNEXT"}


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ("filed", "A list of objects"),
        ([3], "A list of objects"),
        ([{"what": "filed", "when": "2026-01-01", "colour": "red"}], "A list of objects"),
        ([an_event("filed", to=3)], "A list of objects"),
        ([an_event("exploded")], "“what” is one of: filed,"),
        ([{"what": "filed", "who": "U1"}], "Each says when it was"),
        ([{"what": "filed", "when": "soon"}], "Write it like"),
        ([{"what": "filed", "when": "2027-01-01"}], "future"),
        ([an_event("filed", who="U" * 65)], "64 characters"),
        ([an_event("filed", why="x" * 3001)], "3000 characters fit into “why”"),
        ([an_event("filed", data=["x"])], "object of texts"),
        ([an_event("filed", data={"x": "\x01" * 300})], "1500 characters"),
        ([an_event("filed")] * 1001, "At most 1000 events"),
    ],
)
def test_a_history_that_makes_no_sense_is_refused_with_what_to_do(events: Any, told: str) -> None:
    with pytest.raises(RowError, match=told) as refused:
        INTAKE.take({"title": "x", "events": events})

    assert refused.value.field == "events"
