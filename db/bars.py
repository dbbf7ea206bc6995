"""The bars that verdicts were given by."""

from functools import cache

from sqlalchemy import select

from db.models import bars
from db.transaction import Insert, Transaction, insert_for
from triage.bar import BugBar


class SqlBars:
    """`triage.ports.Bars` in one transaction. `known`: hashes of bars that are committed, so that they need no look."""

    def __init__(self, transaction: Transaction, known: set[str]) -> None:
        self._transaction = transaction
        self._known = known
        self.kept: set[str] = set()

    def keep(self, bar: BugBar) -> None:
        """Keep the bar's canonical text under its hash; nothing where it is kept already."""
        if bar.hash in self._known or bar.hash in self.kept:
            return
        row = {"hash": bar.hash, "bar_id": bar.id, "version": bar.version, "canonical": bar.canonical()}
        self._transaction.write(_keep(self._transaction.dialect), row)
        self.kept.add(bar.hash)

    def text(self, bar_hash: str) -> str | None:
        """The canonical text of a kept bar."""
        found: str | None = self._transaction.read(
            select(bars.c.canonical).where(bars.c.hash == bar_hash)
        ).scalar_one_or_none()
        return found


@cache
def _keep(dialect: str) -> Insert:
    return insert_for(dialect, bars).on_conflict_do_nothing(index_elements=["hash"])
