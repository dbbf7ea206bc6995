"""Everything of one workspace, in every table: read out as rows, or deleted for good.

The history is append-only: triggers refuse to delete from it. The one door is the table `erasures`: while a workspace is listed
there, its rows may be deleted, and no other's. The listing, the deleting and the taking off the list are one transaction.
"""

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, and_, delete, false, insert, or_, select, text

from db import models_outside, models_search
from db.models import erasures, metadata, workspaces
from db.models_installs import installations, served_teams
from db.transaction import begin

SHARED = frozenset({"bars", "oauth_states"})  # hold nothing of a workspace's
SEALED = frozenset({"sealed"})  # never read out

__all__ = ["dump", "erase", "models_outside", "models_search"]


def tables() -> tuple[Table, ...]:
    """Every table that holds something of a workspace's, those that point to others first."""
    return tuple(table for table in reversed(metadata.sorted_tables) if table.name not in SHARED)


def dump(engine: Engine, workspace: str) -> Iterator[dict[str, Any]]:
    """Every row of a workspace, by table and key, as `{"table": …, "row": {…}}`; one snapshot. Raises `Unavailable`."""
    with begin(engine, writes=False) as transaction:
        for table in reversed(tables()):
            if table is erasures:
                continue
            rows = select(table).where(_of(table, workspace)).order_by(*table.primary_key.columns)
            for row in transaction.read(rows.execution_options(yield_per=500)).mappings():
                yield {"table": table.name, "row": {name: _plain(value) for name, value in _told(row).items()}}


def erase(engine: Engine, workspace: str) -> dict[str, int]:
    """Delete everything of a workspace; how many rows of each table. All of it or nothing. Raises `Unavailable`."""
    counts = {}
    with begin(engine, writes=True) as transaction:
        if transaction.dialect == "sqlite":
            # Deleted rows are overwritten in the file, not only taken out of the tree.
            transaction.write(text("PRAGMA secure_delete=ON"))
        transaction.write(insert(erasures).values(workspace=workspace))
        for table in tables():
            if table is not erasures:
                counts[table.name] = transaction.write(delete(table).where(_of(table, workspace))).rowcount
        transaction.write(delete(erasures).where(erasures.c.workspace == workspace))
        transaction.commit()
    _sweep(engine)
    return {name: count for name, count in counts.items() if count}


def _sweep(engine: Engine) -> None:
    """Let go of what the database keeps of deleted rows: the write-ahead log, dead versions of rows."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in tables():
                connection.exec_driver_sql(f"VACUUM {table.name}")


def _of(table: Table, workspace: str) -> ColumnElement[bool]:
    """The rows of a workspace, or an organisation's own. Raises `KeyError` for a table of which nobody said whose rows it has."""
    if table is installations:
        whole = and_(table.c.team == "", table.c.enterprise == workspace)
        return or_(table.c.team == workspace, whole) if workspace else false()
    named = {workspaces: "id", served_teams: "team"}
    return table.c[named.get(table, "workspace")] == workspace


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items() if str(name) not in SEALED}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
