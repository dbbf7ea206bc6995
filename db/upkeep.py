"""What a new release has to do to data that an older one left."""

from sqlalchemy import Engine, and_, event, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from db.models import reports
from db.models_search import search_reports
from db.search_index import SqlIndex
from db.transaction import begin
from triage.likeness import fingerprint

_BATCH = 1000
_PAGES_KIB = 65_536


def index_missing(engine: Engine) -> int:
    """Let those reports be found that the search does not know; how many there were. Raises `Unavailable`.

    Several processes may do it at once, and reports may be filed meanwhile: each batch looks again, under the lock that every
    writer of a workspace's search holds.
    """
    indexed = 0
    for workspace in _workspaces(engine):
        while taken := _index_some(engine, workspace):
            indexed += taken
    return indexed


def make_room(engine: Engine) -> None:
    """Let the connections of an engine keep more of the database in memory, for work in bulk: SQLite's default is 2 MB."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _keep_pages)
        engine.dispose()  # those that are open already


def _keep_pages(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA cache_size={-_PAGES_KIB}")
    cursor.close()


def has_reports(engine: Engine) -> bool:
    """Whether anything was ever filed, in any workspace. Raises `Unavailable`."""
    with begin(engine, writes=False) as transaction:
        return transaction.read(select(reports.c.number).limit(1)).first() is not None


def refresh_statistics(engine: Engine) -> None:
    """Tell PostgreSQL to look at the history's tables anew, after they grew by much. Nothing on SQLite. Raises `Unavailable`.

    It plans by how large a table was when it looked last, and looks by itself a minute later at the soonest. Until then, after
    a bulk import, each foreign key is looked for in the whole of a table that was empty a moment ago.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(_ANALYZE)


def _workspaces(engine: Engine) -> list[str]:
    with begin(engine, writes=False) as transaction:
        return list(transaction.read(select(reports.c.workspace).distinct().order_by(reports.c.workspace)).scalars())


def _index_some(engine: Engine, workspace: str) -> int:
    with begin(engine, writes=True) as transaction:
        index = SqlIndex(transaction)
        index.lock(workspace)
        rows = transaction.read(_MISSING.where(reports.c.workspace == workspace)).all()
        made = [(row, fingerprint(row.title, row.description, row.system)) for row in rows]
        index.add_many(workspace, ((row.number, row.restricted, words.pack(), words.length) for row, words in made))
        transaction.commit()
    return len(rows)


_ANALYZE = text("ANALYZE reports, verdicts, events, answers, outside_keys, search_reports, search_terms, search_blocks")
_KNOWN = and_(search_reports.c.workspace == reports.c.workspace, search_reports.c.report == reports.c.number)
_MISSING = (
    select(reports.c.number, reports.c.restricted, reports.c.title, reports.c.description, reports.c.system)
    .outerjoin(search_reports, _KNOWN)
    .where(search_reports.c.report.is_(None))
    .order_by(reports.c.number)
    .limit(_BATCH)
)
