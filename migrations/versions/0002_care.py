"""What care of a report needs, a workspace's settings with their history, and who is a guest.

On reports: when it was accepted, of what it is a duplicate, until when its risk is accepted, when the clock looks at it
next, the question that waits for its reporter.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.String(64)
MOMENT = sa.DateTime(timezone=True)
COLUMNS = ("accepted_at", "duplicate_of", "risk_until", "wake_at", "asked")
INDEXES = ("ix_reports_asked", "ix_reports_duplicate", "ix_reports_wake")


def upgrade() -> None:
    """Add columns, indexes and the two tables; settings are append-only."""
    op.add_column("reports", sa.Column("accepted_at", MOMENT))
    op.add_column("reports", sa.Column("duplicate_of", sa.Integer()))
    op.add_column("reports", sa.Column("risk_until", MOMENT))
    op.add_column("reports", sa.Column("wake_at", MOMENT))
    op.add_column("reports", sa.Column("asked", sa.String(200)))
    op.create_index("ix_reports_asked", "reports", ["workspace", "reporter", "number"], **_where("asked IS NOT NULL"))
    op.create_index(
        "ix_reports_duplicate", "reports", ["workspace", "duplicate_of"], **_where("duplicate_of IS NOT NULL")
    )
    op.create_index("ix_reports_wake", "reports", ["wake_at", "workspace", "number"], **_where("wake_at IS NOT NULL"))
    op.create_table(
        "settings",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_user", ID, nullable=False),
        sa.Column("content", sa.String(20000), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "seq", name="pk_settings"),
    )
    op.create_table(
        "people",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "user_id", name="pk_people"),
        sqlite_with_rowid=False,
    )
    for statement in _append_only(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Take it all back."""
    op.drop_table("people")
    op.drop_table("settings")
    for index in INDEXES:
        op.drop_index(index, table_name="reports")
    for column in COLUMNS:
        op.drop_column("reports", column)


def _append_only(dialect: str) -> tuple[str, ...]:
    if dialect == "postgresql":  # the function is the first migration's
        return (
            "CREATE TRIGGER settings_append_only BEFORE UPDATE OR DELETE ON settings "
            "FOR EACH ROW EXECUTE FUNCTION mlbug_append_only('erasable')",
            "CREATE TRIGGER settings_no_truncate BEFORE TRUNCATE ON settings "
            "FOR EACH STATEMENT EXECUTE FUNCTION mlbug_append_only()",
        )
    refuse = "BEGIN SELECT RAISE(ABORT, 'settings is append-only: its rows are never changed or deleted'); END"
    erasing = "WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE workspace = OLD.workspace)"
    return (
        f"CREATE TRIGGER settings_no_update BEFORE UPDATE ON settings {refuse}",
        f"CREATE TRIGGER settings_no_delete BEFORE DELETE ON settings {erasing} {refuse}",
    )


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
