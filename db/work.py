"""Where work is begun: `triage.ports.WorkPlace` over a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine

from db.bars import SqlBars
from db.drafts import SqlDrafts
from db.errands import SqlErrands
from db.exchange import SqlExchange
from db.held import SqlHeld
from db.lists import SqlLists
from db.lookers import SqlLookers
from db.opinions import SqlOpinions
from db.people import SqlPeople
from db.reports import SqlReports
from db.search import SqlHistory
from db.search_index import SqlIndex
from db.settings import SqlSettings
from db.transaction import Transaction, begin
from db.watch import Watch, WatchedHistory
from triage.ports import Clock, Meaning
from triage.reports import Report


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class IndexedReports(SqlReports):
    """Reports that the search knows as they are: it is kept wherever a report is written."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._index = SqlIndex(transaction)
        self.filed: list[tuple[str, int]] = []  # workspace and number of each

    def add(self, report: Report) -> Report:
        """File it, and let it be found. Raises `AlreadyFiled`."""
        filed = super().add(report)
        self._index.add(filed)
        self.filed.append((filed.workspace, filed.number))
        return filed

    def save(self, report: Report) -> bool:
        """Write it back, and let it be found as it is now; False where somebody else was quicker."""
        saved = super().save(report)
        if saved:
            self._index.change(report)
        return saved


class SqlWork:
    """`triage.ports.Work`: one transaction with its stores."""

    def __init__(
        self, transaction: Transaction, clock: Clock, known_bars: set[str], watch: Watch, meaning: Meaning | None
    ) -> None:
        self._transaction = transaction
        self._known_bars = known_bars
        self._filed = watch.filed
        self.drafts = SqlDrafts(transaction)
        self.reports = IndexedReports(transaction)
        self.history = WatchedHistory(SqlHistory(transaction, meaning), watch.searched)
        self.exchange = SqlExchange(transaction)
        self.opinions = SqlOpinions(transaction, clock)
        self.bars = SqlBars(transaction, known_bars)
        self.errands = SqlErrands(transaction, clock, watch.request)
        self.lists = SqlLists(transaction)
        self.settings = SqlSettings(transaction)
        self.people = SqlPeople(transaction)
        self.held = SqlHeld(transaction, clock)
        self.lookers = SqlLookers(transaction, clock)

    def commit(self) -> None:
        """Keep what was written. Raises `Unavailable` where nobody can say whether it was kept."""
        self._transaction.commit()
        self._known_bars |= self.bars.kept
        for workspace, number in self.reports.filed:
            self._filed(workspace, number)


class SqlWorkPlace:
    """The history in the database of `engine`. `clock` says when an errand was put; `watch` for which request, and hears more.

    `meaning` helps the search, where there is one.
    """

    def __init__(
        self, engine: Engine, clock: Clock = utc_now, watch: Watch | None = None, meaning: Meaning | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._watch = watch or Watch()
        self._meaning = meaning
        self._known_bars: set[str] = set()

    @contextmanager
    def write(self) -> Iterator[SqlWork]:
        """A transaction that may write; rolls back unless committed. Raises `Unavailable`."""
        with begin(self._engine, writes=True, within_s=self._watch.patience()) as transaction:
            yield SqlWork(transaction, self._clock, self._known_bars, self._watch, self._meaning)

    @contextmanager
    def read(self) -> Iterator[SqlWork]:
        """A transaction that only reads, and waits for no writer. Raises `Unavailable`."""
        with begin(self._engine, writes=False) as transaction:
            yield SqlWork(transaction, self._clock, self._known_bars, self._watch, self._meaning)
