"""Installations by OAuth, with their tokens sealed, and the states that were handed out."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.String(64)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "installations",
        sa.Column("enterprise", ID, nullable=False),
        sa.Column("team", ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("bot_user", ID, nullable=False),
        sa.Column("bot_id", ID, nullable=False),
        sa.Column("installer", ID, nullable=False),
        sa.Column("scopes", sa.String(2000), nullable=False),
        sa.Column("installed_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.String(8000), nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("removed_at", MOMENT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise", "team", name="pk_installations"),
    )
    op.create_index("ix_installations_team", "installations", ["team"])
    op.create_index("ix_installations_expires", "installations", ["expires_at"])
    op.create_table(
        "served_teams",
        sa.Column("team", ID, nullable=False),
        sa.Column("enterprise", ID, nullable=False),
        sa.PrimaryKeyConstraint("team", name="pk_served_teams"),
    )
    op.create_index("ix_served_teams_enterprise", "served_teams", ["enterprise"])
    op.create_table(
        "oauth_states",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_oauth_states"),
    )
    op.create_index("ix_oauth_states_until", "oauth_states", ["until"])


def downgrade() -> None:
    """Drop them."""
    for table in ("oauth_states", "served_teams", "installations"):
        op.drop_table(table)
