"""Statements on reports, built once: building one costs more than running it. Those under a role, once for each role."""

from functools import cache
from typing import Any

from sqlalchemy import Executable, Select, Table, bindparam, func, insert, literal_column, select

from db.models import events, report_viewers, reports, verdicts, workspaces
from db.prepared import Prepared
from db.transaction import insert_for
from db.visible import visible_as
from triage.access import Role

INSERT_REPORT = Prepared.insert(reports)
INSERT_NUMBERED_EVENT = Prepared.insert(events)
INSERT_VIEWERS = insert(report_viewers)
NAMED = select(report_viewers.c.user_id).where(
    report_viewers.c.workspace == bindparam("workspace"), report_viewers.c.report == bindparam("number")
)
NEWEST = (
    select(verdicts)
    .where(verdicts.c.workspace == bindparam("workspace"), verdicts.c.report == bindparam("number"))
    .order_by(verdicts.c.seq.desc())
    .limit(1)
)
_EVENT = [column for column in events.c if column.name != "seq"]
_APPEND_EVENT = (
    insert(events)
    .from_select(
        [*_EVENT, events.c.seq],
        select(
            *(bindparam(column.name, type_=column.type) for column in _EVENT),
            func.coalesce(func.max(events.c.seq), literal_column("0")) + literal_column("1"),
        ).where(events.c.workspace == bindparam("workspace"), events.c.report == bindparam("report")),
    )
    .returning(events.c.seq)
)
INSERT_EVENT = Prepared(lambda _dialect: _APPEND_EVENT, [column.name for column in _EVENT])


def _counting(dialect: str) -> Executable:
    first = insert_for(dialect, workspaces)
    counted = first.on_conflict_do_update(
        index_elements=["id"], set_={"next_report": workspaces.c.next_report + literal_column("1")}
    )
    return counted.returning(workspaces.c.next_report)


NEXT_NUMBER = Prepared(_counting, ["id", "next_report"])
"""Counts a workspace's reports up; gives the number after the one to take."""


@cache
def present(role: Role) -> Select[Any]:
    """One report with its present verdict."""
    now = (
        (verdicts.c.workspace == reports.c.workspace)
        & (verdicts.c.report == reports.c.number)
        & (verdicts.c.seq == reports.c.verdict)
    )
    scored = (verdicts.c.case_json, verdicts.c.verdict_json, verdicts.c.bar_hash, verdicts.c.at, verdicts.c.by_user)
    return select(reports, *scored).join(verdicts, now).where(visible_as(role), reports.c.number == bindparam("number"))


@cache
def locked(role: Role) -> Select[Any]:
    """One report's row, for nobody else to change."""
    one = select(reports.c.number).where(visible_as(role), reports.c.number == bindparam("number"))
    return one.with_for_update(of=reports)


@cache
def all_of(part: Table, role: Role) -> Select[Any]:
    """All verdicts, or all events, of one report."""
    of_report = (part.c.workspace == reports.c.workspace) & (part.c.report == reports.c.number)
    of_one = select(part).join(reports, of_report).where(visible_as(role), reports.c.number == bindparam("number"))
    return of_one.order_by(part.c.seq)
