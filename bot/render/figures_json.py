"""Figures as JSON, by the names that INTERFACES gives: every list and number of a digest or a report."""

from datetime import datetime
from typing import Any

from triage.figures import AGES, Figures, Listed, Mix, Times

Json = dict[str, Any]


def figures_json(made: Figures) -> Json:
    """All of it. Moments are ISO 8601 in UTC, times seconds, a severity that is null is outside the bar."""
    window = made.window
    return {
        "from": _at(window.start),
        "to": _at(window.end),
        "asof": _at(window.asof),
        "counts": {
            "came_in": _mix(made.came_in),
            "before": _mix(made.came_before),
            "open": _mix(made.open),
            "open_by_age": {name: _mix(mix) for (_, name), mix in zip(AGES, made.open_by_age, strict=True)},
            "overdue": _mix(made.overdue),
            "closed": {str(state): number for state, number in made.closed.items()},
            "accepted": made.accept.number,
            "unaccepted": made.unaccepted,
            "asked": made.asked,
            "repeats": made.repeats,
            "overridden": made.overridden,
            "decided": made.decided,
            "rated": made.rated,
            "open_intervals": made.intervals,
            "restricted": made.restricted_band,
        },
        "weeks": [
            {"week": label, "from": _at(start)} | _mix(mix)
            for label, start, mix in zip(window.labels, window.edges[:-1], made.series, strict=True)
        ],
        "new": [_listed(report) for report in made.new],
        "overdue": [_listed(report) for report in made.overdue_worst],
        "asked": [_listed(report) for report in made.asked_longest],
        "repeats": [{"report": r.name, "title": r.title, "times": r.times} for r in made.repeated],
        "overrides": [
            {"rule": r.rule, "overridden": r.overridden, "decided": r.decided, "rate": r.rate, "suspect": r.suspect}
            for r in made.rules
        ],
        "times": {"accept": _times(made.accept), "fix": _times(made.fix)},
        "threats": dict(made.threats),
        "other_systems": made.other_systems,
        "systems": [{"system": name, "reports": number} for name, number in made.systems],
    }


def _mix(mix: Mix) -> dict[str, int]:
    return {
        "Critical": mix.critical,
        "Important": mix.important,
        "Moderate": mix.moderate,
        "Low": mix.low,
        "outside": mix.outside,
        "all": mix.total,
    }


def _listed(report: Listed) -> Json:
    return {
        "report": report.name,
        "title": report.title,
        "severity": None if report.severity is None else str(report.severity),
        "state": str(report.state),
        "filed_at": _at(report.created_at),
        "owner": report.owner,
        "due_at": _at(report.due_at),
        "asked_at": _at(report.since),
    }


def _times(times: Times) -> Json:
    return {"reports": times.number, "median_s": times.median_s, "p90_s": times.p90_s}


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
