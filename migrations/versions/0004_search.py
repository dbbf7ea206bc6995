"""What the search needs: reports as terms, posting lists and totals; the ids of imported reports.

`db.upkeep.index_missing` takes in the reports that were filed before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.String(64)
TABLES = ("search_reports", "search_loose", "search_terms", "search_blocks", "search_totals", "outside_keys")


def upgrade() -> None:
    """Add tables and indexes; all tables are new and empty, so nothing waits but for the index on `reports`."""
    op.create_table(
        "search_reports",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "report", name="pk_search_reports"),
        _of_report("search_reports"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_loose",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "hidden", "report", name="pk_search_loose"),
        _of_report("search_loose"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_terms",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("holders", sa.Integer(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("tail", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "hidden", "term", name="pk_search_terms"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_blocks",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "hidden", "term", "block", name="pk_search_blocks"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_totals",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "hidden", name="pk_search_totals"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outside_keys",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "key", name="pk_outside_keys"),
        sa.UniqueConstraint("workspace", "report", name="uq_outside_keys_workspace_report"),
        _of_report("outside_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_reports_restricted",
        "reports",
        ["workspace", "reporter", "number"],
        sqlite_where=sa.text("restricted = 1"),
        postgresql_where=sa.text("restricted"),
    )


def downgrade() -> None:
    """Drop them; reports stay, the ids of imported ones are gone."""
    op.drop_index("ix_reports_restricted", table_name="reports")
    for table in reversed(TABLES):
        op.drop_table(table)


def _of_report(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace", "report"], ["reports.workspace", "reports.number"], name=f"fk_{table}_reports"
    )
