"""${message}

Before it is merged:
- It runs while the previous release works on the database. Expand first: add, backfill, and only a release later contract.
- No long lock: on PostgreSQL add columns without a rewriting default, constraints NOT VALID and validated later, indexes of
  big tables CONCURRENTLY in `op.get_context().autocommit_block()`.
- No big table rewritten or backfilled here: backfill in batches, in the worker.
- `verdicts`, `answers`, `events` and `bars` are append-only: a new column is nullable or has a constant default, old rows stay.
- SQLite changes a table only by copying it: use `op.batch_alter_table`, and create the table's triggers anew.
- `downgrade` works, and tests/migrations has a test that goes up with data in the tables.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    """Go up."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Go back."""
    ${downgrades if downgrades else "pass"}
