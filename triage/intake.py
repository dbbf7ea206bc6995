"""Records from outside as reports: what a report needs is there, what is too long is cut, what makes no sense is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from triage.bar import BugBar
from triage.case import Case, CaseError, read_case
from triage.life import events_of, lived, moment_of
from triage.likeness import Fingerprint, fingerprint
from triage.reports import DESCRIPTION_MAX, SYSTEM_MAX, TITLE_MAX, Event, EventKind, Report, Scored, State
from triage.severity import Severity
from triage.transfer import IMPORTED, RowError
from triage.unrated import replayed
from triage.verdict import Verdict

KEY_MAX = 200
REPORTER_MAX = 64
NOBODY = "import"
"""Who imported a report, and its reporter where the record names none."""

ENDS = frozenset(
    {State.FIXED, State.RISK_ACCEPTED, State.DECLINED, State.DUPLICATE, State.OUT_OF_SCOPE, State.WITHDRAWN}
)

_YES = frozenset({"true", "yes", "1"})
_NO = frozenset({"false", "no", "0", ""})
_ANSWERS = ("gates", "threats", "urgency")
_UNANSWERED = Case().canonical()


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record as a report, not filed yet, with its words as the search keeps them.

    `key` is its id outside, if it has one; `life` its history, as far as the record tells it; `cut` names the fields that were
    too long.
    """

    key: str
    report: Report
    words: Fingerprint
    cut: tuple[str, ...] = ()
    life: tuple[Event, ...] = ()


class Intake:
    """Turns records into reports of one workspace. `now` is the moment of the import; answers are scored by `bar`."""

    def __init__(self, bar: BugBar, workspace: str, now: datetime) -> None:
        self._bar = bar
        self._workspace = workspace
        self._now = now
        self._rate = lru_cache(maxsize=4096)(self._rated)

    def take(self, record: Mapping[str, Any]) -> Incoming:
        """The report that a record describes. Raises `RowError`."""
        key = _word(record, "key", KEY_MAX)
        cut: list[str] = []
        title, description = _words(record, cut)
        system = _shortened(_word(record, "system"), SYSTEM_MAX, "system", cut)
        reporter = _word(record, "reporter", REPORTER_MAX) or NOBODY
        created_at = self._moment(record, "created_at") or self._now
        state = _state(record)
        closed_at = self._moment(record, "closed_at")
        if closed_at is not None and state not in ENDS:
            raise RowError(
                "closed_at", f"A report that is {state} is not closed. Leave it empty, or name another state."
            )
        if closed_at is not None and closed_at < created_at:
            raise RowError("closed_at", "It lies before created_at.")
        case = _case(record)
        try:
            verdict, verdict_text = self._rate(case)
        except CaseError as wrong:
            raise RowError(wrong.field, wrong.message) from None
        stated = _severity(record)
        report = Report(
            workspace=self._workspace,
            number=0,
            draft=_draft(key or "\0".join((title, description, system, reporter, str(record.get("created_at"))))),
            title=title,
            description=description,
            system=system,
            reporter=reporter,
            created_at=created_at,
            state=state,
            restricted=_yes(record, "restricted"),
            scored=Scored(case, verdict_text, self._bar.hash, self._now, NOBODY),
            severity=verdict.severity,
            severity_low=verdict.severity_low,
            urgency=verdict.urgency,
            threat=verdict.threat,
            rule=verdict.rule,
            outcome=verdict.outcome,
            route=verdict.route,
            override=stated if stated != verdict.severity else None,
            closed_at=closed_at,
            due_at=self._moment(record, "due_at", ahead=True),
        )
        life = tuple(events_of(record["events"], self._now)) if record.get("events") else ()
        if life:
            report = lived(report, life)
        return Incoming(key, report, fingerprint(title, description, system), tuple(cut), life)

    def _rated(self, case: str) -> tuple[Verdict, str]:
        verdict = replayed(self._bar, Case.model_validate_json(case))
        return verdict, verdict.canonical()

    def _moment(self, record: Mapping[str, Any], name: str, *, ahead: bool = False) -> datetime | None:
        text = _word(record, name)
        return moment_of(name, text, None if ahead else self._now) if text else None


def life_of(one: Incoming) -> list[Event]:
    """The history of an imported report: its own, where it came along, else that it was filed, and how it went on.

    The first event says that it was imported, and from where.
    """
    report, origin = one.report, {IMPORTED: one.key}
    if one.life:
        first, *others = one.life
        return [replace(first, data=origin | first.data), *others]
    severity = report.effective.value if report.effective else ""
    life = [Event(EventKind.FILED, report.created_at, report.reporter, now=severity, data=origin)]
    if report.state is not State.NEW:
        kind = EventKind.ACCEPTED if report.state is State.ACCEPTED else EventKind.CLOSED
        when = report.closed_at or report.created_at
        life.append(Event(kind, when, NOBODY, was=State.NEW.value, now=report.state.value, data=origin))
    return life


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise RowError(name, "A text is needed here.")
    return str(value)


def _word(record: Mapping[str, Any], name: str, most: int = 0) -> str:
    text = _text(record, name).strip()
    if most and len(text) > most:
        raise RowError(name, f"At most {most} characters fit.")
    return text


def _words(record: Mapping[str, Any], cut: list[str]) -> tuple[str, str]:
    title, description = _text(record, "title"), _text(record, "description")
    if not title.strip():
        title = next((line for line in map(str.strip, description.splitlines()) if line), "")
        if not title:
            raise RowError("title", "Neither a title nor a description: say what happened.")
        return _shortened(title, TITLE_MAX, "", []), _shortened(description, DESCRIPTION_MAX, "description", cut)
    if len(title) > TITLE_MAX:
        description = f"{title}\n\n{description}"  # what the title loses is kept there
    return _shortened(title, TITLE_MAX, "title", cut), _shortened(description, DESCRIPTION_MAX, "description", cut)


def _shortened(text: str, most: int, name: str, cut: list[str]) -> str:
    if len(text) <= most:
        return text
    cut.append(name)
    return text[: most - 1].rstrip() + "…"


def _state(record: Mapping[str, Any]) -> State:
    text = _word(record, "state").lower().replace("_", " ") or State.NEW
    try:
        return State(text)
    except ValueError:
        raise RowError("state", f"Write one of: {', '.join(State)}.") from None


def _severity(record: Mapping[str, Any]) -> Severity | None:
    text = _word(record, "severity").capitalize()
    if not text:
        return None
    try:
        return Severity(text)
    except ValueError:
        raise RowError("severity", f"Write one of: {', '.join(Severity)}.") from None


def _yes(record: Mapping[str, Any], name: str) -> bool:
    value = record.get(name)
    if isinstance(value, bool):
        return value
    text = _word(record, name).lower()
    if text not in _YES | _NO:
        raise RowError(name, "Write true or false.")
    return text in _YES


def _case(record: Mapping[str, Any]) -> str:
    given = {name: record[name] for name in _ANSWERS if record.get(name)}
    mode = _word(record, "failure_mode")
    if not given and not mode:
        return _UNANSWERED
    try:
        return read_case(given | ({"failure_mode": mode} if mode else {})).without_unknowns().canonical()
    except CaseError as wrong:
        raise RowError(wrong.field, wrong.message) from None


def _draft(identity: str) -> str:
    return f"import:{blake2b(identity.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"
