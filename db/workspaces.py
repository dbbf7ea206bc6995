"""Which workspaces have a history here."""

from sqlalchemy import Engine, select

from db.models import workspaces
from db.transaction import begin


def known_workspaces(engine: Engine) -> frozenset[str]:
    """The ids of the workspaces that ever filed a report. Raises `Unavailable`."""
    with begin(engine, writes=False) as transaction:
        return frozenset(transaction.read(select(workspaces.c.id)).scalars())
