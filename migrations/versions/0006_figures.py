"""Indexes for the figures, so that a week costs what the week holds: what came in, stands open, was accepted and done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIMEOUTS, PATIENCE = ("lock_timeout", "statement_timeout"), "4h"
Made = tuple[str, str, list[str], str]  # name, table, columns, where

NEW: tuple[Made, ...] = (
    (
        "ix_reports_came",
        "reports",
        ["workspace", "created_at", "restricted", "effective", "reporter", "number"],
        "",
    ),
    (
        "ix_reports_open",
        "reports",
        [
            "workspace",
            "state",
            "created_at",
            "restricted",
            "effective",
            "reporter",
            "number",
            "due_at",
            "accepted_at",
            "asked",
            "closed_at",
        ],
        "state IN ('accepted', 'new') AND closed_at IS NULL",
    ),
    (
        "ix_reports_accepted",
        "reports",
        ["workspace", "accepted_at", "restricted", "rule", "created_at", "reporter", "number"],
        "accepted_at IS NOT NULL",
    ),
    ("ix_events_done", "events", ["workspace", "kind", "at", "report", "seq"], ""),
    (
        "ix_events_turns",
        "events",
        ["workspace", "report", "seq", "kind", "at"],
        "kind IN ('answered', 'asked', 'closed', 'linked', 'unlinked')",
    ),
)
OLD: tuple[Made, ...] = (  # each is the beginning of a new one, which serves whoever still asks for it
    ("ix_reports_created", "reports", ["workspace", "created_at"], ""),
    ("ix_events_kind", "events", ["workspace", "kind", "at"], ""),
)


def upgrade() -> None:
    """Make the new ones, then drop those that they replace."""
    _exchange(made=NEW, dropped=OLD)


def downgrade() -> None:
    """The other way round."""
    _exchange(made=OLD, dropped=NEW)


@contextmanager
def _beside_the_work() -> Iterator[bool]:
    """On PostgreSQL outside a transaction, while others read and write; whether it is so.

    Building this way waits for whoever began before, and holds up nobody meanwhile: it may take its time.
    """
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        yield False
        return
    before = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in TIMEOUTS}
    with op.get_context().autocommit_block():
        for name in TIMEOUTS:
            op.execute(f"SET {name} = '{PATIENCE}'")
        yield True
        for name, was in before.items():
            op.execute(f"SET {name} = '{was}'")


def _exchange(made: tuple[Made, ...], dropped: tuple[Made, ...]) -> None:
    with _beside_the_work() as concurrently:
        for name, table, columns, where in made:
            # One that was interrupted is left behind, useless and under its name.
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=concurrently)
            condition = sa.text(where) if where else None
            op.create_index(
                name,
                table,
                columns,
                sqlite_where=condition,
                postgresql_where=condition,
                postgresql_concurrently=concurrently,
            )
        for name, table, _, _ in dropped:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=concurrently)
