"""Filed reports with their verdicts and their history."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from db.faults import Constraint, broken_constraint
from db.models import events, report_viewers, reports, verdicts
from db.report_rows import changeable, event_of, event_row, folded, report_of
from db.report_statements import (
    INSERT_EVENT,
    INSERT_NUMBERED_EVENT,
    INSERT_REPORT,
    INSERT_VIEWERS,
    NAMED,
    NEWEST,
    NEXT_NUMBER,
    all_of,
    locked,
    present,
)
from db.transaction import Transaction
from db.types import storable
from db.verdicts import INSERT_ANSWERS, INSERT_VERDICT, answer_rows, scored_of, verdict_row
from db.visible import viewer_values, visible
from triage.access import Viewer
from triage.errors import AlreadyFiled, StaleState
from triage.reports import Event, Report, Scored

_MISSING = "A verdict needs its report and its bar ({}) to be kept before it."


class SqlReports:
    """`triage.ports.Reports` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._newest: dict[tuple[str, int], tuple[int, Scored]] = {}  # verdicts kept in this work
        self._told: dict[tuple[str, int], int] = {}  # how many events the reports have that were filed in this work

    # -- reports -----------------------------------------------------------------------------------------------------

    def add(self, report: Report) -> Report:
        """File it under the workspace's next number, with its verdict. Raises `AlreadyFiled` where its draft was."""
        transaction = self._transaction
        following = transaction.put_returning(NEXT_NUMBER, {"id": report.workspace, "next_report": 2})
        filed = replace(
            report,
            number=following - 1,
            title=storable(report.title),
            description=storable(report.description),
            system=storable(report.system),
        )
        row = {
            "workspace": filed.workspace,
            "number": filed.number,
            "draft": filed.draft,
            "reporter": filed.reporter,
            "created_at": filed.created_at,
            "verdict": 1,
            **changeable(filed),
        }
        try:
            transaction.put_soon(INSERT_REPORT, row)
            self._keep(filed.workspace, filed.number, 1, filed.scored)
            transaction.settle()
        except IntegrityError as error:
            match broken_constraint(error):
                case Constraint.UNIQUE:
                    raise AlreadyFiled("This report is filed already.") from error
                case Constraint.FOREIGN:
                    raise LookupError(_MISSING.format(filed.scored.bar_hash)) from error
            raise
        self._name(filed, frozenset())
        self._told[filed.workspace, filed.number] = 0
        return filed

    def get(self, viewer: Viewer, number: int, *, lock: bool = False) -> Report | None:
        """The report, if there is one that the viewer may see."""
        if lock:
            # First the lock, then the look: PostgreSQL would join a row that it waited for with the verdicts of before.
            self._transaction.write(locked(viewer.role), {**viewer_values(viewer), "number": number})
        row = self._transaction.read(present(viewer.role), {**viewer_values(viewer), "number": number}).one_or_none()
        return None if row is None else report_of(row, self._named(viewer.workspace, number))

    def save(self, report: Report) -> bool:
        """Write back a report that was read at `report.version - 1`; False where somebody else was quicker."""
        same = (reports.c.workspace == report.workspace, reports.c.number == report.number)
        changed = update(reports).where(*same, reports.c.version == report.version - 1).values(**changeable(report))
        if self._transaction.write(changed).rowcount != 1:
            return False
        self._name(report, self._named(report.workspace, report.number))
        self.add_verdict(report.workspace, report.number, report.scored)
        return True

    # -- verdicts ----------------------------------------------------------------------------------------------------

    def add_verdict(self, workspace: str, number: int, scored: Scored) -> int:
        """Keep a verdict for good, with its answers one row each; its seq. The newest one again is kept once."""
        last, newest = self._newest_verdict(workspace, number)
        if newest == scored:
            return last
        seq = last + 1
        with _appending(_MISSING.format(scored.bar_hash)):
            self._keep(workspace, number, seq, scored)
            self._transaction.settle()
        self._transaction.write(
            update(reports).where(reports.c.workspace == workspace, reports.c.number == number).values(verdict=seq)
        )
        return seq

    def verdicts(self, viewer: Viewer, number: int) -> Sequence[Scored]:
        """All verdicts of a report that the viewer may see, oldest first."""
        values = {**viewer_values(viewer), "number": number}
        return [scored_of(row) for row in self._transaction.read(all_of(verdicts, viewer.role), values)]

    # -- events ------------------------------------------------------------------------------------------------------

    def add_event(self, workspace: str, number: int, event: Event) -> int:
        """Append to the report's history; its seq."""
        row = {"workspace": workspace, "report": number, **event_row(event)}
        if (workspace, number) in self._told:  # nobody else can tell of a report that is not committed
            seq = self._told[workspace, number] = self._told[workspace, number] + 1
            self._transaction.put_soon(INSERT_NUMBERED_EVENT, {**row, "seq": seq})
            return seq
        with _appending("An event needs its report to be filed before it."):
            return int(self._transaction.put_returning(INSERT_EVENT, row))

    def events(self, viewer: Viewer, number: int) -> Sequence[Event]:
        """The history of a report that the viewer may see, oldest first."""
        values = {**viewer_values(viewer), "number": number}
        return [event_of(row) for row in self._transaction.read(all_of(events, viewer.role), values)]

    # -- systems -----------------------------------------------------------------------------------------------------

    def systems(self, viewer: Viewer, prefix: str, limit: int) -> Sequence[str]:
        """Systems that contain `prefix`, most used first, then newest; those that differ in case only are one, spelt as last."""
        name = reports.c.system_folded
        used = (
            select(func.max(reports.c.number).label("last"), func.count().label("uses"))
            .where(visible(viewer), name != "", name.contains(folded(prefix), autoescape=True))
            .group_by(name)
            .order_by(func.count().desc(), func.max(reports.c.number).desc())
            .limit(limit)
            .subquery()
        )
        spelt = select(reports.c.system).join(used, used.c.last == reports.c.number)
        query = spelt.where(reports.c.workspace == viewer.workspace).order_by(used.c.uses.desc(), used.c.last.desc())
        return list(self._transaction.read(query).scalars())

    # ----------------------------------------------------------------------------------------------------------------

    def _keep(self, workspace: str, number: int, seq: int, scored: Scored) -> None:
        self._transaction.put_soon(INSERT_VERDICT, verdict_row(workspace, number, seq, scored))
        if given := answer_rows(workspace, number, seq, scored):
            self._transaction.put_soon(INSERT_ANSWERS, given)
        self._newest[workspace, number] = seq, scored

    def _newest_verdict(self, workspace: str, number: int) -> tuple[int, Scored | None]:
        """The report's newest verdict and its seq; 0 where it has none."""
        if (workspace, number) in self._newest:
            return self._newest[workspace, number]
        row = self._transaction.read(NEWEST, {"workspace": workspace, "number": number}).one_or_none()
        return (0, None) if row is None else (int(row.seq), scored_of(row))

    def _named(self, workspace: str, number: int) -> frozenset[str]:
        return frozenset(self._transaction.read(NAMED, {"workspace": workspace, "number": number}).scalars())

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
            self._transaction.write(INSERT_VIEWERS, [{**key, "user_id": user} for user in sorted(new)])


@contextmanager
def _appending(missing: str) -> Iterator[None]:
    """Raises `LookupError` saying what is `missing`, and `StaleState` where somebody else appended at the same time."""
    try:
        yield
    except IntegrityError as error:
        match broken_constraint(error):
            case Constraint.FOREIGN:
                raise LookupError(missing) from error
            case Constraint.KEY:  # without a lock on the report two may count to the same seq
                raise StaleState("Somebody else changed this report just now. Look at it again.") from error
        raise
