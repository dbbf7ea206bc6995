"""Marks: what the assistant remembers of a workspace for itself, one value a name."""

from datetime import datetime

from db.models import marks
from db.transaction import Transaction, insert_for


def set_mark(transaction: Transaction, workspace: str, name: str, value: str, at: datetime) -> None:
    """Set it, whatever it was."""
    put = insert_for(transaction.dialect, marks)
    both = {"value": put.excluded.value, "at": put.excluded.at}
    transaction.write(
        put.on_conflict_do_update(index_elements=["workspace", "name"], set_=both),
        {"workspace": workspace, "name": name, "value": value, "at": at},
    )
