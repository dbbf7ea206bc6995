"""The state machine: each row done, everything else refused, and drawn as it is."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from records import REPORTER, STRANGER, WORKSPACE, a_report
from stores import START

from triage.access import Role, Viewer, may_edit
from triage.errors import Forbidden, StaleState
from triage.lifecycle import (
    CLOSED_STATES,
    TRANSITIONS,
    Aim,
    Deed,
    Who,
    allowed,
    choices,
    destination,
    drawn,
    resting,
    roles,
)
from triage.reports import OPEN_STATES, State
from triage.severity import Severity

VIEWERS = {
    Who.TRIAGER: Viewer(WORKSPACE, "U3", Role.TRIAGER),
    Who.REPORTER: Viewer(WORKSPACE, REPORTER),
    Who.OWNER: Viewer(WORKSPACE, "U8"),
    Who.ASSISTANT: Viewer.assistant(WORKSPACE),
}
NOBODY = [
    Viewer(WORKSPACE, "U2"),
    Viewer(WORKSPACE, "U2", admin=True),
    Viewer(WORKSPACE, REPORTER, Role.OUTSIDER),
    STRANGER,
]


def in_state(state: State):
    accepted = START if state is State.ACCEPTED else None
    return a_report(number=7, state=state, owner="U8", accepted_at=accepted)


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("state", State)
def test_what_a_row_allows_is_done_and_all_else_is_refused(deed: Deed, state: State) -> None:
    report = in_state(state)
    for who, viewer in VIEWERS.items():
        rows = [row for row in TRANSITIONS if row.deed is deed and state in row.sources and who in row.who]
        if rows:
            assert allowed(deed, viewer, report) is rows[0]
            assert deed in choices(viewer, report)
        else:
            with pytest.raises((Forbidden, StaleState)) as refused:
                allowed(deed, viewer, report)
            assert deed in refused.value.message
            assert deed not in choices(viewer, report)


@pytest.mark.parametrize("viewer", NOBODY)
def test_whoever_is_nothing_to_a_report_can_do_nothing(viewer: Viewer) -> None:
    for deed, state in product(Deed, State):
        assert roles(viewer, in_state(state)) == frozenset()
        with pytest.raises(Forbidden):
            allowed(deed, viewer, in_state(state))


@pytest.mark.parametrize(("state", "who"), list(product(State, Who)))
def test_no_pair_of_rows_leaves_it_open_where_a_deed_leads(state: State, who: Who) -> None:
    rows = [row for row in TRANSITIONS if state in row.sources and who in row.who]
    assert len({row.deed for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("state", "who"), list(product((State.NEW, State.OUT_OF_SCOPE, State.ACCEPTED), (Who.TRIAGER, Who.REPORTER)))
)
def test_editing_is_what_access_says(state: State, who: Who) -> None:
    viewer = VIEWERS[who]
    may = may_edit(viewer, workspace=WORKSPACE, reporter=REPORTER, accepted=state is State.ACCEPTED)
    assert (Deed.EDIT in choices(viewer, in_state(state))) == may


def test_every_closed_state_has_a_way_back() -> None:
    for state in CLOSED_STATES:
        assert any(state in row.sources and row.target is Aim.RESTS and Who.TRIAGER in row.who for row in TRANSITIONS)
    assert set(State) - CLOSED_STATES - OPEN_STATES == {State.OUT_OF_SCOPE}


def test_a_report_rests_by_its_severity_and_its_acceptance() -> None:
    new = a_report()
    assert resting(new) is State.NEW
    assert resting(replace(new, accepted_at=START)) is State.ACCEPTED
    outside = replace(new, severity=None)
    assert resting(replace(outside, accepted_at=START)) is State.OUT_OF_SCOPE
    assert resting(replace(outside, override=Severity.LOW)) is State.NEW


def test_a_stale_deed_names_the_state() -> None:
    with pytest.raises(StaleState, match="ML-7 is fixed by now"):
        allowed(Deed.ACCEPT, VIEWERS[Who.TRIAGER], in_state(State.FIXED))


def test_staying_stays() -> None:
    row = allowed(Deed.ASSIGN, VIEWERS[Who.TRIAGER], in_state(State.ACCEPTED))
    assert destination(row, in_state(State.ACCEPTED)) is State.ACCEPTED


def test_the_page_in_docs_is_the_code_drawn() -> None:
    page = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert drawn() in page, "docs/lifecycle.md is out of date: put `triage.lifecycle.drawn()` into it."
