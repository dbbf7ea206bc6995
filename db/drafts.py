"""Unfinished reports."""

import json
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, select

from db.models import drafts
from db.prepared import Prepared, PreparedQuery
from db.transaction import Insert, Transaction, insert_for
from db.types import storable
from db.visible import viewer_values
from triage.access import Viewer
from triage.reports import Draft, Entries, Step

_KEY = ("workspace", "user_id", "id")

# Statements are built once: building one costs more than running it.
_OWN = and_(drafts.c.workspace == bindparam("viewer_workspace"), drafts.c.user_id == bindparam("viewer_user"))
_DRAFT = select(
    drafts.c.id,
    drafts.c.workspace,
    drafts.c.user_id,
    drafts.c.step,
    drafts.c.entries,
    drafts.c.updated_at,
    drafts.c.report,
).where(_OWN)
_VIEWER = ("viewer_workspace", "viewer_user")
_WANTED = _DRAFT.where(drafts.c.id == bindparam("draft"))
_ONE = PreparedQuery(lambda _dialect: _WANTED, (*_VIEWER, "draft"))
_LOCKED = PreparedQuery(lambda _dialect: _WANTED.with_for_update(), (*_VIEWER, "draft"))
_UNFINISHED = _DRAFT.where(drafts.c.report.is_(None)).order_by(drafts.c.updated_at.desc(), drafts.c.id.desc())
_LATEST = PreparedQuery(lambda _dialect: PreparedQuery.first(_UNFINISHED), _VIEWER)


class SqlDrafts:
    """`triage.ports.Drafts` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, viewer: Viewer, draft_id: str, *, lock: bool = False) -> Draft | None:
        """The viewer's own draft."""
        if not viewer.is_member:
            return None
        values = {**viewer_values(viewer), "draft": draft_id}
        return _first(self._transaction.fetch(_LOCKED if lock else _ONE, values, locks=lock))

    def latest(self, viewer: Viewer) -> Draft | None:
        """The viewer's unfinished draft that was saved last; of two at the same moment the one with the greater id."""
        if not viewer.is_member:
            return None
        return _first(self._transaction.fetch(_LATEST, viewer_values(viewer)))

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


def _first(rows: list[tuple[Any, ...]]) -> Draft | None:
    if not rows:
        return None
    draft_id, workspace, user, step, entries, updated_at, report = rows[0]
    return Draft(draft_id, workspace, user, Step(step), Entries.model_validate_json(entries), updated_at, report)
