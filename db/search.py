"""The reading side of the search: narrow by posting lists, compare what is left, show what the viewer may see.

A question costs a bounded number of queries and rows, however long the history: its rarest terms choose the candidates, all
of its terms compare them. What a member is answered is made from unrestricted reports alone, statistics included; the
restricted ones that a member may see, being the reporter or named, are compared beside them. A triager's answers are made
from all reports.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Row

from db import search_statements as statements
from db.postings import BLOCK, many, numbers_of
from db.report_rows import folded
from db.transaction import Transaction
from db.visible import viewer_values
from triage.access import Viewer
from triage.history import Hit
from triage.likeness import READ_MAX, Comparer, Fingerprint, Nearness, Question, Statistics, as_read
from triage.ports import Meaning
from triage.repeats import Candidate, Judged, judge
from triage.reports import State
from triage.severity import Severity
from triage.words import Term, is_common

POSTINGS_MAX = 8_000
"""Entries of posting lists that a question reads."""

CANDIDATES_MAX = 150
"""Reports of the posting lists that a question is compared with."""

CROWDED_MAX = 3
"""Lists that are too long to be read whole, of which the newest part is read."""


@dataclass(frozen=True, slots=True)
class _List:
    hidden: bool
    term: Term
    holders: int
    blocks: int
    tail: bytes


class SqlHistory:
    """`triage.ports.History` in one transaction; by words alone where there is no model of meaning."""

    def __init__(self, transaction: Transaction, meaning: Meaning | None = None) -> None:
        self._transaction = transaction
        self._meaning = meaning
        self._dialect = transaction.dialect

    def similar(
        self, viewer: Viewer, text: str, limit: int, *, threat: str = "", system: str = "", besides: int = 0
    ) -> Sequence[Hit]:
        """At most `limit` reports that the viewer may see, likeliest first; the system's and the threat's own count more."""
        question = Question.of(text, system)
        if not viewer.is_member or all(map(is_common, question.counts)):
            return []
        shelves = (False, True) if viewer.is_triager else (False,)
        loose = [row for hidden in shelves for row in self._loose(viewer, hidden)]
        lists = [one for hidden in shelves for one in self._lists(viewer, hidden, question)]
        comparer = Comparer(question, self._statistics(viewer, shelves, lists, loose, question))
        numbers = set(self._narrow(viewer, comparer, lists))
        if not viewer.is_triager:
            numbers.update(self._transaction.read(statements.OWN, viewer_values(viewer)).scalars())
        rows = {row.report: row for row in (*loose, *self._compared(viewer, numbers - {row.report for row in loose}))}
        rows.pop(besides, None)
        candidates = self._candidates(viewer, rows.values(), threat, folded(system))
        meant = partial(self._meant, viewer, self._meaning, text) if self._meaning is not None else None
        return self._shown(viewer, judge(comparer, candidates, limit, meant))

    # ----------------------------------------------------------------------------------------------------------------

    def _loose(self, viewer: Viewer, hidden: bool) -> Sequence[Row[Any]]:
        values = {**viewer_values(viewer), "hidden": hidden}
        return self._transaction.read(statements.loose(viewer.role), values).all()

    def _lists(self, viewer: Viewer, hidden: bool, question: Question) -> Iterator[_List]:
        values = {"workspace": viewer.workspace, "hidden": hidden, **self._many(question.counts)}
        for row in self._transaction.read(statements.lists(self._dialect), values):
            yield _List(hidden, row.term, row.holders, row.blocks, row.tail)

    def _statistics(
        self,
        viewer: Viewer,
        shelves: Iterable[bool],
        lists: Iterable[_List],
        loose: Sequence[Row[Any]],
        question: Question,
    ) -> Statistics:
        holding: Counter[Term] = Counter()
        for one in lists:
            holding[one.term] += one.holders
        reports, length = len(loose), 0
        for row in loose:
            made = Fingerprint.unpack(row.fingerprint)
            holding.update(question.counts.keys() & set(made.terms))
            length += made.length
        for hidden in shelves:
            values = {"workspace": viewer.workspace, "hidden": hidden}
            for total in self._transaction.read(statements.TOTALS, values):
                reports += total.reports
                length += total.length
        return Statistics(reports, length / max(1, reports), holding)

    def _narrow(self, viewer: Viewer, comparer: Comparer, lists: Iterable[_List]) -> Iterable[int]:
        """The reports that hold most of what the question's rarest terms are worth; of equals, the newest."""
        rare: list[_List] = []
        crowded: list[_List] = []
        left = POSTINGS_MAX
        for one in sorted(lists, key=lambda one: (one.holders, one.term)):
            if is_common(one.term):
                continue
            if one.holders <= left:
                rare.append(one)
                left -= one.holders
            elif len(crowded) < CROWDED_MAX:
                crowded.append(one)
        worth: dict[int, float] = defaultdict(float)
        for one, numbers in self._postings(viewer, rare, crowded, left):
            weight = comparer.weight(one.term)
            for number in numbers:
                worth[number] += weight
        return [number for _, number in heapq.nlargest(CANDIDATES_MAX, zip(worth.values(), worth, strict=True))]

    def _postings(
        self, viewer: Viewer, rare: Sequence[_List], crowded: Sequence[_List], left: int
    ) -> Iterator[tuple[_List, Iterable[int]]]:
        for one in (*rare, *crowded):
            yield one, numbers_of(one.tail)
        whole = {(one.hidden, one.term): one for one in rare if one.blocks}
        for hidden in {hidden for hidden, _ in whole}:
            values = {
                "workspace": viewer.workspace,
                "hidden": hidden,
                **self._many(one.term for one in whole.values() if one.hidden == hidden),
            }
            for row in self._transaction.read(statements.blocks(self._dialect), values):
                yield whole[hidden, row.term], numbers_of(row.numbers)
        for one in crowded:
            newest = max(0, one.blocks - max(1, left // BLOCK // len(crowded)))
            values = {"workspace": viewer.workspace, "hidden": one.hidden, "term": one.term, "from_block": newest}
            for row in self._transaction.read(statements.newest_blocks(), values):
                yield one, numbers_of(row.numbers)

    def _compared(self, viewer: Viewer, numbers: Iterable[int]) -> Sequence[Row[Any]]:
        values = {**viewer_values(viewer), **self._many(numbers)}
        return self._transaction.read(statements.compared(self._dialect, viewer.role), values).all()

    def _candidates(self, viewer: Viewer, rows: Iterable[Row[Any]], threat: str, system: str) -> Iterator[Candidate]:
        rows = list(rows)
        roots = {row.duplicate_of for row in rows} - {None}
        if roots:
            values = {**viewer_values(viewer), **self._many(roots)}
            roots = set(self._transaction.read(statements.seen(self._dialect, viewer.role), values).scalars())
        for row in rows:
            yield Candidate(
                number=row.report,
                issue=row.duplicate_of if row.duplicate_of in roots else row.report,
                fingerprint=Fingerprint.unpack(row.fingerprint),
                same_system=bool(system) and row.system_folded == system,
                same_threat=bool(threat) and row.threat == threat,
            )

    def _meant(self, viewer: Viewer, meaning: Meaning, text: str, numbers: Sequence[int]) -> Nearness | None:
        """How near reports that the viewer may see are to the question by meaning; their texts are read, and forgotten."""
        values = {**viewer_values(viewer), "characters": READ_MAX, **self._many(numbers)}
        rows = self._transaction.read(statements.read(self._dialect, viewer.role), values)
        texts = {row.number: as_read(row.title, row.description) for row in rows}
        return meaning.compare(text.strip()[:READ_MAX], [texts.get(number, "") for number in numbers])

    def _shown(self, viewer: Viewer, judged: Sequence[Judged]) -> list[Hit]:
        values = {**viewer_values(viewer), **self._many(one.issue for one in judged)}
        query = statements.shown(self._dialect, viewer.role)
        rows = {row.number: row for row in self._transaction.read(query, values)} if judged else {}
        return [_hit(one, rows[one.issue]) for one in judged if one.issue in rows]

    def _many(self, numbers: Iterable[int]) -> Mapping[str, Any]:
        return {"among": many(self._dialect, numbers)}


def _hit(judged: Judged, row: Row[Any]) -> Hit:
    return Hit(
        number=row.number,
        matched=judged.number,
        score=judged.score,
        repeat=judged.repeat,
        title=row.title,
        system=row.system,
        state=State(row.state),
        severity=Severity(row.effective) if row.effective else None,
        overridden=row.override is not None,
        threat=row.threat,
        rule=row.rule,
        reporter=row.reporter,
        owner=row.owner,
        created_at=row.created_at,
        closed_at=row.closed_at,
        restricted=row.restricted,
        key=row.key,
    )
