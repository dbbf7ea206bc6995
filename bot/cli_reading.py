"""The rows of a file as reports ready to be filed, made in a process beside the one that files them."""

import gc
import os
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from triage.bar import BugBar
from triage.errors import Unavailable
from triage.intake import Intake
from triage.transfer import RowError, Source, record_in

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from db.bulk import Ready

CHUNK = 5000  # rows that are read at once
AHEAD = 6  # chunks that are read before they are needed, more than go into a transaction: memory is bounded by them
ENDED = "The process that reads the file was ended; is there too little memory? What was filed stays: import the file again."

Rows = list[tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What came of some rows. `taken`: so many are ready; `cut`: of so many a text was too long; `refused`: line, field, why."""

    ready: "Ready"
    taken: int
    cut: int
    refused: Sequence[tuple[int, str, str]]


@dataclass(slots=True)
class Reader:
    """Reads rows for one workspace and database. It goes to another process whole."""

    bar: BugBar
    workspace: str
    now: datetime
    database_url: str = field(repr=False)
    columns: Sequence[str]
    _made: "tuple[Intake, Dialect] | None" = None

    def read(self, rows: Rows) -> Chunk:
        """Read some rows."""
        from db.bulk import dialect_of, ready

        if self._made is None:
            self._made = Intake(self.bar, self.workspace, self.now), dialect_of(self.database_url)
        intake, dialect = self._made
        taken, refused = [], []
        for line, row in rows:
            try:
                if isinstance(row, RowError):
                    raise row
                taken.append(intake.take(record_in(row, self.columns)))
            except RowError as wrong:
                refused.append((line, wrong.field, wrong.message))
        return Chunk(ready(dialect, taken), len(taken), sum(bool(one.cut) for one in taken), refused)


def chunks(reader: Reader, source: Source) -> Generator[Chunk]:
    """The chunks of a file in order; those of a long one are made by another process meanwhile. Raises `Unavailable`."""
    rows = iter(lambda: list(islice(source.rows, CHUNK)), [])
    first = next(rows, [])
    second = next(rows, [])
    if not second or _processors() < 2:
        yield from map(reader.read, filter(None, (first, second)))
        yield from map(reader.read, rows)
        return
    with _beside(reader) as pool:
        waiting: deque[Future[Chunk]] = deque(pool.submit(_read, some) for some in (first, second))
        while waiting:
            try:
                chunk = waiting.popleft().result()
                waiting.extend(pool.submit(_read, some) for some in islice(rows, AHEAD - len(waiting)))
            except BrokenProcessPool as broken:
                raise Unavailable(ENDED) from broken
            yield chunk


@contextmanager
def _beside(reader: Reader) -> Iterator[ProcessPoolExecutor]:
    # A fresh interpreter: a forked one would hold our connections and locks.
    pool = ProcessPoolExecutor(1, get_context("spawn"), _begin, (reader,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


_reader: Reader | None = None  # of the process beside


def _begin(reader: Reader) -> None:
    global _reader  # noqa: PLW0603  # how a pool's process keeps what it was given
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that files
    gc.disable()  # see `cli_import`
    _reader = reader


def _read(rows: Rows) -> Chunk:
    assert _reader is not None  # noqa: S101  # `_begin` ran
    return _reader.read(rows)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
