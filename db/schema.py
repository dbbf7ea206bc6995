"""The schema: brought to the newest, and refused where it is not what this release was built for."""

from importlib.resources import as_file, files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from db.schema_lock import hold_schema
from db.upkeep import index_missing
from triage.errors import MlbugError


class SchemaMismatch(MlbugError):
    """The database's schema is older or newer than this release; `message` says what to do."""

    code = "schema_mismatch"


def upgrade(engine: Engine) -> str:
    """Bring the database to the newest schema, creating it where there is none, and return its revision.

    Several processes may do it at once: one does, the others wait and find it done. Raises `SchemaMismatch` where the
    schema is of a newer release, and `Unavailable`.
    """
    if engine.dialect.name == "sqlite" and engine.url.database:
        _make_private(Path(engine.url.database))
    with as_file(files("migrations")) as folder:
        config = _config(folder)
        with hold_schema(engine) as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            head = _known(config, current)
            if current != head:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    if current not in {None, head}:
        index_missing(engine)
    return head


def current_and_head(engine: Engine) -> tuple[str | None, str]:
    """The database's revision (None: it has no schema yet) and the one that this release was built for."""
    with as_file(files("migrations")) as folder:
        head = _head(ScriptDirectory.from_config(_config(folder)))
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), head


def check(engine: Engine) -> None:
    """Raise `SchemaMismatch` where the database's schema is not this release's: nothing starts on another one."""
    current, head = current_and_head(engine)
    if current == head:
        return
    with as_file(files("migrations")) as folder:
        _known(_config(folder), current)
    _refuse_older(current, head)


def check_while_running(engine: Engine) -> None:
    """Raise `SchemaMismatch` where the schema is older than this release's. Raises `Unavailable`.

    A newer one is no reason to stop: each migration leaves what the release before it needs, so that its processes work on
    until they are replaced, one by one.
    """
    current, head = current_and_head(engine)
    if current == head:
        return
    with as_file(files("migrations")) as folder:
        is_older = current is None or current in _revisions(_config(folder))
    if is_older:
        _refuse_older(current, head)


def _refuse_older(current: str | None, head: str) -> None:
    was = f"at revision {current}" if current else "empty"
    raise SchemaMismatch(f"The database is {was}; this release needs {head}. Run `mlbug migrate`, then start again.")


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _head(scripts: ScriptDirectory) -> str:
    head = scripts.get_current_head()
    if head is None:
        raise RuntimeError("This installation has no migrations: install it again.")
    return head


def _known(config: Config, current: str | None) -> str:
    """The head, if the database's revision is on the way to it."""
    if current is not None and current not in _revisions(config):
        raise SchemaMismatch(
            f"The database is at revision {current}, which this release does not know: it was upgraded by a newer one. "
            "Start that release, or restore the backup from before the upgrade."
        )
    return _head(ScriptDirectory.from_config(config))


def _revisions(config: Config) -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _make_private(database: Path) -> None:
    # The file holds restricted reports. SQLite gives its companions (-wal, -shm) the same mode.
    if not database.parent.is_dir():
        raise SchemaMismatch(f"DATABASE_URL names a file in {database.parent}, which is no directory. Create it first.")
    database.touch(mode=0o600, exist_ok=True)
