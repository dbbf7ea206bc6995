"""The writing side of the search: kept in the transaction of the report, so that the two are never apart.

A filed report costs one row: its fingerprint, loose. When `LOOSE_MAX` of them lie there they are folded into the posting lists at
once, which costs each term one row instead of one a report, and nobody waits for it (`db.folding`). Questions look at loose
reports one by one, so what is found does not depend on when that happens.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Executable, and_, bindparam, delete, select, text

from db.models_search import search_blocks, search_loose, search_reports, search_terms, search_totals
from db.postings import BLOCK, NUMBER_BYTES, among, many, numbers_of, packed
from db.prepared import Prepared
from db.transaction import Insert, Transaction, insert_for
from triage.likeness import Fingerprint, fingerprint, terms_of
from triage.reports import Report
from triage.words import Term

LOOSE_MAX = 200
_CHUNK = 5000
_BLOCK_BYTES = BLOCK * NUMBER_BYTES
_NONE = (0, 0, 0, b"")  # the list of a term that no report held so far
_LOCK_SPACE = 0x6D6C73  # "mls": our advisory locks for writers of the search

Words = tuple[
    int, bool, bytes, int
]  # a report's number, whether it is restricted, its packed fingerprint and the length of that
Shelf = Mapping[str, Any]  # workspace and hidden, in this order: one set of posting lists
Rows = list[tuple[Any, ...]]


class SqlIndex:
    """Keeps the search's tables in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._dialect = transaction.dialect

    def add(self, report: Report) -> None:
        """Take in a report that was just filed."""
        self._put(report, _words_of(report))

    def change(self, report: Report) -> None:
        """Take in a report that may have changed; where its words and its restriction are as they were, nothing is written."""
        now = _words_of(report)
        if self._is(report, now):
            return
        self.lock(report.workspace)
        before = self._before(report)  # looked at again: somebody may have folded it meanwhile
        if before is not None:
            shelf = {"workspace": report.workspace, "hidden": before.hidden}
            if before.loose is None:
                self._unfold(shelf, report.number, Fingerprint.unpack(before.fingerprint))
            else:
                self._transaction.write(_drop_loose(self._dialect), {**_where(shelf), **self._many([report.number])})
        self._put(report, now)

    def add_many(self, workspace: str, reports: Iterable[Words]) -> None:
        """Take in reports that were just filed, folded at once: the more there are, the less each costs."""
        self.lock(workspace)
        shelves: dict[bool, list[tuple[int, bytes]]] = defaultdict(list)
        lengths = [0, 0]
        for number, hidden, words, length in reports:
            shelves[hidden].append((number, words))
            lengths[hidden] += length
        rows = sorted(
            (workspace, number, hidden, words) for hidden, filed in shelves.items() for number, words in filed
        )
        self._transaction.pour(_NEW_REPORT, rows)
        for hidden, filed in shelves.items():
            self._fold({"workspace": workspace, "hidden": hidden}, filed, lengths[hidden])

    # ----------------------------------------------------------------------------------------------------------------

    def _before(self, report: Report) -> Any:
        return self._transaction.read(_ONE, {"workspace": report.workspace, "report": report.number}).one_or_none()

    def _is(self, report: Report, words: bytes) -> bool:
        before = self._before(report)
        return before is not None and (before.hidden, before.fingerprint) == (report.restricted, words)

    def _put(self, report: Report, words: bytes) -> None:
        shelf = {"workspace": report.workspace, "hidden": report.restricted}
        self._transaction.put_soon(_PUT_REPORT, {**shelf, "report": report.number, "fingerprint": words})
        self._transaction.put_soon(_PUT_LOOSE, {**shelf, "report": report.number})

    def lock(self, workspace: str) -> None:
        """Let nobody else write a workspace's lists before this transaction ends."""
        # On PostgreSQL two writers of a workspace would meet in its terms in any order; SQLite has one writer anyway.
        if self._dialect == "postgresql":
            self._transaction.write(_LOCK, {"space": _LOCK_SPACE, "workspace": workspace})

    def fold_loose(self, workspace: str, *, hidden: bool, at_most: int) -> int:
        """Fold the oldest of the reports that lie loose; how many."""
        self.lock(workspace)
        shelf = {"workspace": workspace, "hidden": hidden}
        rows = self._transaction.read(_LOOSE, {**_where(shelf), "at_most": at_most}).all()
        if not rows:
            return 0
        length = sum(Fingerprint.unpack(row.fingerprint).length for row in rows)
        self._fold(shelf, [(row.report, row.fingerprint) for row in rows], length)
        self._transaction.write(_drop_loose(self._dialect), {**_where(shelf), **self._many(row.report for row in rows)})
        return len(rows)

    def _fold(self, shelf: Shelf, filed: Sequence[tuple[int, bytes]], length: int) -> None:
        holders: dict[Term, list[int]] = defaultdict(list)
        for number, words in filed:
            for term in terms_of(words):
                holders[term].append(number)
        in_order = iter(sorted(holders))  # rows of one page are touched together
        while terms := list(islice(in_order, _CHUNK)):
            self._append(shelf, {term: holders[term] for term in terms})
        self._count(shelf, len(filed), length)

    def _append(self, shelf: Shelf, holders: Mapping[Term, Sequence[int]]) -> None:
        known = {row[0]: row for row in self._lists(shelf, holders)}
        new: Rows = []
        lists: Rows = []
        blocks: Rows = []
        where = tuple(shelf.values())
        for term, numbers in holders.items():
            added = packed(array("I", numbers))
            _, held, full, kept = known.get(term, _NONE)
            tail = kept + added
            while len(tail) >= _BLOCK_BYTES:
                blocks.append(_block(where, term, full, numbers_of(tail[:_BLOCK_BYTES])))
                tail, full = tail[_BLOCK_BYTES:], full + 1
            (lists if term in known else new).append((*where, term, held + len(numbers), full, tail))
        self._transaction.pour(_NEW_LIST, new)
        self._save(lists, blocks)

    def _unfold(self, shelf: Shelf, number: int, was: Fingerprint) -> None:
        lists: Rows = []
        blocks: Rows = []
        deeper = []
        where = tuple(shelf.values())
        for term, held, full, kept in self._lists(shelf, was.terms):
            tail = numbers_of(kept)
            if number in tail:
                tail.remove(number)
            else:
                deeper.append(term)
            lists.append((*where, term, held - 1, full, packed(tail)))
        values = {**_where(shelf), **self._many(deeper), "number": number}
        spanning: Sequence[Any] = self._transaction.read(_blocks_with(self._dialect), values).all()
        for term, block, kept in spanning:
            numbers = numbers_of(kept)
            if number in numbers:
                numbers.remove(number)
                blocks.append(_block(where, term, block, numbers))
        self._save(lists, blocks)
        self._count(shelf, -1, -was.length)

    def _lists(self, shelf: Shelf, terms: Iterable[Term]) -> Sequence[Any]:
        return self._transaction.read(_lists_of(self._dialect), {**_where(shelf), **self._many(terms)}).all()

    def _save(self, lists: Rows, blocks: Rows) -> None:
        self._transaction.put_bound(_PUT_LIST, lists)
        self._transaction.put_bound(_PUT_BLOCK, blocks)

    def _count(self, shelf: Shelf, reports: int, length: int) -> None:
        self._transaction.put(_COUNT, {**shelf, "reports": reports, "length": length})

    def _many(self, numbers: Iterable[int]) -> dict[str, Any]:
        return {"among": many(self._dialect, numbers)}


def _where(shelf: Shelf) -> dict[str, Any]:
    return {f"on_{name}": value for name, value in shelf.items()}


def _words_of(report: Report) -> bytes:
    return fingerprint(report.title, report.description, report.system).pack()


def _block(where: tuple[Any, ...], term: Term, block: int, numbers: "array[int]") -> tuple[Any, ...]:
    return (*where, term, block, min(numbers, default=0), max(numbers, default=0), packed(numbers))


def _on(table: Any) -> Any:
    return (table.c.workspace == bindparam("on_workspace")) & (table.c.hidden == bindparam("on_hidden"))


_IS_LOOSE = and_(
    search_loose.c.workspace == search_reports.c.workspace, search_loose.c.report == search_reports.c.report
)
_ONE = (
    select(search_reports.c.hidden, search_reports.c.fingerprint, search_loose.c.report.label("loose"))
    .outerjoin(search_loose, and_(_IS_LOOSE, search_loose.c.hidden == search_reports.c.hidden))
    .where(search_reports.c.workspace == bindparam("workspace"), search_reports.c.report == bindparam("report"))
)
_LOOSE = (
    select(search_reports.c.report, search_reports.c.fingerprint)
    .join(search_loose, _IS_LOOSE)
    .where(_on(search_loose))
    .order_by(search_reports.c.report)
    .limit(bindparam("at_most"))
)
_LOCK = text("SELECT pg_advisory_xact_lock(:space, hashtext(:workspace))")


@cache
def _lists_of(dialect: str) -> Executable:
    kept = search_terms.c
    return select(kept.term, kept.holders, kept.blocks, kept.tail).where(_on(search_terms), among(dialect, kept.term))


@cache
def _blocks_with(dialect: str) -> Executable:
    blocks = search_blocks.c
    spans = (blocks.low <= bindparam("number")) & (blocks.high >= bindparam("number"))
    of_them = and_(_on(search_blocks), among(dialect, blocks.term), spans)
    return select(blocks.term, blocks.block, blocks.numbers).where(of_them)


@cache
def _drop_loose(dialect: str) -> Executable:
    return delete(search_loose).where(_on(search_loose), among(dialect, search_loose.c.report))


def _replacing(table: Any, *key: str) -> Prepared:
    def build(dialect: str) -> Insert:
        put = insert_for(dialect, table)
        changed = {column.name: put.excluded[column.name] for column in table.c if column.name not in key}
        return put.on_conflict_do_update(index_elements=key, set_=changed)

    return Prepared(build, [column.name for column in table.c])


def _counting(dialect: str) -> Insert:
    put = insert_for(dialect, search_totals)
    summed = {name: search_totals.c[name] + put.excluded[name] for name in ("reports", "length")}
    return put.on_conflict_do_update(index_elements=["workspace", "hidden"], set_=summed)


_NEW_REPORT = Prepared.insert(search_reports)
_NEW_LIST = Prepared.insert(search_terms)
_PUT_REPORT = _replacing(search_reports, "workspace", "report")
_PUT_LOOSE = Prepared.insert(search_loose)
_PUT_LIST = _replacing(search_terms, "workspace", "hidden", "term")
_PUT_BLOCK = _replacing(search_blocks, "workspace", "hidden", "term", "block")
_COUNT = Prepared(_counting, [column.name for column in search_totals.c])
