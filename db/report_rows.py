"""Reports and events as rows, there and back."""

from typing import Any

from sqlalchemy import Row

from db.types import storable
from db.verdicts import scored_of
from triage.reports import Event, EventKind, Report, State
from triage.severity import Severity


def folded(system: str) -> str:
    """A system's name as it is compared: without its case."""
    return storable(system).casefold()


def changeable(report: Report) -> dict[str, Any]:
    """The columns that a report's changes may reach."""
    return {
        "version": report.version,
        "title": report.title,
        "description": report.description,
        "system": report.system,
        "system_folded": folded(report.system),
        "state": report.state.value,
        "restricted": report.restricted,
        "source": report.source,
        "severity": _word(report.severity),
        "severity_low": _word(report.severity_low),
        "override": _word(report.override),
        "effective": _word(report.effective),
        "urgency": report.urgency,
        "threat": report.threat,
        "rule": report.rule,
        "outcome": report.outcome,
        "route": report.route,
        "owner": report.owner,
        "due_at": report.due_at,
        "closed_at": report.closed_at,
        "accepted_at": report.accepted_at,
        "duplicate_of": report.duplicate_of,
        "risk_until": report.risk_until,
        "wake_at": report.wake_at,
        "asked": report.asked or None,
    }


def _word(severity: Severity | None) -> str | None:
    return None if severity is None else severity.value


def _severity(word: str | None) -> Severity | None:
    return None if word is None else Severity(word)


def report_of(row: Row[Any], named: frozenset[str]) -> Report:
    """The report in a row that holds the columns of `reports` and of its present verdict."""
    return Report(
        workspace=row.workspace,
        number=row.number,
        draft=row.draft,
        title=row.title,
        description=row.description,
        system=row.system,
        reporter=row.reporter,
        created_at=row.created_at,
        state=State(row.state),
        restricted=row.restricted,
        scored=scored_of(row),
        severity=_severity(row.severity),
        severity_low=_severity(row.severity_low),
        urgency=row.urgency,
        threat=row.threat,
        rule=row.rule,
        outcome=row.outcome,
        route=row.route,
        named=named,
        owner=row.owner,
        override=_severity(row.override),
        due_at=row.due_at,
        closed_at=row.closed_at,
        accepted_at=row.accepted_at,
        duplicate_of=row.duplicate_of,
        risk_until=row.risk_until,
        wake_at=row.wake_at,
        asked=row.asked or "",
        source=row.source,
        version=row.version,
    )


def event_row(event: Event) -> dict[str, Any]:
    """What a row of `events` holds of an event, beside whose it is and its seq."""
    return {
        "kind": event.kind.value,
        "at": event.at,
        "actor": event.actor,
        "was": event.was,
        "now": event.now,
        "reason": event.reason,
        "data": event.data,
    }


def event_of(row: Row[Any]) -> Event:
    """The event in a row of `events`."""
    return Event(
        kind=EventKind(row.kind),
        at=row.at,
        actor=row.actor,
        was=row.was,
        now=row.now,
        reason=row.reason,
        data=row.data,
        seq=row.seq,
    )
