"""The writing side of the queue: an errand is put in the transaction of the change that it tells of."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from db.models import outbox
from db.prepared import Prepared
from db.transaction import Insert, Transaction, insert_for
from db.watch import no_request
from triage.ports import Clock, Errand

REQUEST = "request"  # among an errand's data in its row: the id of the request from Slack that caused it


class SqlErrands:
    """`triage.ports.Errands` in one transaction. `request` tells the id of the request at hand."""

    def __init__(self, transaction: Transaction, clock: Clock, request: Callable[[], str] = no_request) -> None:
        self._transaction = transaction
        self._clock = clock
        self._request = request

    def put(self, errand: Errand) -> None:
        """Add it, due now, unless its key exists in the workspace. What it follows is put before it."""
        self._transaction.put_soon(_PUT, errand_row(errand, self._clock(), self._request()))


def _put(dialect: str) -> Insert:
    return insert_for(dialect, outbox).on_conflict_do_nothing(index_elements=["workspace", "key"])


def errand_row(errand: Errand, now: datetime, request: str = "") -> dict[str, Any]:
    """A new row of the queue, due now."""
    return {
        "workspace": errand.workspace,
        "key": errand.key,
        "kind": errand.kind,
        "report": errand.report,
        "recipient": errand.to,
        "follows": errand.follows,
        "event": errand.event,
        "data": errand.data | {REQUEST: request} if request else errand.data,
        "state": "due",
        "due": now,
        "held": False,
        "born": now,
        "tries": 0,
        "failed": 0,
        "channel": "",
        "ts": "",
        "error": "",
    }


# Every column is given but the id and `closed`, which it has once it is sent or dead.
_PUT = Prepared(_put, [column.name for column in outbox.c if column.name not in {"id", "closed"}])
