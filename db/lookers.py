"""Who may be looking at their Home tab, kept in the marks, so that a change in one process shows on a tab opened in another."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, select

from db.errands import errand_row
from db.marks import set_mark
from db.models import marks, outbox
from db.outbox_statements import DUE
from db.transaction import Transaction, insert_for
from triage.ports import Clock, Errand

MARK = "home:"  # before the person's id


class SqlLookers:
    """`triage.ports.Lookers` in one transaction."""

    def __init__(self, transaction: Transaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    def opened(self, workspace: str, user: str, at: datetime, forget: datetime) -> None:
        """Somebody opened theirs. Those who did so before `forget` and not since are let go."""
        self._transaction.write(delete(marks).where(*_tabs(workspace), marks.c.at < forget))
        set_mark(self._transaction, workspace, MARK + user, "", at)

    def since(self, workspace: str, at: datetime, limit: int) -> Sequence[str]:
        """Who opened theirs since then, the latest first."""
        query = select(marks.c.name).where(*_tabs(workspace), marks.c.at >= at).order_by(marks.c.at.desc()).limit(limit)
        return [str(name).removeprefix(MARK) for name in self._transaction.read(query).scalars()]

    def refresh(self, workspace: str, users: Sequence[str], due: datetime) -> None:
        """Let their tabs be shown anew at `due`: one errand a person.

        One that is under way begins anew, too: it may have read what was before. Its own try can't close it any more then.
        """
        put = insert_for(self._transaction.dialect, outbox)
        waits = and_(outbox.c.state == DUE, outbox.c.held.is_(False))
        anew = {
            "state": DUE,
            "due": case((waits, outbox.c.due), else_=put.excluded.due),  # else changes without end would put it off
            "born": put.excluded.born,
            "held": False,
            "closed": None,
            "failed": outbox.c.tries,
        }
        again = put.on_conflict_do_update(index_elements=["workspace", "key"], set_=anew)
        for user in sorted(users):  # in one order, so that no two wait for each other
            errand = Errand(MARK + user, "home", workspace, 0, to=user)
            self._transaction.write(again, errand_row(errand, self._clock()) | {"due": due})


def _tabs(workspace: str) -> tuple[ColumnElement[bool], ...]:
    return marks.c.workspace == workspace, marks.c.name.startswith(MARK, autoescape=True)
