"""Records there and back: what is exported reads as the same report, and no cell runs in a spreadsheet."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.bars import builtin
from triage.intake import ENDS, Intake, life_of
from triage.reports import EventKind, State
from triage.severity import Severity
from triage.transfer import FIELDS, RowError, cells, csv_line, csv_source, jsonl, jsonl_source, read, record_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
INTAKE = Intake(builtin(), "T1", NOW)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
moments = st.integers(0, 10**9).map(lambda seconds: NOW - timedelta(seconds=seconds, microseconds=seconds % 999))
cases = st.sampled_from(
    [
        {},
        {"gates": {"ml_target": "no"}},
        {
            "gates": {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"},
            "threats": [{"threat": "data_poisoning", "answers": {"control": "chosen"}}],
            "urgency": {"detect": "blind"},
        },
    ]
)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    state = draw(st.sampled_from(State))
    created = draw(moments)
    record: dict[str, Any] = {
        "key": draw(words.map(str.strip)),
        "title": draw(words.filter(str.strip)),
        "description": draw(words),
        "system": draw(words.map(str.strip)),
        "reporter": draw(words.map(str.strip)),
        "created_at": created.isoformat(),
        "state": state.value,
        "restricted": draw(st.booleans()),
        "severity": draw(st.sampled_from(["", *Severity])),
        **draw(cases),
    }
    if state in ENDS and draw(st.booleans()):
        record["closed_at"] = NOW.isoformat()
    return record


events = st.lists(
    st.fixed_dictionaries(
        {"when": moments.map(datetime.isoformat), "who": words, "what": st.sampled_from(EventKind)},
        optional={"from": words, "to": words, "why": words, "data": st.dictionaries(words, words, max_size=2)},
    ),
    max_size=4,
)


def as_csv(record: dict[str, Any]) -> str:
    return csv_line(FIELDS) + csv_line(cells(record))


@given(records(), events)
def test_what_is_exported_is_imported_as_the_same_report(record: dict[str, Any], life: list[dict[str, Any]]) -> None:
    taken = INTAKE.take({**record, "events": life})
    exported = record_of(taken.report, taken.key or "K1", life_of(taken))

    for text, source in ((jsonl(exported), jsonl_source), (as_csv(exported), csv_source)):
        ((_, again),) = read(source(io.StringIO(text, newline="")))
        assert not isinstance(again, RowError)
        back = INTAKE.take(again)
        assert record_of(back.report, back.key, life_of(back)) == exported
        if life:
            assert replace(back.report, draft=taken.report.draft) == taken.report


@given(words)
def test_no_cell_begins_with_what_a_spreadsheet_runs(text: str) -> None:
    exported = record_of(INTAKE.take({"title": "x", "description": text, "system": text.strip()}).report, text)

    for cell in cells(exported):
        assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''=1", "'plain", "\t=1"])
def test_a_neutralised_cell_comes_back_as_it_was(text: str) -> None:
    exported = record_of(INTAKE.take({"title": "x", "description": text}).report, "K1")

    ((_, again),) = read(csv_source(io.StringIO(as_csv(exported), newline="")))

    assert again["description"] == text  # type: ignore[index]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheets_own_separator_is_understood(delimiter: str) -> None:
    text = delimiter.join(("Title", "SEVERITY", "unknown")) + "\r\n" + delimiter.join(("x", "Low", "y")) + "\r\n"

    ((line, record),) = read(csv_source(io.StringIO(text, newline="")))

    assert line == 2
    assert record == {"title": "x", "severity": "Low", "unknown": "y"}


def test_a_cell_may_hold_lines_and_quotes() -> None:
    text = 'title,description\nx,"one\n""two"""\ny,z\n'

    assert [record["description"] for _, record in read(csv_source(io.StringIO(text, newline="")))] == [
        'one\n"two"',
        "z",
    ]  # type: ignore[index]


def test_a_table_without_a_known_column_is_refused() -> None:
    with pytest.raises(RowError, match="names the columns"):
        list(read(csv_source(["a,b\n", "1,2\n"])))


def test_a_bad_row_does_not_end_the_file() -> None:
    table = list(read(csv_source(io.StringIO('title,gates\nx,{bad\ny,"{""ml_target"": ""no""}"\n', newline=""))))
    texts = ['{"title": "x"}\n', "\n", "{bad\n", "[1]\n", '{"title": "y"}\n', "[" * 100_000]
    lines = list(read(jsonl_source(texts)))

    assert [type(record).__name__ for _, record in table] == ["RowError", "dict"]
    assert [(line, type(record).__name__) for line, record in lines] == [
        (1, "dict"), (3, "RowError"), (4, "RowError"), (5, "dict"), (6, "RowError")
    ]  # fmt: skip


def test_a_huge_cell_is_a_bad_row() -> None:
    text = "title,description\nx," + "d" * 200_000 + "\ny,z\n"

    assert isinstance(next(record for _, record in read(csv_source(io.StringIO(text)))), RowError)


def test_a_report_that_was_born_here_is_named_by_workspace_and_number() -> None:
    assert record_of(INTAKE.take({"title": "x"}).report)["key"] == "T1/ML-0"


def test_a_line_of_json_holds_every_field_as_people_wrote_it() -> None:
    line = jsonl(record_of(INTAKE.take({"title": "数据", "key": "K"}).report, "K"))

    assert list(json.loads(line)) == list(FIELDS)
    assert "数据" in line
