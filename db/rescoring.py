"""Every report's present case, a page at a time, for those who ask what another bar would say."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, Select, and_, or_, select

from db.models import reports, verdicts
from db.transaction import begin
from triage.rescore import Stored

PAGE = 1000


def stored_cases(engine: Engine, workspace: str | None = None) -> Iterator[Stored]:
    """The reports of a workspace, or of all, by number. Each page is a transaction of its own. Raises `Unavailable`."""
    last = ("", 0)
    while True:
        with begin(engine, writes=False) as transaction:
            rows = transaction.read(_page(last, workspace)).all()
        for row in rows:
            yield Stored(row.workspace, row.number, row.severity, row.rule, row.case_json)
        if len(rows) < PAGE:
            return
        last = (rows[-1].workspace, rows[-1].number)


def _page(last: tuple[str, int], workspace: str | None) -> Select[Any]:
    behind = or_(reports.c.workspace > last[0], and_(reports.c.workspace == last[0], reports.c.number > last[1]))
    present = and_(
        verdicts.c.workspace == reports.c.workspace,
        verdicts.c.report == reports.c.number,
        verdicts.c.seq == reports.c.verdict,
    )
    page = (
        select(reports.c.workspace, reports.c.number, reports.c.severity, reports.c.rule, verdicts.c.case_json)
        .join_from(reports, verdicts, present)
        .where(behind)
        .order_by(reports.c.workspace, reports.c.number)
        .limit(PAGE)
    )
    return page if workspace is None else page.where(reports.c.workspace == workspace)
