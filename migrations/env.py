"""How Alembic runs a migration: on a connection that `db.schema` hands over, or on the database in DATABASE_URL."""

import os

from alembic import context
from sqlalchemy import Connection

from db import models_installs, models_outside, models_search  # noqa: F401  # their tables are metadata's, too
from db.engine import make_engine
from db.models import metadata
from db.schema_lock import hold_schema

# A migration that cannot have its lock soon must fail and be tried again: behind it every request would queue.
LOCK_TIMEOUT = "3s"
STATEMENT_TIMEOUT = "15min"


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,  # SQLite's is, too, since the engine begins its transactions itself
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=connection.dialect.name == "postgresql",  # SQLite knows no identity, and would differ
    )
    with context.begin_transaction():
        context.run_migrations()


def _run() -> None:
    if context.is_offline_mode():
        raise SystemExit(
            "Migrations look at the database while they run; run them with DATABASE_URL set, not with --sql."
        )
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise SystemExit("Set DATABASE_URL, such as sqlite:///mlbug.db.")
    engine = make_engine(url)
    try:
        with hold_schema(engine) as connection:
            _migrate(connection)
    finally:
        engine.dispose()


_run()
