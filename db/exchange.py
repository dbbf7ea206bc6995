"""Reports in bulk: in with everything that belongs to them, many a transaction; out by the page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Select, and_, bindparam, func, select

from db.models import events, report_viewers, reports, verdicts, workspaces
from db.models_outside import outside_keys
from db.postings import among, many
from db.prepared import Prepared
from db.report_rows import changeable, report_of
from db.report_statements import INSERT_REPORT
from db.search_index import SqlIndex
from db.transaction import Transaction, insert_for
from db.verdicts import INSERT_ANSWERS, INSERT_VERDICT, answer_rows, verdict_row
from db.visible import visible
from triage.access import Viewer
from triage.intake import Incoming, life_of
from triage.reports import Report, Scored
from triage.transfer import own_key

Rows = list[dict[str, Any]]


class SqlExchange:
    """`triage.ports.Exchange` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._dialect = transaction.dialect
        self._index = SqlIndex(transaction)

    def take(self, workspace: str, batch: Iterable[Incoming]) -> int:
        """File what is not filed yet, in order; how many that were. The bar that rated them is kept before."""
        once: dict[str, Incoming] = {}
        for one in batch:
            once.setdefault(one.report.draft, one)
        new = self._unknown(workspace, once)
        if not new:
            return 0
        values = {"id": workspace, "next_report": len(new) + 1}
        after = int(self._transaction.write(_numbers(self._dialect), values).scalar_one())
        numbered = list(enumerate(new, after - len(new)))
        put = self._transaction.put
        put(INSERT_REPORT, [_report_row(number, one.report) for number, one in numbered])
        said = _Said()
        put(INSERT_VERDICT, [said.verdict(number, one.report) for number, one in numbered])
        given = [row for number, one in numbered for row in said.answers(number, one.report)]
        if given:
            put(INSERT_ANSWERS, given)
        put(_INSERT_EVENT, [row for number, one in numbered for row in _event_rows(number, one)])
        keys = [{"workspace": workspace, "key": one.key, "report": number} for number, one in numbered if one.key]
        if keys:
            put(_INSERT_KEY, keys)
        self._index.add_many(workspace, [(number, one.report.restricted, one.words) for number, one in numbered])
        return len(new)

    def page(
        self,
        viewer: Viewer,
        after: int,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[tuple[Report, str]]:
        """At most `limit` reports numbered above `after` that the viewer may see, filed from `since` to before `until`.

        Each with its key outside, or with the one that it has as a report born here.
        """
        query = _PAGE.where(visible(viewer), reports.c.number > after).order_by(reports.c.number).limit(limit)
        if since is not None:
            query = query.where(reports.c.created_at >= since)
        if until is not None:
            query = query.where(reports.c.created_at < until)
        rows = self._transaction.read(query).all()
        named: dict[int, set[str]] = {row.number: set() for row in rows if row.restricted}
        if named:
            values = {"workspace": viewer.workspace, "among": many(self._dialect, named)}
            for row in self._transaction.read(_named(self._dialect), values):
                named[row.report].add(row.user_id)
        return [
            (report_of(row, frozenset(named.get(row.number, ()))), row.key or own_key(viewer.workspace, row.number))
            for row in rows
        ]

    def _unknown(self, workspace: str, batch: Mapping[str, Incoming]) -> list[Incoming]:
        values = {"workspace": workspace, "among": many(self._dialect, batch)}
        known = set(self._transaction.read(_drafts(self._dialect), values).scalars())
        born_here = {number: draft for draft, one in batch.items() if (number := _own_number(workspace, one.key))}
        if born_here:
            values = {"workspace": workspace, "among": many(self._dialect, born_here)}
            there = self._transaction.read(_born_here(self._dialect), values).scalars()
            known.update(born_here[number] for number in there)
        return [one for draft, one in batch.items() if draft not in known]


class _Said:
    """The rows of verdicts and answers; those of one verdict are read out of its JSON once."""

    def __init__(self) -> None:
        self._verdicts: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, Rows] = {}

    def verdict(self, number: int, report: Report) -> dict[str, Any]:
        scored = report.scored
        row = self._verdicts.get(scored.verdict)
        if row is None:
            row = self._verdicts[scored.verdict] = verdict_row(report.workspace, 0, 1, scored)
        return {**row, "report": number, "at": scored.at, "by_user": scored.by}

    def answers(self, number: int, report: Report) -> Rows:
        scored: Scored = report.scored
        rows = self._answers.get(scored.case)
        if rows is None:
            rows = self._answers[scored.case] = answer_rows(report.workspace, 0, 1, scored)
        return [{**row, "report": number} for row in rows]


def _report_row(number: int, report: Report) -> dict[str, Any]:
    return {
        "workspace": report.workspace,
        "number": number,
        "draft": report.draft,
        "reporter": report.reporter,
        "created_at": report.created_at,
        "verdict": 1,
        **changeable(report),
    }


def _event_rows(number: int, one: Incoming) -> Rows:
    return [
        {
            "workspace": one.report.workspace,
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
        for seq, event in enumerate(life_of(one), 1)
    ]


def _own_number(workspace: str, key: str) -> int:
    """The number that a key names which this workspace gave away itself; 0 for any other key."""
    found = (
        re.fullmatch(r"ML-([0-9]{1,9})", key.removeprefix(f"{workspace}/")) if key.startswith(f"{workspace}/") else None
    )
    return int(found.group(1)) if found else 0


_INSERT_EVENT = Prepared.insert(events)
_INSERT_KEY = Prepared.insert(outside_keys)
_ITS_KEY = and_(outside_keys.c.workspace == reports.c.workspace, outside_keys.c.report == reports.c.number)
_ITS_VERDICT = and_(
    verdicts.c.workspace == reports.c.workspace,
    verdicts.c.report == reports.c.number,
    verdicts.c.seq == reports.c.verdict,
)
_PAGE = (
    select(
        reports,
        verdicts.c.case_json,
        verdicts.c.verdict_json,
        verdicts.c.bar_hash,
        verdicts.c.at,
        verdicts.c.by_user,
        func.coalesce(outside_keys.c.key, "").label("key"),
    )
    .join(verdicts, _ITS_VERDICT)
    .outerjoin(outside_keys, _ITS_KEY)
)


@cache
def _numbers(dialect: str) -> Executable:
    """Count a workspace's reports up by many; gives the number after the last one to take."""
    first = insert_for(dialect, workspaces)
    many_more = workspaces.c.next_report + first.excluded.next_report - 1
    counted = first.on_conflict_do_update(index_elements=["id"], set_={"next_report": many_more})
    return counted.returning(workspaces.c.next_report)


@cache
def _drafts(dialect: str) -> Select[Any]:
    return select(reports.c.draft).where(reports.c.workspace == bindparam("workspace"), among(dialect, reports.c.draft))


@cache
def _born_here(dialect: str) -> Select[Any]:
    mine = and_(reports.c.workspace == bindparam("workspace"), among(dialect, reports.c.number))
    return select(reports.c.number).outerjoin(outside_keys, _ITS_KEY).where(mine, outside_keys.c.key.is_(None))


@cache
def _named(dialect: str) -> Select[Any]:
    return select(report_viewers.c.report, report_viewers.c.user_id).where(
        report_viewers.c.workspace == bindparam("workspace"), among(dialect, report_viewers.c.report)
    )
