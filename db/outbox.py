"""The sending side of the queue: errands are claimed, held for a lease, and closed by the try that holds them.

Order. An errand waits for the message that it follows, and for every earlier errand that follows the same one, until
those are sent or dead: a thread reads in the order in which things happened. What follows a dead message, or one that is
not in the queue, goes out without a thread: told in the wrong place is better than not told.

Fairness. Each queue goes round the workspaces that have something due, one errand each. That takes one step in an index
and no row that several workers would wait for.

Doubt. A try is doubtful while a try before it may have reached Slack. That a later try did not reach Slack says nothing
about the one before, so only sending it, or finding it sent, ends the doubt.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, Update, case, select, true, update

from db.errands import REQUEST
from db.models import ERROR, outbox, pauses
from db.outbox_statements import (
    CLOSE_SENT,
    COUNT_ALL,
    COUNT_DEAD,
    COUNT_DUE,
    DEAD,
    DUE,
    GIVE_UP,
    POSTED,
    TAKE,
    TRY_AGAIN,
)
from db.transaction import begin, insert_for
from triage.ports import Errand, QueueState, Sending


class SqlQueue:
    """`triage.ports.Queue` over the outbox; each call is a transaction of its own. Any number may run on one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._served = ""  # the workspace that was served last
        self._turn = threading.Lock()

    def claim(self, now: datetime, lease_s: float) -> Sending | None:
        """The next due errand, held until `now + lease_s`. Raises `Unavailable`, as every call here."""
        with self._turn:
            served = self._served
        values = {"at": now, "lease_end": now + timedelta(seconds=lease_s)}
        with begin(self._engine, writes=True) as transaction:
            row = transaction.write(TAKE, {**values, "served": served}).one_or_none()
            if row is None and served:
                row = transaction.write(TAKE, {**values, "served": ""}).one_or_none()  # once round
            thread = None
            if row is not None and row.follows:
                followed = {"of_workspace": row.workspace, "of_key": row.follows}
                thread = transaction.read(POSTED, followed).one_or_none()
            sending = None if row is None else _sending(row, thread)
            transaction.commit()
        with self._turn:
            self._served = sending.errand.workspace if sending else ""
        return sending

    def sent(self, sending: Sending, now: datetime, channel: str, ts: str) -> bool:
        """Close it as sent; False where another try holds it now."""
        return self._close(CLOSE_SENT, sending, at=now, to_channel=channel, to_ts=ts)

    def again(self, sending: Sending, due: datetime, *, reached: bool, error: str, channel: str = "") -> bool:
        """Try it again at `due`. `reached`: this try may have reached Slack, `channel` where."""
        known = not reached and not sending.doubtful
        where = channel or sending.channel or ""
        return self._close(TRY_AGAIN, sending, at=due, to_channel=where, why=error[:ERROR], not_reached=known)

    def dead(self, sending: Sending, now: datetime, error: str, *, reached: bool = True) -> bool:
        """Give it up, visibly. `reached`: this try may have reached Slack, so that a revived one is looked up first."""
        known = not reached and not sending.doubtful
        return self._close(GIVE_UP, sending, at=now, why=error[:ERROR], not_reached=known)

    def pause(self, workspace: str, channel: str, until: datetime) -> None:
        """Let nothing else go to that channel before `until`, nor to the recipients whose errands went there."""
        with begin(self._engine, writes=True) as transaction:
            went_there = select(outbox.c.recipient).where(outbox.c.workspace == workspace, outbox.c.channel == channel)
            places = {channel, *transaction.read(went_there.distinct()).scalars()}
            put = insert_for(transaction.dialect, pauses)
            longer = case((pauses.c.until > put.excluded.until, pauses.c.until), else_=put.excluded.until)
            transaction.write(
                put.on_conflict_do_update(index_elements=["workspace", "place"], set_={"until": longer}),
                [{"workspace": workspace, "place": place, "until": until} for place in sorted(places)],
            )
            transaction.commit()

    def posted(self, workspace: str, key: str) -> tuple[str, str] | None:
        """(channel, ts) of the message that an errand became, if one was sent."""
        with begin(self._engine, writes=False) as transaction:
            row = transaction.read(POSTED, {"of_workspace": workspace, "of_key": key}).one_or_none()
        return None if row is None else (row.channel, row.ts)

    def state(self, now: datetime) -> QueueState:
        """Numbers for health and metrics; `oldest_s` counts from the moment when the errand could first be sent."""
        with begin(self._engine, writes=False) as transaction:
            every = int(transaction.read(COUNT_ALL).scalar_one())
            due = transaction.read(COUNT_DUE, {"at": now}).one()
            dead = transaction.read(COUNT_DEAD).one()
        return QueueState(
            due=due.errands,
            sent=every - due.errands - dead.errands,
            dead=dead.errands,
            doubtful=(due.doubtful or 0) + (dead.doubtful or 0),
            oldest_s=0.0 if due.oldest is None else max(0.0, (now - due.oldest).total_seconds()),
        )

    def revive(self, workspace: str | None = None) -> int:
        """Make dead errands due again; how many."""
        one = true() if workspace is None else outbox.c.workspace == workspace
        with begin(self._engine, writes=True) as transaction:
            revived = transaction.write(
                update(outbox)
                .where(outbox.c.state == DEAD, one)
                .values(state=DUE, due=outbox.c.closed, closed=None, held=False)
            ).rowcount
            transaction.commit()
        return revived

    # ----------------------------------------------------------------------------------------------------------------

    def _close(self, closing: Update, sending: Sending, **values: object) -> bool:
        values |= {"this": sending.id, "this_try": sending.tries}
        with begin(self._engine, writes=True) as transaction:
            closed = transaction.write(closing, values).rowcount == 1
            transaction.commit()
        return closed


def _sending(row: Row[Any], thread: Row[Any] | None) -> Sending:
    data = dict(row.data)
    request = data.pop(REQUEST, "")
    return Sending(
        id=row.id,
        errand=Errand(
            key=row.key,
            kind=row.kind,
            workspace=row.workspace,
            report=row.report,
            to=row.recipient,
            follows=row.follows,
            event=row.event,
            data=data,
        ),
        tries=row.tries,
        doubtful=row.tries - 1 > row.failed,
        born=row.born,
        channel=row.channel or None,
        thread_ts=thread.ts if thread else None,
        thread_channel=thread.channel if thread else None,
        request=request,
    )
