"""Where the assistant is installed by OAuth. Tokens are sealed; a state is kept as its digest."""

from typing import Final

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table

from db.models import ID, KEY, metadata
from db.types import Exact, Moment, Words

SCOPES = 2000
SEALED = 8000

installations: Final = Table(
    "installations",
    metadata,
    Column("enterprise", Words(ID), nullable=False),  # empty: none
    Column("team", Words(ID), nullable=False),  # empty: the whole organisation
    Column("name", Words(KEY), nullable=False),
    Column("bot_user", Words(ID), nullable=False),
    Column("bot_id", Words(ID), nullable=False),
    Column("installer", Words(ID), nullable=False),
    Column("scopes", Words(SCOPES), nullable=False),
    Column("installed_at", Moment, nullable=False),
    Column("sealed", Exact(SEALED), nullable=False),  # the tokens; empty once they are forgotten
    Column("expires_at", Moment),
    Column("removed_at", Moment),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("enterprise", "team"),
    Index("ix_installations_team", "team"),
    Index("ix_installations_expires", "expires_at"),
)

served_teams: Final = Table(
    "served_teams",
    metadata,
    Column("team", Words(ID), primary_key=True),
    Column("enterprise", Words(ID), nullable=False),  # whose installation serves this workspace
    Index("ix_served_teams_enterprise", "enterprise"),
)

oauth_states: Final = Table(
    "oauth_states",
    metadata,
    Column("digest", Exact(64), primary_key=True),
    Column("until", Moment, nullable=False),
    Index("ix_oauth_states_until", "until"),
)
