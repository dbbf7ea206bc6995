"""Where imported reports come from."""

from typing import Final

from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Table, UniqueConstraint

from db.models import ID, KEY, metadata
from db.types import Words

outside_keys: Final = Table(
    "outside_keys",
    metadata,
    Column("workspace", Words(ID), nullable=False),
    Column("key", Words(KEY), nullable=False),  # the report's id in the system that it came from
    Column("report", Integer, nullable=False),
    PrimaryKeyConstraint("workspace", "key"),
    UniqueConstraint("workspace", "report"),
    ForeignKeyConstraint(["workspace", "report"], ["reports.workspace", "reports.number"]),
    sqlite_with_rowid=False,
)
