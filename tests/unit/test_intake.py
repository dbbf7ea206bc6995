"""Records from outside: what is taken as what, what is cut, what is refused and with which words."""

from datetime import UTC, datetime

import pytest

from triage.bars import builtin
from triage.intake import ENDS, NOBODY, Intake
from triage.reports import DESCRIPTION_MAX, OPEN_STATES, TITLE_MAX, State
from triage.severity import Severity
from triage.transfer import RowError
from triage.unrated import REASON

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANSWERED = {
    "title": "Labels can be bought",
    "gates": {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"},
    "threats": [
        {"threat": "data_poisoning", "variant": "targeted", "answers": {"control": "chosen", "decision": "automated"}}
    ],
    "urgency": {"maturity": "shown"},
}


@pytest.fixture(scope="module")
def intake() -> Intake:
    return Intake(builtin(), "T1", NOW)


def test_answers_are_scored_by_the_bar(intake: Intake) -> None:
    report = intake.take(ANSWERED).report

    assert (report.severity, report.threat, report.override) == (Severity.CRITICAL, "data_poisoning", None)
    assert report.scored.bar_hash == builtin().hash
    assert report.scored.parsed().severity is Severity.CRITICAL


def test_a_bare_severity_counts_and_the_bar_says_that_it_did_not_rate_it(intake: Intake) -> None:
    report = intake.take({"title": "Old one", "severity": "important"}).report

    assert (report.severity, report.override, report.effective) == (None, Severity.IMPORTANT, Severity.IMPORTANT)
    assert report.scored.parsed().reason == REASON
    assert report.scored.case == "{}"


def test_a_severity_beside_answers_counts_where_it_differs(intake: Intake) -> None:
    assert intake.take({**ANSWERED, "severity": "Critical"}).report.override is None
    assert intake.take({**ANSWERED, "severity": "Low"}).report.effective is Severity.LOW


def test_out_of_scope_answers_give_the_route(intake: Intake) -> None:
    report = intake.take({"title": "Plain SQL injection", "gates": {"ml_target": "no"}}).report

    assert (report.outcome, report.route, report.effective) == ("out_of_scope", "standard_sdl", None)


def test_what_is_left_out_has_a_sensible_value(intake: Intake) -> None:
    one = intake.take({"description": "\n  First line.\nSecond line."})

    assert one.report.title == "First line."
    assert (one.report.state, one.report.restricted, one.report.reporter) == (State.NEW, False, NOBODY)
    assert one.report.created_at == NOW
    assert (one.key, one.cut) == ("", ())


def test_moments_are_utc_and_a_day_is_its_first_moment(intake: Intake) -> None:
    taken = intake.take(
        {"title": "x", "created_at": "2026-11-01", "closed_at": "2026-11-02T10:00:00+02:00", "state": "Fixed"}
    )

    assert taken.report.created_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert taken.report.closed_at == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_a_text_that_is_too_long_is_cut_and_a_titles_end_is_kept_in_the_description(intake: Intake) -> None:
    one = intake.take({"title": "t" * 200, "description": "d" * 4000})

    assert one.cut == ("title", "description")
    assert len(one.report.title) == TITLE_MAX
    assert len(one.report.description) == DESCRIPTION_MAX
    assert one.report.description.startswith("t" * 200)
    assert one.report.title.endswith("…")


def test_the_same_record_is_the_same_report_by_key_or_by_content(intake: Intake) -> None:
    assert (
        intake.take({"key": "J-1", "title": "a"}).report.draft == intake.take({"key": "J-1", "title": "b"}).report.draft
    )
    assert intake.take({"title": "a"}).report.draft == intake.take({"title": "a"}).report.draft
    assert intake.take({"title": "a"}).report.draft != intake.take({"title": "b"}).report.draft
    assert len(intake.take({"key": "k" * 200, "title": "a"}).report.draft) <= 64


def test_states_are_read_in_any_spelling(intake: Intake) -> None:
    for text in ("risk_accepted", "Risk accepted", " RISK ACCEPTED "):
        assert intake.take({"title": "x", "state": text}).report.state is State.RISK_ACCEPTED


def test_every_state_is_open_or_an_end() -> None:
    assert set(State) == ENDS | OPEN_STATES


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({}, "title"),
        ({"title": "  ", "description": "\n"}, "title"),
        ({"title": ["x"]}, "title"),
        ({"title": True}, "title"),
        ({"title": "x", "key": "k" * 201}, "key"),
        ({"title": "x", "reporter": "u" * 65}, "reporter"),
        ({"title": "x", "created_at": "yesterday"}, "created_at"),
        ({"title": "x", "created_at": "2027-01-01"}, "created_at"),
        ({"title": "x", "created_at": "0001-01-01T00:00:00+14:00"}, "created_at"),
        ({"title": "x", "created_at": "2026-11-02", "closed_at": "2026-11-01", "state": "fixed"}, "closed_at"),
        ({"title": "x", "created_at": "2026-11-01", "closed_at": "2026-11-02"}, "closed_at"),
        ({"title": "x", "state": "done"}, "state"),
        ({"title": "x", "severity": "Catastrophic"}, "severity"),
        ({"title": "x", "restricted": "perhaps"}, "restricted"),
        ({"title": "x", "gates": {"ml_target": "maybe"}}, "gates.ml_target"),
        ({"title": "x", "gates": "yes"}, "gates"),
        ({"title": "x", "threats": [{"threat": "no_such"}]}, "threats[0].threat"),
        (
            {"title": "x", "threats": [{"threat": "data_poisoning", "answers": {"control": "no_such"}}]},
            "threats[0].answers.control",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_field_to_mend(
    intake: Intake, record: dict[str, object], field: str
) -> None:
    with pytest.raises(RowError) as refused:
        intake.take(record)

    assert refused.value.field == field
    assert refused.value.message
