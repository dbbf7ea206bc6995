"""Folds what lies loose in the search into its posting lists, beside the requests: nobody waits for it.

Which workspace is due is known to the process that filed the report; what a process left undone is found by the next one that
starts.
"""

import logging
import queue
import threading
from collections.abc import Callable

from sqlalchemy import Engine, func, select

from db.models_search import search_loose
from db.search_index import LOOSE_MAX, SqlIndex
from db.transaction import begin
from triage.errors import Unavailable

log = logging.getLogger(__name__)

AGAIN_S = 5.0
_AT_ONCE = {"sqlite": 50, "postgresql": 500}  # SQLite has one writer: others get their turn in between


class Folding:
    """A thread that folds. `give_way` lets others go first."""

    def __init__(self, engine: Engine, give_way: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._give_way = give_way
        self._due: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="folding", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._thread.start()

    def stop(self, within_s: float = 3.0) -> None:
        """Finish the transaction under way."""
        self._stopping.set()
        self._due.put(None)
        if self._thread.ident is not None:
            self._thread.join(within_s)

    def filed(self, workspace: str, number: int) -> None:
        """A report was committed under this number."""
        if number % LOOSE_MAX == 0:
            self._due.put(workspace)

    def _loop(self) -> None:
        self._try(self._left_undone)
        while (workspace := self._due.get()) is not None and not self._stopping.is_set():
            self._try(lambda due=workspace: self._fold(due))  # type: ignore[misc]  # it is called at once

    def _try(self, act: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                return act()
            except Unavailable:
                self._stopping.wait(AGAIN_S)
            except Exception:  # what lies loose is found all the same
                log.exception("folding_failed")
                return None
        return None

    def _left_undone(self) -> None:
        for workspace in crowded(self._engine):
            self._due.put(workspace)

    def _fold(self, workspace: str) -> None:
        while not self._stopping.is_set():
            self._give_way()
            if not fold_some(self._engine, workspace):
                return


def crowded(engine: Engine) -> list[str]:
    """The workspaces in which enough reports lie loose to be folded. Raises `Unavailable`."""
    crowd = select(search_loose.c.workspace).group_by(search_loose.c.workspace).having(func.count() >= LOOSE_MAX)
    with begin(engine, writes=False) as transaction:
        return list(transaction.read(crowd).scalars())


def fold_some(engine: Engine, workspace: str) -> int:
    """Fold a few reports of a workspace in one transaction; how many. Raises `Unavailable`."""
    at_most = _AT_ONCE[engine.dialect.name]
    with begin(engine, writes=True) as transaction:
        index = SqlIndex(transaction)
        folded = sum(index.fold_loose(workspace, hidden=hidden, at_most=at_most) for hidden in (False, True))
        transaction.commit()
    return folded
