"""What Slack said of people's accounts, so that nobody has to be asked for again after a restart."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import not_, select

from db.models import people
from db.transaction import Insert, Transaction, insert_for
from triage.access import Person

_KEY = ("workspace", "user_id")


class SqlPeople:
    """`triage.ports.People` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, workspace: str, user: str) -> Person | None:
        """What is known of somebody, if anything is."""
        one = select(people).where(people.c.workspace == workspace, people.c.user_id == user)
        row = self._transaction.read(one).one_or_none()
        if row is None:
            return None
        return Person(row.workspace, row.user_id, row.guest, row.gone, row.admin, row.seen_at)

    def put(self, person: Person) -> None:
        """Insert or replace."""
        row = {
            "workspace": person.workspace,
            "user_id": person.user,
            "guest": person.guest,
            "gone": person.gone,
            "admin": person.admin,
            "seen_at": person.seen_at,
        }
        self._transaction.write(_put(self._transaction.dialect), row)

    def admins(self, workspace: str) -> Sequence[str]:
        """The ids of those among them who are the workspace's own admins, and neither guests nor gone."""
        fit = (people.c.workspace == workspace, people.c.admin, not_(people.c.guest), not_(people.c.gone))
        return list(self._transaction.read(select(people.c.user_id).where(*fit).order_by(people.c.user_id)).scalars())


@cache
def _put(dialect: str) -> Insert:
    put = insert_for(dialect, people)
    changed = {column.name: put.excluded[column.name] for column in people.c if column.name not in _KEY}
    return put.on_conflict_do_update(index_elements=_KEY, set_=changed)
