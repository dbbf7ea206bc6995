"""The schema: brought to the newest, and refused where it is not what this release was built for.

Alembic takes a tenth of a second to read, and is read only where there is something to migrate: whether there is, is told by the
database's own table and the names of the migrations' files. That those are the revisions, one after the other, is tested.
"""

import re
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect

from db.schema_lock import hold_schema
from triage.errors import MlbugError

if TYPE_CHECKING:
    from alembic.config import Config

_VERSIONS = "alembic_version"
_FILE = re.compile(r"(\d{4})_\w+\.py")


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
    current, head = current_and_head(engine)
    if current == head:
        return head
    with as_file(files("migrations")) as folder, hold_schema(engine) as connection:
        current = _current(connection)  # another process may have been quicker
        _must_be_known(current)
        if current != head:
            _migrate(folder, connection)
    if current not in {None, head}:
        from db.upkeep import index_missing  # noqa: PLC0415  # needed after an upgrade alone

        index_missing(engine)
    return head


def current_and_head(engine: Engine) -> tuple[str | None, str]:
    """The database's revision (None: it has no schema yet) and the one that this release was built for."""
    if engine.dialect.name == "sqlite" and engine.url.database and not Path(engine.url.database).exists():
        return None, revisions()[-1]  # to look would make the file, for everybody to read
    with engine.connect() as connection:
        return _current(connection), revisions()[-1]


def check(engine: Engine) -> None:
    """Raise `SchemaMismatch` where the database's schema is not this release's: nothing starts on another one."""
    current, head = current_and_head(engine)
    if current == head:
        return
    _must_be_known(current)
    _refuse_older(current, head)


def check_while_running(engine: Engine) -> None:
    """Raise `SchemaMismatch` where the schema is older than this release's. Raises `Unavailable`.

    A newer one is no reason to stop: each migration leaves what the release before it needs, so that its processes work on
    until they are replaced, one by one.
    """
    current, head = current_and_head(engine)
    if current != head and (current is None or current in revisions()):
        _refuse_older(current, head)


def _refuse_older(current: str | None, head: str) -> None:
    was = f"at revision {current}" if current else "empty"
    raise SchemaMismatch(f"The database is {was}; this release needs {head}. Run `mlbug migrate`, then start again.")


def revisions() -> list[str]:
    """The revisions that this release knows, oldest first."""
    names = (_FILE.fullmatch(each.name) for each in files("migrations").joinpath("versions").iterdir())
    found = sorted(name[1] for name in names if name)
    if not found:
        raise RuntimeError("This installation has no migrations: install it again.")
    return found


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSIONS):
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {_VERSIONS}").scalar_one_or_none()  # noqa: S608  # our constant
    return None if found is None else str(found)


def _must_be_known(current: str | None) -> None:
    if current is not None and current not in revisions():
        raise SchemaMismatch(
            f"The database is at revision {current}, which this release does not know: it was upgraded by a newer one. "
            "Start that release, or restore the backup from before the upgrade."
        )


def _migrate(folder: Path, connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  # see above

    config = _config(folder)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(folder: Path) -> "Config":
    from alembic.config import Config  # noqa: PLC0415  # see above

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _make_private(database: Path) -> None:
    # The file holds restricted reports. SQLite gives its companions (-wal, -shm) the same mode.
    if not database.parent.is_dir():
        raise SchemaMismatch(f"DATABASE_URL names a file in {database.parent}, which is no directory. Create it first.")
    database.touch(mode=0o600, exist_ok=True)
