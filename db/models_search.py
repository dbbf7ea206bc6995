"""The tables behind "have we seen this before?": what reports say, as terms, and for each term the reports that hold it.

They hold nothing that `reports` does not: hashes of words. Restricted reports (`hidden`) have posting lists and statistics of
their own, so that what a person without the right is answered depends on nothing of theirs.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    text,
)

from db.models import ID, metadata, reports
from db.types import Words

search_reports: Final = Table(
    "search_reports",
    metadata,
    Column("workspace", Words(ID), nullable=False),
    Column("report", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False),  # whether the report is restricted
    Column("fingerprint", LargeBinary, nullable=False),  # triage.likeness.Fingerprint, packed
    PrimaryKeyConstraint("workspace", "report"),
    ForeignKeyConstraint(["workspace", "report"], ["reports.workspace", "reports.number"]),
    sqlite_with_rowid=False,
)

# Reports that the posting lists do not know yet: each question looks at them one by one.
search_loose: Final = Table(
    "search_loose",
    metadata,
    Column("workspace", Words(ID), nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("report", Integer, nullable=False),
    PrimaryKeyConstraint("workspace", "hidden", "report"),
    ForeignKeyConstraint(["workspace", "report"], ["reports.workspace", "reports.number"]),
    sqlite_with_rowid=False,
)

search_terms: Final = Table(
    "search_terms",
    metadata,
    Column("workspace", Words(ID), nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("term", BigInteger, nullable=False),
    Column("holders", Integer, nullable=False),  # how many folded reports hold it
    Column("blocks", Integer, nullable=False),  # how many full blocks of them there are; the rest is in the tail
    Column("tail", LargeBinary, nullable=False),  # report numbers, four bytes each, little-endian
    PrimaryKeyConstraint("workspace", "hidden", "term"),
    sqlite_with_rowid=False,
)

search_blocks: Final = Table(
    "search_blocks",
    metadata,
    Column("workspace", Words(ID), nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("term", BigInteger, nullable=False),
    Column("block", Integer, nullable=False),
    Column("low", Integer, nullable=False),  # the least and the greatest number in it
    Column("high", Integer, nullable=False),
    Column("numbers", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace", "hidden", "term", "block"),
    sqlite_with_rowid=False,
)

search_totals: Final = Table(
    "search_totals",
    metadata,
    Column("workspace", Words(ID), nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("reports", Integer, nullable=False),  # folded ones
    Column("length", BigInteger, nullable=False),  # of their fingerprints, together
    PrimaryKeyConstraint("workspace", "hidden"),
    sqlite_with_rowid=False,
)

# Finds the restricted reports of one person without reading those of others. SQLite uses a partial index only where the query
# says the very same, and SQLAlchemy says it this way there.
Index(
    "ix_reports_restricted",
    reports.c.workspace,
    reports.c.reporter,
    reports.c.number,
    sqlite_where=text("restricted = 1"),
    postgresql_where=text("restricted"),
)
