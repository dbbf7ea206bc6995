"""Reports on their way in and out: one record each, as a JSON object or as a row of a spreadsheet, there and back.

A record's fields are `FIELDS`. `gates`, `threats`, `urgency` and `failure_mode` are as `score` reads them; `events` is the
report's history, a list of objects. In a spreadsheet what is no text is JSON, and a cell that a spreadsheet would run as a
formula is written with an apostrophe before it, which is taken off again.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from triage.case import Case
from triage.reports import Event, Report, report_name

FIELDS: Final = (
    "key",
    "title",
    "description",
    "system",
    "reporter",
    "created_at",
    "state",
    "closed_at",
    "restricted",
    "gates",
    "threats",
    "urgency",
    "failure_mode",
    "severity",
    "due_at",
    "events",
)
EVENT_FIELDS: Final = ("when", "who", "what", "from", "to", "why", "data")
IMPORTED: Final = "imported"
"""What an event's data say of where it came from; it stays here."""

_AS_JSON = ("gates", "threats", "urgency", "events")
_RUNS = re.compile(r"'*[=+\-@\t\r]")


class RowError(ValueError):
    """A record that can't be taken: `field` names what to mend, `message` says how."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        """It travels between processes."""
        return RowError, (self.field, self.message)


Line = tuple[int, Mapping[str, Any] | RowError]


@dataclass(frozen=True, slots=True)
class Exported:
    """A report on its way out, with its history. `key`: its id outside, or the one that it has as a report born here."""

    report: Report
    key: str
    events: Sequence[Event]

    def record(self) -> dict[str, Any]:
        """Its record."""
        return record_of(self.report, self.key, self.events)


@dataclass(frozen=True, slots=True)
class Source:
    """What a file of records holds, cut into rows but not read: so that another process can read them.

    A row of JSON lines is its text, a row of a spreadsheet its cells, which `columns` names; numbers are those of lines.
    """

    columns: Sequence[str]
    rows: Iterator[tuple[int, str | Sequence[str] | RowError]]


def jsonl_source(lines: Iterable[str]) -> Source:
    """JSON lines; empty ones are skipped."""
    return Source((), ((number, line) for number, line in enumerate(lines, 1) if line.strip()))


def csv_source(lines: Iterable[str]) -> Source:
    """The rows below a header. Commas, semicolons or tabs part the cells, as the header does.

    Raises `RowError` where the header names no field.
    """
    rest = iter(lines)
    header = next(rest, "")
    delimiter = max(",;\t", key=header.count)
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    if not set(names) & set(FIELDS):
        raise RowError("header", f"The first row names the columns. Those that are read: {', '.join(FIELDS)}.")
    return Source(names, _rows(rest, delimiter))


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, Sequence[str] | RowError]]:
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as wrong:
            yield rows.line_num + 1, RowError("", f"This row can’t be read as CSV ({wrong}).")
            continue
        if any(cells):
            yield rows.line_num + 1, cells


def record_in(row: str | Sequence[str], columns: Sequence[str]) -> Mapping[str, Any]:
    """The record in a row of a `Source`. Raises `RowError`."""
    return _of_line(row) if isinstance(row, str) else _of_cells(columns, row)


def read(source: Source) -> Iterator[Line]:
    """Number and record of each row."""
    for number, row in source.rows:
        try:
            yield number, row if isinstance(row, RowError) else record_in(row, source.columns)
        except RowError as wrong:
            yield number, wrong


def _of_line(line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise RowError("", "This line is no JSON. Each line is one JSON object.") from None
    if not isinstance(record, dict):
        raise RowError("", "A JSON object is needed on each line.")
    return record


def _of_cells(names: Sequence[str], cells: Sequence[str]) -> Mapping[str, Any]:
    record: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        text = cell[1:] if cell.startswith("'") and _RUNS.match(cell) else cell
        if name not in _AS_JSON:
            record[name] = text
        elif text.strip():
            try:
                record[name] = json.loads(text)
            except (ValueError, RecursionError):
                raise RowError(name, 'JSON is needed in this cell, such as {"intent": "malicious"}.') from None
    return record


def record_of(report: Report, key: str = "", events: Iterable[Event] = ()) -> dict[str, Any]:
    """The record of a report with its history, which `triage.intake` reads again.

    One without a key outside is named by workspace and number.
    """
    case = Case.model_validate_json(report.scored.case)
    content = case.model_dump(mode="json", exclude_defaults=True)
    return {
        "key": key or own_key(report.workspace, report.number),
        "title": report.title,
        "description": report.description,
        "system": report.system,
        "reporter": report.reporter,
        "created_at": _instant(report.created_at),
        "state": report.state.value,
        "closed_at": _instant(report.closed_at),
        "restricted": report.restricted,
        "gates": content.get("gates", {}),
        "threats": content.get("threats", []),
        "urgency": content.get("urgency", {}),
        "failure_mode": case.failure_mode or "",
        "severity": report.effective.value if report.effective else "",
        "due_at": _instant(report.due_at),
        "events": [_event(event) for event in events],
    }


def _event(event: Event) -> dict[str, Any]:
    told = (_instant(event.at), event.actor, event.kind.value, event.was, event.now, event.reason)
    data = {name: text for name, text in event.data.items() if name != IMPORTED}
    return dict(zip(EVENT_FIELDS, told, strict=False)) | ({"data": data} if data else {})


def own_key(workspace: str, number: int) -> str:
    """How a report that was born here is named outside."""
    return f"{workspace}/{report_name(number)}"


def jsonl(record: Mapping[str, Any]) -> str:
    """A record as a line."""
    return json.dumps(record, ensure_ascii=False) + "\n"


def cells(record: Mapping[str, Any]) -> list[str]:
    """A record as the cells of a row, in the order of `FIELDS`, none of which a spreadsheet runs."""
    return [_cell(name, record[name]) for name in FIELDS]


def csv_line(values: Sequence[str]) -> str:
    """Cells, or the header `FIELDS`, as a line of CSV. It ends as spreadsheets end theirs, so that a lone return is quoted."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue()


def _cell(name: str, value: Any) -> str:
    if name in _AS_JSON:
        return json.dumps(value, ensure_ascii=False) if value else ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if _RUNS.match(text) else text


def _instant(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
