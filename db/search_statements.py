"""The search's queries, built once. Those that read reports: once for each role, under its rule of who sees what."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, func, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from db.models import report_viewers, reports
from db.models_outside import outside_keys
from db.models_search import search_blocks, search_loose, search_reports, search_terms, search_totals
from db.postings import among
from db.visible import visible_as
from triage.access import Role

OWN_MAX = 100
"""Restricted reports of a member's own, and others that name them, that a question is compared with: the newest ones."""

_OF_REPORT = and_(search_reports.c.workspace == reports.c.workspace, search_reports.c.report == reports.c.number)
_COMPARED = (
    search_reports.c.report,
    search_reports.c.fingerprint,
    reports.c.system_folded,
    reports.c.threat,
    reports.c.duplicate_of,
)

TOTALS = select(search_totals.c.reports, search_totals.c.length).where(
    search_totals.c.workspace == bindparam("workspace"), search_totals.c.hidden == bindparam("hidden")
)


def _own() -> Select[Any]:
    filed = (
        select(reports.c.number.label("number"))
        .where(
            reports.c.workspace == bindparam("viewer_workspace"),
            reports.c.reporter == bindparam("viewer_user"),
            reports.c.restricted,
        )
        .order_by(reports.c.number.desc())
        .limit(OWN_MAX)
        .subquery()
    )
    named = (
        select(report_viewers.c.report.label("number"))
        .where(
            report_viewers.c.workspace == bindparam("viewer_workspace"),
            report_viewers.c.user_id == bindparam("viewer_user"),
        )
        .order_by(report_viewers.c.report.desc())
        .limit(OWN_MAX)
        .subquery()
    )
    both = union_all(select(filed.c.number), select(named.c.number)).subquery()
    return select(both.c.number)


OWN = _own()


@cache
def lists(dialect: str) -> Select[Any]:
    """The posting lists of many terms, without their full blocks."""
    kept = search_terms.c
    shelf = and_(kept.workspace == bindparam("workspace"), kept.hidden == bindparam("hidden"))
    return select(kept.term, kept.holders, kept.blocks, kept.tail).where(shelf, among(dialect, kept.term))


@cache
def blocks(dialect: str) -> Select[Any]:
    """All full blocks of many terms."""
    kept = search_blocks.c
    shelf = and_(kept.workspace == bindparam("workspace"), kept.hidden == bindparam("hidden"))
    return select(kept.term, kept.numbers).where(shelf, among(dialect, kept.term))


@cache
def newest_blocks() -> Select[Any]:
    """The newest full blocks of one term."""
    kept = search_blocks.c
    of_term = and_(
        kept.workspace == bindparam("workspace"), kept.hidden == bindparam("hidden"), kept.term == bindparam("term")
    )
    return select(kept.term, kept.numbers).where(of_term, kept.block >= bindparam("from_block"))


@cache
def loose(role: Role) -> Select[Any]:
    """Reports that no posting list knows yet."""
    kept = search_loose.c
    on_shelf = and_(kept.workspace == bindparam("viewer_workspace"), kept.hidden == bindparam("hidden"))
    its_words = and_(search_reports.c.workspace == kept.workspace, search_reports.c.report == kept.report)
    found = select(*_COMPARED).select_from(search_loose).join(search_reports, its_words).join(reports, _OF_REPORT)
    return found.where(visible_as(role), on_shelf)


@cache
def compared(dialect: str, role: Role) -> Select[Any]:
    """What many reports are compared by."""
    mine = search_reports.c.workspace == bindparam("viewer_workspace")
    found = select(*_COMPARED).join(reports, _OF_REPORT).where(visible_as(role), mine)
    if dialect != "postgresql":
        return found.where(among(dialect, search_reports.c.report), among(dialect, reports.c.number))
    # One look-up a number, whatever PostgreSQL believes of how large a workspace is: of one that it takes for empty it
    # would compare each number with each.
    wanted = func.unnest(bindparam("among", type_=ARRAY(BigInteger))).table_valued("number").render_derived()
    one = found.where(search_reports.c.report == wanted.c.number).limit(1).lateral()
    return select(one).select_from(wanted.join(one, true()))


@cache
def seen(dialect: str, role: Role) -> Select[Any]:
    """Which of many reports may be seen at all."""
    return select(reports.c.number).where(visible_as(role), among(dialect, reports.c.number))


@cache
def read(dialect: str, role: Role) -> Select[Any]:
    """The beginning of the text of many reports."""
    description = func.substr(reports.c.description, 1, bindparam("characters")).label("description")
    found = select(reports.c.number, reports.c.title, description)
    return found.where(visible_as(role), among(dialect, reports.c.number))


@cache
def shown(dialect: str, role: Role) -> Select[Any]:
    """What is shown of many reports."""
    its_key = and_(outside_keys.c.workspace == reports.c.workspace, outside_keys.c.report == reports.c.number)
    columns = (
        reports.c.number,
        reports.c.title,
        reports.c.system,
        reports.c.state,
        reports.c.effective,
        reports.c.override,
        reports.c.threat,
        reports.c.rule,
        reports.c.reporter,
        reports.c.owner,
        reports.c.created_at,
        reports.c.closed_at,
        reports.c.restricted,
        func.coalesce(outside_keys.c.key, "").label("key"),
    )
    return select(*columns).outerjoin(outside_keys, its_key).where(visible_as(role), among(dialect, reports.c.number))
