"""When a report is due, when its people are reminded, and how urgent a severity is that a triager chose.

All of it pure: moments are aware and UTC, days are those of the workspace's IANA zone. What is unknown is never overdue.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage.bar import UNKNOWN, BugBar
from triage.case import Case
from triage.reports import Report, State
from triage.severity import Severity
from triage.verdict import Verdict

MORNING = time(9)  # reminders come in the morning of the workspace's zone
DAILY_FOR = timedelta(days=3)  # so long after the deadline daily, then weekly
LEAST_URGENT = "P4"


def due(accepted_at: datetime, urgency: str | None, bar: BugBar, days: Mapping[str, int]) -> datetime | None:
    """When a report of that urgency has to be fixed: by the workspace's days where it set some, else by the bar's."""
    if urgency is None:
        return None
    sla = bar.sla.get(urgency)  # type: ignore[call-overload]  # an urgency of an older bar may have no clock in this one
    told = days.get(urgency, sla.fix_d if sla else None)
    return None if told is None else accepted_at + timedelta(days=told)


def overdue(report: Report, now: datetime) -> bool:
    """Whether it is accepted, has a deadline, and the deadline has passed."""
    return report.state is State.ACCEPTED and report.due_at is not None and report.due_at < now


def first_reminder(due_at: datetime, now: datetime, zone: str) -> datetime:
    """The morning of the day before the deadline, or the next morning where that has gone by."""
    before = _morning(due_at.astimezone(ZoneInfo(zone)).date() - timedelta(days=1), zone)
    return before if before > now else next_morning(now, zone)


def next_reminder(due_at: datetime, now: datetime, zone: str) -> datetime:
    """After a reminder at `now`: the next morning, and a week later once the deadline is long gone."""
    if now - due_at > DAILY_FOR:
        return _morning(now.astimezone(ZoneInfo(zone)).date() + timedelta(days=7), zone)
    return next_morning(now, zone)


def next_morning(now: datetime, zone: str) -> datetime:
    """The first morning after `now`."""
    today = now.astimezone(ZoneInfo(zone)).date()
    this = _morning(today, zone)
    return this if this > now else _morning(today + timedelta(days=1), zone)


def local_day(now: datetime, zone: str) -> str:
    """`2026-11-24`: the day on which a person gets at most one reminder."""
    return now.astimezone(ZoneInfo(zone)).date().isoformat()


def end_of(day: date, zone: str) -> datetime:
    """The moment at which `day` is over: the next one's midnight, in UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return midnight.astimezone(UTC)


def urgency_of(bar: BugBar, case: Case, verdict: Verdict, severity: Severity) -> str:
    """The urgency that goes with a severity that a triager chose, by the bar's table and what the report says of maturity.

    What stepped the verdict's urgency up (people at risk, nobody would notice) steps this one up, too.
    """
    table = bar.urgency.table
    maturity = _maturity(bar, case)
    if severity not in table:
        return LEAST_URGENT
    found = str(table[severity][maturity])
    if verdict.severity in table and verdict.urgency is not None:
        plain = str(table[verdict.severity][maturity])
        return _stepped(found, by=int(verdict.urgency[1:]) - int(plain[1:]))
    return found


def _maturity(bar: BugBar, case: Case) -> str:
    said = str(getattr(case.urgency, bar.urgency.by, UNKNOWN))
    if said != UNKNOWN:
        return said
    hint = str(getattr(case.gates, bar.urgency.assumed_from, UNKNOWN))
    return bar.urgency.assumed.get(hint) or bar.urgency.question(bar.urgency.by).options[-1].id


def _stepped(priority: str, *, by: int) -> str:
    return f"P{min(4, max(0, int(priority[1:]) + min(0, by)))}"


def _morning(day: date, zone: str) -> datetime:
    return datetime.combine(day, MORNING, ZoneInfo(zone)).astimezone(UTC)
