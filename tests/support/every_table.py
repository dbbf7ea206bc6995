"""A row of a workspace in every table, made from the tables themselves, so that new ones are covered, too."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Engine, Integer, LargeBinary, insert, select

from db.erasure import tables
from db.models import bars, erasures, metadata, workspaces
from db.types import Moment, Strings

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BAR = "sha256:every-table"


def secret_of(workspace: str) -> str:
    """The text that every column of its rows holds."""
    return f"secret-{workspace}"


def fill(engine: Engine, workspace: str) -> None:
    """Put one row of the workspace into each table."""
    with engine.begin() as connection:
        if connection.execute(select(bars.c.hash).where(bars.c.hash == BAR)).first() is None:
            connection.execute(insert(bars), {"hash": BAR, "bar_id": "b", "version": "1", "canonical": "{}"})
        for table in metadata.sorted_tables:
            if table in tables() and table is not erasures:
                values = {column.name: _value(column, workspace) for column in table.columns}
                connection.execute(insert(table), {k: v for k, v in values.items() if v is not None})


def _value(column: Column[Any], workspace: str) -> Any:
    by_name = {"workspace": workspace, "team": workspace, "bar_hash": BAR}
    if column.table is workspaces and column.name == "id":
        return workspace
    if column.name in by_name:
        return by_name[column.name]
    if column.identity is not None:
        return None  # counted by the database
    by_type = {
        Moment: NOW,
        Boolean: False,
        Strings: {"text": secret_of(workspace)},
        LargeBinary: secret_of(workspace).encode(),
        Integer: 1,
    }
    return next((value for kind, value in by_type.items() if isinstance(column.type, kind)), secret_of(workspace))


def everything(engine: Engine) -> str:
    """All rows of all tables as one text."""
    with engine.connect() as connection:
        return "\n".join(
            f"{table.name}: {row}" for table in metadata.sorted_tables for row in connection.execute(select(table))
        )
