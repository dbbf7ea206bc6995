"""Takes out of the queue what was sent long ago and nothing asks for any more.

What later messages look for stays: a card and a thread's entries are edited when the report is restricted, a digest when its
figures change, and a greeting's row is what says that it was given.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select

from db.models import outbox
from db.transaction import begin

KEPT = timedelta(days=90)
EVERY_S = 24 * 3600.0
SWEPT = ("answer", "card_edit", "dm", "hush", "reminder", "webhook")
_AT_ONCE = 500  # SQLite has one writer: others get their turn in between


class Sweeping:
    """A chore: once a day, and once at the start."""

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ticks = ticks
        self._next_at = ticks()

    def go(self) -> int:
        """Sweep where it is time to; how many rows went. Raises `Unavailable`."""
        if self._ticks() < self._next_at:
            return 0
        gone = 0
        while taken := sweep(self._engine, self._clock() - KEPT):
            gone += taken
        self._next_at = self._ticks() + EVERY_S
        return gone


def sweep(engine: Engine, before: datetime, at_most: int = _AT_ONCE) -> int:
    """Take out some of what was sent before then; how many rows. Raises `Unavailable`."""
    old = (
        select(outbox.c.id)
        .where(outbox.c.state == "sent", outbox.c.closed < before, outbox.c.kind.in_(SWEPT))
        .order_by(outbox.c.id)
        .limit(at_most)
    )
    with begin(engine, writes=True) as transaction:
        gone = transaction.write(delete(outbox).where(outbox.c.id.in_(old))).rowcount
        transaction.commit()
    return gone
