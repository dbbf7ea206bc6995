"""What waits for a channel that can't be reached: `triage.ports.Held` over the queue and the marks."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, func, or_, select, true, update

from db.models import marks, outbox
from db.outbox_statements import DEAD, DUE, SENT
from db.transaction import Transaction, insert_for
from triage.held import UNREACHABLE
from triage.ports import Clock

MARK = "unreachable:"  # before the channel's id; empty behind it: that none is set


class SqlHeld:
    """In one transaction; `clock` says what "at once" is."""

    def __init__(self, transaction: Transaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    def is_told(self, workspace: str, channel: str) -> bool:
        """Whether its admins were told that nothing goes to that channel (empty: that none is set)."""
        query = select(marks.c.at).where(marks.c.workspace == workspace, marks.c.name == MARK + channel)
        return self._transaction.read(query).one_or_none() is not None

    def tell(self, workspace: str, channel: str, at: datetime) -> bool:
        """Remember that they are told now; False where they were."""
        row = {"workspace": workspace, "name": MARK + channel, "value": "", "at": at}
        put = insert_for(self._transaction.dialect, marks).on_conflict_do_nothing(index_elements=["workspace", "name"])
        return self._transaction.write(put.returning(marks.c.name), row).one_or_none() is not None

    def mended(self, workspace: str, channel: str) -> None:
        """Forget it."""
        self._transaction.write(delete(marks).where(marks.c.workspace == workspace, marks.c.name == MARK + channel))

    def count(self) -> int:
        """How much waits for a channel, in all workspaces."""
        waits = select(func.count()).where(outbox.c.state == DUE, outbox.c.error.in_(sorted(UNREACHABLE)))
        return int(self._transaction.read(waits.select_from(outbox)).scalar_one())

    def hasten(self, workspace: str | None = None) -> int:
        """Let what waits for a channel, and the cards that were given up for one, be tried at once; how many."""
        now = self._clock()
        waits = and_(outbox.c.state == DUE, outbox.c.held.is_(False), outbox.c.due > now)
        given_up = and_(outbox.c.state == DEAD, outbox.c.kind == "card")
        whose = true() if workspace is None else outbox.c.workspace == workspace
        why = outbox.c.error.in_(sorted(UNREACHABLE))
        # It gets its three days anew, unless an earlier try may have been taken: that one is looked for from the beginning on.
        born = case((outbox.c.tries > outbox.c.failed, outbox.c.born), else_=now)
        fresh = {"state": DUE, "due": now, "born": born, "closed": None, "held": False}
        return self._changed(update(outbox).where(whose, why, or_(waits, given_up)).values(fresh))

    def move(self, workspace: str, key: str, channel: str) -> bool:
        """Let the message that was sent to `channel` under `key` be posted anew, with what follows it; whether it was there."""
        there = (outbox.c.workspace == workspace, outbox.c.key == key, outbox.c.channel == channel)
        now = self._clock()
        fresh = {"state": DUE, "due": now, "born": now, "closed": None, "channel": "", "ts": ""}
        return bool(self._changed(update(outbox).where(*there, outbox.c.state == SENT).values(**fresh)))

    def _changed(self, statement: Any) -> int:
        return int(self._transaction.write(statement).rowcount)
