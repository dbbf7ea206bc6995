"""`triage.digest.DigestBook` over the queue and the marks."""

from datetime import datetime

from sqlalchemy import Engine, select, update

from db.errands import SqlErrands
from db.marks import set_mark
from db.models import marks, outbox
from db.transaction import Transaction, begin, insert_for
from triage.digest import Claimed, Posting
from triage.ports import Clock, Errand

CHANNEL, NO_CHARTS = "digest_channel", "no_charts"  # names of marks; a digest's own is its key


class SqlDigestBook:
    """What is remembered of digests in the database of `engine`. Any number may run on one database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def channel_since(self, workspace: str, channel: str, now: datetime) -> datetime:
        """Since when the digest goes to that channel; `now`, and remembered, where it went to another one before."""
        with begin(self._engine, writes=False) as transaction:
            known = _mark(transaction, workspace, CHANNEL)
        if known is not None and known[0] == channel:
            return known[1]
        with begin(self._engine, writes=True) as transaction:
            set_mark(transaction, workspace, CHANNEL, channel, now)
            transaction.commit()
        return now

    def claimed(self, workspace: str, key: str) -> Claimed | None:
        """The digest with that key, if somebody claimed it."""
        query = select(outbox).where(outbox.c.workspace == workspace, outbox.c.key == key)
        with begin(self._engine, writes=False) as transaction:
            row = transaction.read(query).one_or_none()
        if row is None:
            return None
        errand = Errand(row.key, row.kind, row.workspace, row.report, data=row.data)
        return Claimed(Posting.of(errand), sent=row.state == "sent" and row.ts != "")

    def claim(self, posting: Posting, fingerprint: str) -> bool:
        """Put its errands in the queue; False where somebody was quicker. `fingerprint` stands for what it says."""
        with begin(self._engine, writes=True) as transaction:
            row = {
                "workspace": posting.workspace,
                "name": posting.key,
                "value": _value(0, fingerprint),
                "at": posting.asof,
            }
            first = insert_for(transaction.dialect, marks).on_conflict_do_nothing(index_elements=["workspace", "name"])
            if transaction.write(first.returning(marks.c.name), row).one_or_none() is None:
                return False
            self._put(transaction, posting.errands())
            transaction.commit()
        return True

    def change(self, posting: Posting, fingerprint: str) -> bool:
        """Put edits in the queue; False where it says that already, or where there is none to edit."""
        mine = (marks.c.workspace == posting.workspace, marks.c.name == posting.key)
        with begin(self._engine, writes=True) as transaction:
            known = transaction.write(select(marks.c.value).where(*mine).with_for_update()).scalar_one_or_none()
            if known is None:
                return False
            edits, _, said = known.partition(" ")
            if said == fingerprint:
                return False
            number = int(edits) + 1
            transaction.write(update(marks).where(*mine).values(value=_value(number, fingerprint)))
            self._put(transaction, posting.edits(number))
            transaction.commit()
        return True

    def refused_charts(self, workspace: str, now: datetime) -> None:
        """Remember that the workspace knows no charts."""
        with begin(self._engine, writes=True) as transaction:
            set_mark(transaction, workspace, NO_CHARTS, "", now)
            transaction.commit()

    def charts_refused_at(self, workspace: str) -> datetime | None:
        """When the workspace last refused charts, if ever."""
        with begin(self._engine, writes=False) as transaction:
            known = _mark(transaction, workspace, NO_CHARTS)
        return known[1] if known else None

    def _put(self, transaction: Transaction, errands: tuple[Errand, ...]) -> None:
        queue = SqlErrands(transaction, self._clock)
        for errand in errands:
            queue.put(errand)


def _value(edits: int, fingerprint: str) -> str:
    return f"{edits} {fingerprint}"


def _mark(transaction: Transaction, workspace: str, name: str) -> tuple[str, datetime] | None:
    query = select(marks.c.value, marks.c.at).where(marks.c.workspace == workspace, marks.c.name == name)
    row = transaction.read(query).one_or_none()
    return None if row is None else (row.value, row.at)
