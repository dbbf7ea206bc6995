"""Unfinished reports."""

import json
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, func, select

from db.models import drafts
from db.prepared import Prepared
from db.transaction import Insert, Transaction, insert_for
from db.types import storable
from db.visible import viewer_values
from triage.access import Viewer
from triage.reports import Draft, Entries, Step

_KEY = ("workspace", "user_id", "id")

# Statements are built once: building one costs more than running it.
_OWN = and_(drafts.c.workspace == bindparam("viewer_workspace"), drafts.c.user_id == bindparam("viewer_user"))
_ONE = select(drafts).where(_OWN, drafts.c.id == bindparam("draft"))
_LOCKED = _ONE.with_for_update()
_LATEST = (
    select(drafts)
    .where(_OWN, drafts.c.report.is_(None))
    .order_by(drafts.c.updated_at.desc(), drafts.c.id.desc())
    .limit(1)
)


class SqlDrafts:
    """`triage.ports.Drafts` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, viewer: Viewer, draft_id: str, *, lock: bool = False) -> Draft | None:
        """The viewer's own draft."""
        run = self._transaction.write if lock else self._transaction.read
        if not viewer.is_member:
            return None
        row = run(_LOCKED if lock else _ONE, {**viewer_values(viewer), "draft": draft_id}).one_or_none()
        return _draft(row) if row else None

    def latest(self, viewer: Viewer) -> Draft | None:
        """The viewer's unfinished draft that was saved last; of two at the same moment the one with the greater id."""
        if not viewer.is_member:
            return None
        row = self._transaction.read(_LATEST, viewer_values(viewer)).one_or_none()
        return _draft(row) if row else None

    def put(self, draft: Draft) -> None:
        """Insert or replace. A draft that was filed stays filed: its report's number is never taken away."""
        self._transaction.put_soon(
            _PUT,
            {
                "workspace": draft.workspace,
                "user_id": draft.user,
                "id": draft.id,
                "step": draft.step.value,
                "entries": entries_text(draft.entries),
                "updated_at": draft.updated_at,
                "report": draft.report,
            },
        )

    def delete(self, viewer: Viewer, draft_id: str) -> bool:
        """Delete an unfinished draft of the viewer's; whether there was one."""
        gone = delete(drafts).where(_OWN, drafts.c.id == bindparam("draft"), drafts.c.report.is_(None))
        values = {**viewer_values(viewer), "draft": draft_id}
        return viewer.is_member and self._transaction.write(gone, values).rowcount == 1


def _put(dialect: str) -> Insert:
    put = insert_for(dialect, drafts)
    changed: dict[str, ColumnElement[Any]] = {
        column.name: put.excluded[column.name] for column in drafts.c if column.name not in _KEY
    }
    changed["report"] = func.coalesce(drafts.c.report, put.excluded.report)
    return put.on_conflict_do_update(index_elements=_KEY, set_=changed)


_PUT = Prepared(_put, [column.name for column in drafts.c])


def entries_text(entries: Entries) -> str:
    """The JSON text that a draft's entries are kept as; every string in it is `storable`."""
    # Cleaned before it becomes JSON: inside JSON a NUL is an escape, and would come back.
    return json.dumps(_clean(entries.model_dump(mode="python")), separators=(",", ":"), ensure_ascii=False)


def _clean(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(key): _clean(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
    return value


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        id=row.id,
        workspace=row.workspace,
        user=row.user_id,
        step=Step(row.step),
        entries=Entries.model_validate_json(row.entries),
        updated_at=row.updated_at,
        report=row.report,
    )
