"""`triage.ports.Opinions`: one mark a person and answer."""

from sqlalchemy import func, select

from db.marks import set_mark
from db.models import marks
from db.transaction import Transaction
from triage.access import Viewer
from triage.ports import Clock

OPINION = "opinion:"
HELPED, MISSED = "helped", "missed"


class SqlOpinions:
    """Opinions in one transaction."""

    def __init__(self, transaction: Transaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    def put(self, viewer: Viewer, about: str, *, helped: bool) -> None:
        """The viewer's opinion of the answer `about`; the last one counts."""
        name = f"{OPINION}{about}:{viewer.user}"[:200]
        set_mark(self._transaction, viewer.workspace, name, HELPED if helped else MISSED, self._clock())

    def count(self, workspace: str) -> tuple[int, int]:
        """How many found that an answer helped, and how many that it did not."""
        mine = (marks.c.workspace == workspace, marks.c.name.startswith(OPINION))
        rows = self._transaction.read(select(marks.c.value, func.count()).where(*mine).group_by(marks.c.value)).all()
        told = {value: int(number) for value, number in map(tuple, rows)}
        return told.get(HELPED, 0), told.get(MISSED, 0)
