"""Installations by OAuth: `triage.installs.Installations` over a database. Each call is a transaction of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, and_, delete, exists, insert, or_, select, update

from db.models_installs import installations, oauth_states, served_teams
from db.seal import Seal
from db.transaction import Transaction, begin, insert_for
from triage.installs import Installation

STATES_MOST = 10_000  # more at once is an attack: the oldest go


class SqlInstallations:
    """`triage.installs.Installations`."""

    def __init__(self, engine: Engine, seal: Seal) -> None:
        self._engine = engine
        self._seal = seal

    def put(self, installation: Installation) -> None:
        """Insert, or replace the one of the same organisation and workspace."""
        row = self._row(installation)
        with begin(self._engine, writes=True) as transaction:
            put = insert_for(transaction.dialect, installations).values(row)
            changed = {name: put.excluded[name] for name in row if name not in {"enterprise", "team"}}
            transaction.write(put.on_conflict_do_update(index_elements=["enterprise", "team"], set_=changed))
            if installation.team:
                _serve(transaction, installation.team, installation.enterprise)
            transaction.commit()

    def find(self, enterprise: str, team: str) -> Installation | None:
        """The workspace's own installation, else its organisation's."""
        own = installations.c.team == team if team else installations.c.team == ""
        wanted = and_(own, installations.c.enterprise == enterprise)
        if team and enterprise:
            whole = and_(installations.c.enterprise == enterprise, installations.c.team == "")
            wanted = or_(wanted, and_(own, installations.c.enterprise == ""), whole)
        return self._first(wanted)

    def of_team(self, team: str) -> Installation | None:
        """The installation that serves a workspace of which only the id is known."""
        served = select(served_teams.c.enterprise).where(served_teams.c.team == team).scalar_subquery()
        whole = and_(installations.c.team == "", installations.c.enterprise != "", installations.c.enterprise == served)
        return self._first(or_(installations.c.team == team, whole))

    def serve(self, team: str, enterprise: str) -> None:
        """Remember that an organisation's installation serves this workspace."""
        with begin(self._engine, writes=True) as transaction:
            _serve(transaction, team, enterprise)
            transaction.commit()

    def renew(self, renewed: Installation) -> bool:
        """Keep new tokens in the place of version `renewed.version - 1`; False where somebody else was quicker."""
        row = self._row(renewed)
        before = and_(
            installations.c.enterprise == renewed.enterprise,
            installations.c.team == renewed.team,
            installations.c.version == renewed.version - 1,
            installations.c.removed_at.is_(None),
        )
        kept = {name: row[name] for name in ("sealed", "expires_at", "version")}
        with begin(self._engine, writes=True) as transaction:
            changed = transaction.write(update(installations).where(before).values(kept)).rowcount
            transaction.commit()
        return changed == 1

    def expiring(self, before: datetime) -> Sequence[Installation]:
        """Those whose tokens end before a moment."""
        wanted = and_(installations.c.expires_at < before, installations.c.removed_at.is_(None))
        with begin(self._engine, writes=False) as transaction:
            rows = transaction.read(select(installations).where(wanted).limit(100)).all()
        return [self._installation(row) for row in rows]

    def remove(self, enterprise: str, team: str, at: datetime) -> bool:
        """Forget the tokens of an installation made before `at`; whether there was one."""
        own = installations.c.team == team
        wanted = and_(own, installations.c.enterprise == enterprise)
        if team and enterprise:
            wanted = or_(wanted, and_(own, installations.c.enterprise == ""))
        there = and_(wanted, installations.c.removed_at.is_(None), installations.c.installed_at <= at)
        with begin(self._engine, writes=True) as transaction:
            gone = transaction.write(
                update(installations).where(there).values(sealed="", expires_at=None, removed_at=at)
            ).rowcount
            transaction.commit()
        return gone > 0

    def teams(self) -> Sequence[str]:
        """The workspaces that are served now."""
        return served_now(self._engine)

    def gone(self, before: datetime) -> Sequence[str]:
        """Workspaces whose installation was removed before a moment, and that are served no more; then such organisations."""
        removed = exists().where(
            or_(
                installations.c.team == served_teams.c.team,
                and_(installations.c.team == "", installations.c.enterprise == served_teams.c.enterprise),
            ),
            installations.c.removed_at < before,
        )
        wanted = select(served_teams.c.team).where(removed, ~_is_served()).order_by(served_teams.c.team)
        wholes = select(installations.c.enterprise).where(
            installations.c.team == "", installations.c.enterprise != "", installations.c.removed_at < before
        )
        with begin(self._engine, writes=False) as transaction:
            # An organisation comes after its workspaces: without its installation nobody would know that they are gone.
            return [*transaction.read(wanted).scalars(), *transaction.read(wholes).scalars()]

    def rewrap(self) -> int:
        """Seal every token with the newest key; how many. Raises `SealBroken`, and then nothing is changed."""
        with begin(self._engine, writes=True) as transaction:
            rows = transaction.read(select(installations).where(installations.c.removed_at.is_(None))).all()
            for row in rows:
                owner = _owner(row.enterprise, row.team)
                sealed = self._seal.close(owner, self._seal.open(owner, row.sealed))
                one = and_(installations.c.enterprise == row.enterprise, installations.c.team == row.team)
                transaction.write(update(installations).where(one).values(sealed=sealed))
            transaction.commit()
        return len(rows)

    def put_state(self, digest: str, until: datetime) -> None:
        """Remember the digest of a state that was handed out."""
        newest = select(oauth_states.c.digest).order_by(oauth_states.c.until.desc()).limit(STATES_MOST)
        with begin(self._engine, writes=True) as transaction:
            transaction.write(delete(oauth_states).where(oauth_states.c.digest.not_in(newest)))
            transaction.write(insert(oauth_states).values(digest=digest, until=until))
            transaction.commit()

    def take_state(self, digest: str, now: datetime) -> bool:
        """Whether this state was handed out, has not ended, and was not taken before; it is taken now."""
        with begin(self._engine, writes=True) as transaction:
            taken = transaction.write(
                delete(oauth_states).where(oauth_states.c.digest == digest).returning(oauth_states.c.until)
            ).scalar_one_or_none()
            transaction.write(delete(oauth_states).where(oauth_states.c.until < now))
            transaction.commit()
        return taken is not None and taken >= now

    # ----------------------------------------------------------------------------------------------------------------

    def _first(self, wanted: ColumnElement[bool]) -> Installation | None:
        """The workspace's own before the organisation's."""
        query = (
            select(installations)
            .where(wanted, installations.c.removed_at.is_(None))
            .order_by(installations.c.team.desc(), installations.c.installed_at.desc())
            .limit(1)
        )
        with begin(self._engine, writes=False) as transaction:
            row = transaction.read(query).one_or_none()
        return None if row is None else self._installation(row)

    def _row(self, one: Installation) -> dict[str, Any]:
        secrets = {"token": one.token, "refresh_token": one.refresh_token}
        return {
            "enterprise": one.enterprise,
            "team": one.team,
            "name": one.name[:200],
            "bot_user": one.bot_user,
            "bot_id": one.bot_id,
            "installer": one.installer,
            "scopes": one.scopes,
            "installed_at": one.installed_at,
            "sealed": self._seal.close(_owner(one.enterprise, one.team), secrets),
            "expires_at": one.expires_at,
            "removed_at": None,
            "version": one.version,
        }

    def _installation(self, row: Row[Any]) -> Installation:
        secrets = self._seal.open(_owner(row.enterprise, row.team), row.sealed)
        return Installation(
            enterprise=row.enterprise,
            team=row.team,
            name=row.name,
            bot_user=row.bot_user,
            bot_id=row.bot_id,
            installer=row.installer,
            scopes=row.scopes,
            installed_at=row.installed_at,
            token=secrets["token"],
            refresh_token=secrets["refresh_token"],
            expires_at=row.expires_at,
            version=row.version,
        )


def served_now(engine: Engine) -> list[str]:
    """The workspaces that are served now; needs no key. Raises `Unavailable`."""
    served = select(served_teams.c.team).where(_is_served()).order_by(served_teams.c.team)
    with begin(engine, writes=False) as transaction:
        return list(transaction.read(served).scalars())


def _owner(enterprise: str, team: str) -> str:
    return f"{enterprise}/{team}"


def _serve(transaction: Transaction, team: str, enterprise: str) -> None:
    put = insert_for(transaction.dialect, served_teams).values(team=team, enterprise=enterprise)
    transaction.write(put.on_conflict_do_update(index_elements=["team"], set_={"enterprise": put.excluded.enterprise}))


def _is_served() -> ColumnElement[bool]:
    return exists().where(
        or_(
            installations.c.team == served_teams.c.team,
            and_(
                installations.c.team == "",
                installations.c.enterprise != "",
                installations.c.enterprise == served_teams.c.enterprise,
            ),
        ),
        installations.c.removed_at.is_(None),
    )
