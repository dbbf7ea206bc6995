"""What workspaces have set: each version is kept, the newest holds."""

from datetime import datetime

from sqlalchemy import bindparam, func, insert, select

from db.models import settings
from db.prepared import PreparedQuery
from db.transaction import Transaction
from triage.workspace import WorkspaceSettings

# Built once: every filing asks for it, and building it costs more than running it.
_VERSIONS = (
    select(settings.c.content).where(settings.c.workspace == bindparam("of_workspace")).order_by(settings.c.seq.desc())
)
_NEWEST = PreparedQuery(lambda _dialect: PreparedQuery.first(_VERSIONS), ("of_workspace",))


class SqlSettings:
    """`triage.ports.SavedSettings` in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, workspace: str) -> WorkspaceSettings | None:
        """What was saved last, if anything was."""
        rows = self._transaction.fetch(_NEWEST, {"of_workspace": workspace})
        return WorkspaceSettings.model_validate_json(rows[0][0]) if rows else None

    def put(self, workspace: str, settings_now: WorkspaceSettings, at: datetime, by: str) -> None:
        """Append a version; it holds from the commit on."""
        last = self._transaction.read(
            select(func.max(settings.c.seq)).where(settings.c.workspace == workspace)
        ).scalar_one()
        content = settings_now.model_dump_json()
        row = {"workspace": workspace, "seq": (last or 0) + 1, "at": at, "by_user": by, "content": content}
        self._transaction.write(insert(settings), row)
