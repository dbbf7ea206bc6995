"""Filed reports with their verdicts and their history."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from db.faults import Constraint, broken_constraint
from db.models import events, report_viewers, reports, verdicts, workspaces
from db.transaction import Transaction, insert_for
from db.types import storable
from db.verdicts import INSERT_ANSWERS, INSERT_VERDICT, answer_rows, scored_of, verdict_row
from db.visible import visible
from triage.access import Viewer
from triage.errors import AlreadyFiled, StaleState
from triage.reports import Event, EventKind, Report, Scored, State
from triage.severity import Severity

_INSERT_REPORT = insert(reports)
_INSERT_EVENT = insert(events)
_INSERT_VIEWERS = insert(report_viewers)


class SqlReports:
    """`triage.ports.Reports` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    # -- reports -----------------------------------------------------------------------------------------------------

    def add(self, report: Report) -> Report:
        """File it under the workspace's next number, with its verdict. Raises `AlreadyFiled` where its draft was."""
        transaction = self._transaction
        number = transaction.write(_next_number(transaction.dialect), {"id": report.workspace, "next_report": 2})
        filed = replace(report, number=number.scalar_one() - 1)
        row = {
            "workspace": filed.workspace,
            "number": filed.number,
            "draft": filed.draft,
            "reporter": filed.reporter,
            "created_at": filed.created_at,
            "verdict": 1,
            **_changeable(filed),
        }
        try:
            transaction.write(_INSERT_REPORT, row)
        except IntegrityError as error:
            if broken_constraint(error) is not Constraint.UNIQUE:
                raise
            raise AlreadyFiled("This report is filed already.") from error
        self._name(filed, frozenset())
        self._keep(filed.workspace, filed.number, 1, filed.scored)
        return filed

    def get(self, viewer: Viewer, number: int, *, lock: bool = False) -> Report | None:
        """The report, if there is one that the viewer may see."""
        if lock:
            # First the lock, then the look: PostgreSQL would join a row that it waited for with the verdicts of before.
            row_of_it = select(reports.c.number).where(visible(viewer), reports.c.number == number)
            self._transaction.write(row_of_it.with_for_update(of=reports))
        row = self._transaction.read(_present(viewer, number)).one_or_none()
        if row is None:
            return None
        named = self._transaction.read(
            select(report_viewers.c.user_id).where(
                report_viewers.c.workspace == viewer.workspace, report_viewers.c.report == number
            )
        )
        return _report(row, frozenset(named.scalars()))

    def save(self, report: Report) -> bool:
        """Write back a report that was read at `report.version - 1`; False where somebody else was quicker."""
        same = (reports.c.workspace == report.workspace, reports.c.number == report.number)
        changed = update(reports).where(*same, reports.c.version == report.version - 1).values(**_changeable(report))
        if self._transaction.write(changed).rowcount != 1:
            return False
        before = self._transaction.read(
            select(report_viewers.c.user_id).where(
                report_viewers.c.workspace == report.workspace, report_viewers.c.report == report.number
            )
        )
        self._name(report, frozenset(before.scalars()))
        self.add_verdict(report.workspace, report.number, report.scored)
        return True

    # -- verdicts ----------------------------------------------------------------------------------------------------

    def add_verdict(self, workspace: str, number: int, scored: Scored) -> int:
        """Keep a verdict for good, with its answers one row each; its seq. The newest one again is kept once."""
        newest = self._transaction.read(
            select(verdicts)
            .where(verdicts.c.workspace == workspace, verdicts.c.report == number)
            .order_by(verdicts.c.seq.desc())
            .limit(1)
        ).one_or_none()
        if newest is not None and scored_of(newest) == scored:
            return int(newest.seq)
        seq = int(newest.seq) + 1 if newest is not None else 1
        self._keep(workspace, number, seq, scored)
        self._transaction.write(
            update(reports).where(reports.c.workspace == workspace, reports.c.number == number).values(verdict=seq)
        )
        return seq

    def verdicts(self, viewer: Viewer, number: int) -> Sequence[Scored]:
        """All verdicts of a report that the viewer may see, oldest first."""
        of_report = (verdicts.c.workspace == reports.c.workspace) & (verdicts.c.report == reports.c.number)
        query = select(verdicts).join(reports, of_report).where(visible(viewer), reports.c.number == number)
        return [scored_of(row) for row in self._transaction.read(query.order_by(verdicts.c.seq))]

    # -- events ------------------------------------------------------------------------------------------------------

    def add_event(self, workspace: str, number: int, event: Event) -> int:
        """Append to the report's history; its seq."""
        last = self._transaction.read(
            select(func.max(events.c.seq)).where(events.c.workspace == workspace, events.c.report == number)
        ).scalar_one()
        seq = (last or 0) + 1
        row = {
            "workspace": workspace,
            "report": number,
            "seq": seq,
            "kind": event.kind.value,
            "at": event.at,
            "actor": event.actor,
            "was": event.was,
            "now": event.now,
            "reason": event.reason,
            "data": event.data,
        }
        self._append(_INSERT_EVENT, row, "An event needs its report to be filed before it.")
        return seq

    def events(self, viewer: Viewer, number: int) -> Sequence[Event]:
        """The history of a report that the viewer may see, oldest first."""
        of_report = (events.c.workspace == reports.c.workspace) & (events.c.report == reports.c.number)
        query = select(events).join(reports, of_report).where(visible(viewer), reports.c.number == number)
        return [_event(row) for row in self._transaction.read(query.order_by(events.c.seq))]

    # -- systems -----------------------------------------------------------------------------------------------------

    def systems(self, viewer: Viewer, prefix: str, limit: int) -> Sequence[str]:
        """Systems that contain `prefix`, most used first, then newest; those that differ in case only are one, spelt as last."""
        folded = reports.c.system_folded
        used = (
            select(func.max(reports.c.number).label("last"), func.count().label("uses"))
            .where(visible(viewer), folded != "", folded.contains(_folded(prefix), autoescape=True))
            .group_by(folded)
            .order_by(func.count().desc(), func.max(reports.c.number).desc())
            .limit(limit)
            .subquery()
        )
        spelt = select(reports.c.system).join(used, used.c.last == reports.c.number)
        query = spelt.where(reports.c.workspace == viewer.workspace).order_by(used.c.uses.desc(), used.c.last.desc())
        return list(self._transaction.read(query).scalars())

    # ----------------------------------------------------------------------------------------------------------------

    def _keep(self, workspace: str, number: int, seq: int, scored: Scored) -> None:
        missing = f"A verdict needs its report and its bar ({scored.bar_hash}) to be kept before it."
        self._append(INSERT_VERDICT, verdict_row(workspace, number, seq, scored), missing)
        given = answer_rows(workspace, number, seq, scored)
        if given:
            self._transaction.write(INSERT_ANSWERS, given)

    def _append(self, statement: Executable, row: dict[str, Any], missing: str) -> None:
        try:
            self._transaction.write(statement, row)
        except IntegrityError as error:
            match broken_constraint(error):
                case Constraint.FOREIGN:
                    raise LookupError(missing) from error
                case Constraint.UNIQUE:  # without a lock on the report two may count to the same seq
                    raise StaleState("Somebody else changed this report just now. Look at it again.") from error
            raise

    def _name(self, report: Report, before: frozenset[str]) -> None:
        key = {"workspace": report.workspace, "report": report.number}
        gone, new = before - report.named, report.named - before
        if gone:
            self._transaction.write(
                delete(report_viewers).where(
                    report_viewers.c.workspace == report.workspace,
                    report_viewers.c.report == report.number,
                    report_viewers.c.user_id.in_(gone),
                )
            )
        if new:
            self._transaction.write(_INSERT_VIEWERS, [{**key, "user_id": user} for user in sorted(new)])


@cache
def _next_number(dialect: str) -> Executable:
    first = insert_for(dialect, workspaces)
    counted = first.on_conflict_do_update(index_elements=["id"], set_={"next_report": workspaces.c.next_report + 1})
    return counted.returning(workspaces.c.next_report)


def _present(viewer: Viewer, number: int) -> Select[Any]:
    now = (
        (verdicts.c.workspace == reports.c.workspace)
        & (verdicts.c.report == reports.c.number)
        & (verdicts.c.seq == reports.c.verdict)
    )
    scored = (verdicts.c.case_json, verdicts.c.verdict_json, verdicts.c.bar_hash, verdicts.c.at, verdicts.c.by_user)
    return select(reports, *scored).join(verdicts, now).where(visible(viewer), reports.c.number == number)


def _folded(system: str) -> str:
    return storable(system).casefold()


def _changeable(report: Report) -> dict[str, Any]:
    return {
        "version": report.version,
        "title": report.title,
        "description": report.description,
        "system": report.system,
        "system_folded": _folded(report.system),
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


def _report(row: Row[Any], named: frozenset[str]) -> Report:
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


def _event(row: Row[Any]) -> Event:
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
