"""Reports from outside as rows, ready but for their numbers: made apart from the database, in another process if need be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect, make_url

from db.models import answers, events, report_viewers, reports, verdicts
from db.models_outside import outside_keys
from db.prepared import Prepared
from db.report_rows import changeable, event_row
from db.types import storable
from db.verdicts import answer_rows, verdict_row
from triage.intake import Incoming, life_of
from triage.reports import Report

if TYPE_CHECKING:
    from datetime import datetime

Values = tuple[Any, ...]
Parts = list[tuple[int, Values]]  # rows of a table, each behind the place of its report among the reports

INSERT_REPORT = Prepared.insert(reports)
INSERT_VERDICT = Prepared.insert(verdicts)
INSERT_ANSWER = Prepared.insert(answers)
INSERT_EVENT = Prepared.insert(events)
INSERT_VIEWER = Prepared.insert(report_viewers)
INSERT_KEY = Prepared.insert(outside_keys)
_KEY = ("workspace", "number", "report")  # what a row's number is known by; it comes first, see `numbered`


@dataclass(slots=True)
class Ready:
    """Reports in order, none with a draft of another, as the driver takes their values.

    `words` are fingerprints, packed; `hidden` says which are restricted.
    """

    drafts: list[str]
    keys: list[str]
    hidden: list[bool]
    words: list[bytes]
    lengths: list[int]
    reports: list[Values]
    verdicts: list[Values]
    answers: Parts = field(default_factory=list)
    events: Parts = field(default_factory=list)
    viewers: Parts = field(default_factory=list)


def dialect_of(database_url: str) -> Dialect:
    """How the driver of a database takes values. `database_url` is one that `make_engine` takes."""
    name = "sqlite" if database_url.strip().startswith("sqlite") else "postgresql+psycopg"
    found: Dialect = make_url(f"{name}://").get_dialect()()
    return found


def ready(dialect: Dialect, batch: Iterable[Incoming]) -> Ready:
    """The rows of reports; the first of several with one draft counts."""
    once: dict[str, Incoming] = {}
    for one in batch:
        once.setdefault(one.report.draft, one)
    taken = list(once.values())
    told = _Told(dialect)
    made = Ready(
        drafts=list(once),
        keys=[storable(one.key) for one in taken],
        hidden=[one.report.restricted for one in taken],
        words=[one.words.pack() for one in taken],
        lengths=[one.words.length for one in taken],
        reports=INSERT_REPORT.values(dialect, [_report_row(one.report) for one in taken], without=_KEY),
        verdicts=[told.verdict(one.report) for one in taken],
        answers=[(at, row) for at, one in enumerate(taken) for row in told.answers(one.report)],
    )
    lived = [(at, row) for at, one in enumerate(taken) for row in _event_rows(one)]
    named = [(at, {"user_id": user}) for at, one in enumerate(taken) for user in sorted(one.report.named)]
    made.events = _parts(INSERT_EVENT, dialect, lived)
    made.viewers = _parts(INSERT_VIEWER, dialect, named)
    return made


def numbered(workspace: str, numbers: Sequence[int], parts: Parts) -> list[Values]:
    """The rows of those reports that have a number."""
    return [(workspace, numbers[at], *rest) for at, rest in parts if numbers[at]]


def _parts(statement: Prepared, dialect: Dialect, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> Parts:
    values = statement.values(dialect, [row for _, row in rows], without=_KEY)
    return [(at, rest) for (at, _), rest in zip(rows, values, strict=True)]


class _Told:
    """The rows of verdicts and answers; those of one verdict are made once."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._verdicts: dict[tuple[str, datetime, str], Values] = {}
        self._answers: dict[str, list[Values]] = {}

    def verdict(self, report: Report) -> Values:
        scored = report.scored
        key = scored.verdict, scored.at, scored.by
        row = self._verdicts.get(key)
        if row is None:
            made = [verdict_row(report.workspace, 0, 1, scored)]
            row = self._verdicts[key] = INSERT_VERDICT.values(self._dialect, made, without=_KEY)[0]
        return row

    def answers(self, report: Report) -> list[Values]:
        scored = report.scored
        rows = self._answers.get(scored.case)
        if rows is None:
            made = answer_rows(report.workspace, 0, 1, scored)
            rows = self._answers[scored.case] = INSERT_ANSWER.values(self._dialect, made, without=_KEY)
        return rows


def _report_row(report: Report) -> dict[str, Any]:
    return {
        "draft": report.draft,
        "reporter": report.reporter,
        "created_at": report.created_at,
        "verdict": 1,
        **changeable(report),
    }


def _event_rows(one: Incoming) -> list[dict[str, Any]]:
    return [{"seq": seq, **event_row(event)} for seq, event in enumerate(life_of(one), 1)]
