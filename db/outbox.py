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

from sqlalchemy import (
    ColumnElement,
    Engine,
    Row,
    ScalarSelect,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)

from db.models import ERROR, outbox, pauses
from db.transaction import Transaction, begin, insert_for
from triage.ports import Errand, QueueState, Sending

DUE, SENT, DEAD = "due", "sent", "dead"

_followed = outbox.alias("followed")
_sibling = outbox.alias("sibling")


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
        with begin(self._engine, writes=True) as transaction:
            until = now + timedelta(seconds=lease_s)
            row = self._take(transaction, served, now, until)
            if row is None and served:
                row = self._take(transaction, "", now, until)  # once round
            sending = None if row is None else _sending(row, _thread(transaction, row))
            transaction.commit()
        with self._turn:
            self._served = sending.errand.workspace if sending else ""
        return sending

    def sent(self, sending: Sending, now: datetime, channel: str, ts: str) -> bool:
        """Close it as sent; False where another try holds it now."""
        return self._close(
            sending, state=SENT, held=False, closed=now, failed=outbox.c.tries, channel=channel, ts=ts, error=""
        )

    def again(self, sending: Sending, due: datetime, *, reached: bool, error: str, channel: str = "") -> bool:
        """Try it again at `due`. `reached`: this try may have reached Slack, `channel` where."""
        values: dict[str, Any] = {"due": due, "held": False, "error": error[:ERROR]}
        if channel:
            values["channel"] = channel
        return self._close(sending, **values, **_not_reached(sending, reached=reached))

    def dead(self, sending: Sending, now: datetime, error: str, *, reached: bool = True) -> bool:
        """Give it up, visibly. `reached`: this try may have reached Slack, so that a revived one is looked up first."""
        return self._close(
            sending, state=DEAD, held=False, closed=now, error=error[:ERROR], **_not_reached(sending, reached=reached)
        )

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
        sent = select(outbox.c.channel, outbox.c.ts).where(
            outbox.c.workspace == workspace, outbox.c.key == key, outbox.c.state == SENT, outbox.c.ts != ""
        )
        with begin(self._engine, writes=False) as transaction:
            row = transaction.read(sent).one_or_none()
        return None if row is None else (row.channel, row.ts)

    def state(self, now: datetime) -> QueueState:
        """Numbers for health and metrics; `oldest_s` counts from the moment when the errand could first be sent."""
        in_doubt = and_(outbox.c.state != SENT, outbox.c.tries > outbox.c.failed, not_(_in_hand(now)))
        with begin(self._engine, writes=False) as transaction:
            numbers: dict[str, int] = {
                row.state: row.errands
                for row in transaction.read(
                    select(outbox.c.state, func.count().label("errands")).group_by(outbox.c.state)
                )
            }
            doubtful = transaction.read(select(func.count()).select_from(outbox).where(in_doubt)).scalar_one()
            oldest = transaction.read(
                select(outbox.c.born).where(outbox.c.state == DUE).order_by(outbox.c.born).limit(1)
            ).scalar_one_or_none()
        return QueueState(
            due=numbers.get(DUE, 0),
            sent=numbers.get(SENT, 0),
            dead=numbers.get(DEAD, 0),
            doubtful=doubtful,
            oldest_s=0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
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

    def _take(self, transaction: Transaction, served: str, now: datetime, until: datetime) -> Row[Any] | None:
        take = (
            update(outbox)
            .where(outbox.c.id == _next(served, now))
            .values(tries=outbox.c.tries + 1, due=until, held=True)
            .returning(outbox)
        )
        return transaction.write(take).one_or_none()

    def _close(self, sending: Sending, **values: Any) -> bool:
        mine = (outbox.c.id == sending.id, outbox.c.tries == sending.tries, outbox.c.state == DUE, outbox.c.held)
        with begin(self._engine, writes=True) as transaction:
            closed = transaction.write(update(outbox).where(*mine).values(**values)).rowcount == 1
            transaction.commit()
        return closed


def _next(served: str, now: datetime) -> ScalarSelect[int]:
    """The id of the errand to take: of the first workspace after the one served last, the one that is due longest."""
    one = outbox.alias("one")
    sibling_waits = exists(
        select(literal(1)).where(
            _sibling.c.workspace == one.c.workspace,
            _sibling.c.follows == one.c.follows,
            _sibling.c.follows != "",
            _sibling.c.state == DUE,
            _sibling.c.id < one.c.id,
        )
    )
    place = func.coalesce(func.nullif(one.c.channel, ""), func.nullif(_followed.c.channel, ""), one.c.recipient)
    paused = exists(
        select(literal(1)).where(pauses.c.workspace == one.c.workspace, pauses.c.place == place, pauses.c.until > now)
    )
    return (
        select(one.c.id)
        .outerjoin(_followed, and_(_followed.c.workspace == one.c.workspace, _followed.c.key == one.c.follows))
        .where(
            one.c.state == literal(DUE, literal_execute=True),  # spelt out, so that the partial index is seen to fit
            one.c.workspace > served,
            one.c.due <= now,
            or_(_followed.c.id.is_(None), _followed.c.state != DUE),
            not_(sibling_waits),
            not_(paused),
        )
        .order_by(one.c.workspace, one.c.due, one.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=one)
        .scalar_subquery()
    )


def _thread(transaction: Transaction, row: Row[Any]) -> Row[Any] | None:
    """Where the message that the errand follows was posted."""
    if not row.follows:
        return None
    return transaction.read(
        select(outbox.c.channel, outbox.c.ts).where(
            outbox.c.workspace == row.workspace, outbox.c.key == row.follows, outbox.c.state == SENT, outbox.c.ts != ""
        )
    ).one_or_none()


def _in_hand(now: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.held, outbox.c.due > now)


def _not_reached(sending: Sending, *, reached: bool) -> dict[str, Any]:
    return {} if reached or sending.doubtful else {"failed": sending.tries}


def _sending(row: Row[Any], thread: Row[Any] | None) -> Sending:
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
            data=row.data,
        ),
        tries=row.tries,
        doubtful=row.tries - 1 > row.failed,
        born=row.born,
        channel=row.channel or None,
        thread_ts=thread.ts if thread else None,
        thread_channel=thread.channel if thread else None,
    )
