"""The database as `mlbug doctor` looks at it: nothing is made, nothing is changed."""

from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import utc_now
from triage.errors import Unavailable
from triage.ports import QueueState
from triage.workspace import WorkspaceSettings

if TYPE_CHECKING:
    from sqlalchemy import Engine


class LookedAt:
    """`bot.doctor.History` over a database. Raises `ValueError` for a URL that is none of ours."""

    def __init__(self, url: str) -> None:
        from db.engine import make_engine

        self._engine: Engine = make_engine(url)
        self._file = Path(self._engine.url.database or "") if self._engine.dialect.name == "sqlite" else None
        if self._file is not None and not self._file.parent.is_dir():
            raise ValueError(f"It names a file in {self._file.parent}, which is no directory: create that first.")

    def absent(self) -> str:
        """Where the database would be created, if there is none yet; else empty."""
        if self._file is not None and not self._file.exists():
            return str(self._file.resolve().parent)
        from db import schema

        current, _head = schema.current_and_head(self._engine)
        return "" if current else "the database that DATABASE_URL names"

    def revision(self) -> str:
        """The schema's revision. Raises `SchemaMismatch` where it is not this release's."""
        from db import schema

        schema.check(self._engine)
        return schema.current_and_head(self._engine)[1]

    def readable_by_others(self) -> bool:
        """Whether other accounts of this machine can read a SQLite file."""
        return self._file is not None and bool(self._file.stat().st_mode & 0o077)

    def queue(self) -> QueueState:
        """How the queue is."""
        from db.outbox import SqlQueue

        return SqlQueue(self._engine).state(utc_now())

    def held(self) -> int:
        """How many messages wait for a channel that can't be reached."""
        from db.work import SqlWorkPlace

        with SqlWorkPlace(self._engine).read() as work:
            return work.held.count()

    def workspaces(self) -> frozenset[str]:
        """The workspaces that have a history here."""
        from db.workspaces import known_workspaces

        return known_workspaces(self._engine) if not self.absent() else frozenset()

    def installed(self) -> list[str]:
        """The workspaces that installed it by OAuth."""
        from db.installations import served_now

        return served_now(self._engine)

    def token(self, team: str, keys: str) -> str:
        """The token of one of them. Raises `SealBroken`, and `ValueError` for keys that are none."""
        from db.installations import SqlInstallations
        from db.seal import Seal

        found = SqlInstallations(self._engine, Seal(keys)).of_team(team)
        return found.token if found else ""

    def saved(self, workspace: str) -> WorkspaceSettings | None:
        """What a workspace saved in its settings dialog."""
        from db.work import SqlWorkPlace

        if self.absent():
            return None
        try:
            with SqlWorkPlace(self._engine).read() as work:
                return work.settings.get(workspace)
        except Unavailable:
            return None

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()
