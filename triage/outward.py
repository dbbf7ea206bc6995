"""What leaves for other programs: one CloudEvents 1.0 JSON object an event, made from an allow-list of fields.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from datetime import datetime
from typing import Any

from triage.reports import Event, Report

RESTRICTED_TYPE = "mlbug.report.changed"  # what happened to a restricted report is more than its number


def cloud_event(report: Report, event: Event) -> dict[str, Any]:
    """The event as the world may know it. Of a report that is restricted now nothing but its number leaves.

    `id` is the same at every try, so that a receiver can tell a repetition.
    """
    data: dict[str, Any] = {"report": report.name, "restricted": report.restricted}
    if not report.restricted:
        data |= {
            "event": str(event.kind),
            "actor": event.actor,
            "was": event.was,
            "now": event.now,
            "reason": event.reason,
            "title": report.title,
            "state": str(report.state),
            "severity": _word(report.effective),
            "computed": _word(report.severity),
            "urgency": report.urgency,
            "threat": report.threat,
            "rule": report.rule,
            "reporter": report.reporter,
            "owner": report.owner,
            "due_at": _moment(report.due_at),
        }
    return {
        "specversion": "1.0",
        "id": f"{report.workspace}/{report.name}/{event.seq}",
        "source": f"urn:mlbug:{report.workspace}",
        "type": RESTRICTED_TYPE if report.restricted else f"mlbug.report.{event.kind.replace(' ', '_')}",
        "subject": report.name,
        "time": _moment(event.at),
        "datacontenttype": "application/json",
        "data": data,
    }


def _word(severity: object) -> str | None:
    return None if severity is None else str(severity)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
