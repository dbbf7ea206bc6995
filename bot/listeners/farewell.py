"""What Slack tells when the app is taken out of a workspace, or its token is revoked: the token is forgotten at once."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.answer import Answer, Body
from bot.tenancy import enterprise_of, home_of
from triage.installs import Installations

log = logging.getLogger(__name__)


class Farewell:
    """`forgotten` hears when something was forgotten."""

    def __init__(self, store: Installations, forgotten: Callable[[], None]) -> None:
        self._store = store
        self._forgotten = forgotten

    def uninstalled(self, body: Body) -> Answer:
        """The app was taken out. An installation that was made after that stays."""
        self._forget(body)
        return Answer()

    def revoked(self, body: Body) -> Answer:
        """Tokens were revoked; those of people are none of ours."""
        if ((body.get("event") or {}).get("tokens") or {}).get("bot"):
            self._forget(body)
        return Answer()

    def _forget(self, body: Body) -> None:
        whole = any(given.get("is_enterprise_install") for given in body.get("authorizations") or ())
        team = "" if whole else home_of(body)
        told_at = body.get("event_time")
        at = datetime.fromtimestamp(int(told_at) + 1, UTC) if told_at else datetime.now(UTC)
        if self._store.remove(enterprise_of(body), team, at):
            log.info("uninstalled", extra={"workspace": team, "enterprise": enterprise_of(body)})
        self._forgotten()


def silent(body: Body, sentence: str) -> Answer:
    """Nobody is there to be told."""
    del body, sentence
    return Answer()
