"""Reports in bulk: in with everything that belongs to them, many a transaction; out by the page."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Executable, Select, and_, bindparam, func, select

from db.bulk import (
    INSERT_ANSWER,
    INSERT_EVENT,
    INSERT_KEY,
    INSERT_REPORT,
    INSERT_VERDICT,
    INSERT_VIEWER,
    Ready,
    numbered,
    ready,
)
from db.models import events, report_viewers, reports, verdicts, workspaces
from db.models_outside import outside_keys
from db.postings import among, many
from db.report_rows import event_of, report_of
from db.search_index import SqlIndex, Words
from db.transaction import Transaction, insert_for
from db.visible import visible
from triage.access import Viewer
from triage.intake import Incoming
from triage.transfer import Exported, own_key

if TYPE_CHECKING:
    from triage.reports import Event


class SqlExchange:
    """`triage.ports.Exchange` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._dialect = transaction.dialect
        self._index = SqlIndex(transaction)

    def take(self, workspace: str, batch: Iterable[Incoming]) -> int:
        """File what is not filed yet, in order; how many that were. The bar that rated them is kept before."""
        return self.file(workspace, [ready(self._transaction.driver, batch)])

    def file(self, workspace: str, made: Sequence[Ready]) -> int:
        """The same for reports whose rows are made, some after the other."""
        words: list[Words] = []
        for some in made:
            self._put(workspace, some, words)
        self._index.add_many(workspace, words)
        return len(words)

    def _put(self, workspace: str, made: Ready, words: list[Words]) -> None:
        """File those that are not filed yet, and add their words to those that the search is to be told."""
        known = self._known(workspace, made)
        new = [at for at, draft in enumerate(made.drafts) if draft not in known]
        if not new:
            return
        values = {"id": workspace, "next_report": len(new) + 1}
        after = int(self._transaction.write(_numbers(self._dialect), values).scalar_one())
        numbers = [0] * len(made.drafts)
        for number, at in enumerate(new, after - len(new)):
            numbers[at] = number
        pour = self._transaction.pour
        pour(INSERT_REPORT, [(workspace, numbers[at], *made.reports[at]) for at in new])
        pour(INSERT_VERDICT, [(workspace, numbers[at], *made.verdicts[at]) for at in new])
        pour(INSERT_ANSWER, numbered(workspace, numbers, made.answers))
        pour(INSERT_EVENT, numbered(workspace, numbers, made.events))
        pour(INSERT_VIEWER, numbered(workspace, numbers, made.viewers))
        pour(INSERT_KEY, [(workspace, made.keys[at], numbers[at]) for at in new if made.keys[at]])
        words += [(numbers[at], made.hidden[at], made.words[at], made.lengths[at]) for at in new]

    def page(
        self,
        viewer: Viewer,
        after: int,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Exported]:
        """At most `limit` reports numbered above `after` that the viewer may see, filed from `since` to before `until`."""
        query = _PAGE.where(visible(viewer), reports.c.number > after).order_by(reports.c.number).limit(limit)
        if since is not None:
            query = query.where(reports.c.created_at >= since)
        if until is not None:
            query = query.where(reports.c.created_at < until)
        rows = self._transaction.read(query).all()
        named: dict[int, set[str]] = defaultdict(set)
        lived: dict[int, list[Event]] = defaultdict(list)
        values = {"workspace": viewer.workspace, "among": many(self._dialect, (row.number for row in rows))}
        for row in self._transaction.read(_named(self._dialect), values):
            named[row.report].add(row.user_id)
        for row in self._transaction.read(_events(self._dialect), values):
            lived[row.report].append(event_of(row))
        return [
            Exported(
                report_of(row, frozenset(named[row.number])),
                row.key or own_key(viewer.workspace, row.number),
                lived[row.number],
            )
            for row in rows
        ]

    def _known(self, workspace: str, made: Ready) -> set[str]:
        """The drafts of those that are filed already."""
        values = {"workspace": workspace, "among": many(self._dialect, made.drafts)}
        known = set(self._transaction.read(_drafts(self._dialect), values).scalars())
        named = zip(made.drafts, made.keys, strict=True)
        born_here = {number: draft for draft, key in named if (number := _own_number(workspace, key))}
        if born_here:
            values = {"workspace": workspace, "among": many(self._dialect, born_here)}
            there = self._transaction.read(_born_here(self._dialect), values).scalars()
            known.update(born_here[number] for number in there)
        return known


def _own_number(workspace: str, key: str) -> int:
    """The number that a key names which this workspace gave away itself; 0 for any other key."""
    found = (
        re.fullmatch(r"ML-([0-9]{1,9})", key.removeprefix(f"{workspace}/")) if key.startswith(f"{workspace}/") else None
    )
    return int(found.group(1)) if found else 0


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


@cache
def _events(dialect: str) -> Select[Any]:
    of_these = and_(events.c.workspace == bindparam("workspace"), among(dialect, events.c.report))
    return select(events).where(of_these).order_by(events.c.report, events.c.seq)
