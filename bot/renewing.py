"""Tokens that are rotated: renewed before they end, beside the requests, by one process or another.

https://docs.slack.dev/authentication/using-token-rotation
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.gateway import RefusedBySlack, SlackFault
from bot.oauth import Exchange
from triage.installs import Installation, Installations
from triage.ports import Clock

log = logging.getLogger(__name__)

AHEAD = timedelta(hours=2)  # tokens live for twelve; so long Slack may be out of reach before one ends


class Renewing:
    """`renewed` hears when tokens have changed."""

    def __init__(
        self, store: Installations, exchange: Exchange, clock: Clock, renewed: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._clock = clock
        self._renewed = renewed

    def go(self) -> int:
        """Renew what ends soon; how many."""
        done = sum(self._renew(each) for each in self._store.expiring(self._clock() + AHEAD) if each.refresh_token)
        if done:
            self._renewed()
        return done

    def _renew(self, old: Installation) -> bool:
        ids = {"workspace": old.team, "enterprise": old.enterprise}
        try:
            told = self._exchange(grant_type="refresh_token", refresh_token=old.refresh_token)
        except RefusedBySlack as refused:
            # Another process may have used the token first: then the store has its successor already.
            log.warning("renewal_refused", extra=ids | {"error": refused.error})
            return False
        except SlackFault as away:
            log.info("renewal_put_off", extra=ids | {"error": away.error})
            return False
        new = replace(
            old,
            token=str(told["access_token"]),
            refresh_token=str(told.get("refresh_token") or old.refresh_token),
            expires_at=self._clock() + timedelta(seconds=int(told.get("expires_in") or 43200)),
            version=old.version + 1,
        )
        kept = self._store.renew(new)
        log.info("token_renewed" if kept else "token_renewed_elsewhere", extra=ids)
        return kept
