"""What `mlbug serve` and `work` are made of beside the rest where several workspaces install the app themselves."""

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.answer import Guard
from bot.app import Assistant, utc_now
from bot.gateway import Gateway, SlackFault, make_client
from bot.greeting import greet
from bot.listeners.farewell import Farewell, silent
from bot.oauth import Exchange, Installer
from bot.renewing import Renewing
from bot.settings import Settings, SettingsError
from bot.tenancy import Installed
from triage.installs import Installation, Installations

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from triage.ports import WorkPlace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LettingIn:
    """Several workspaces: who they are, how they come in, and what comes round by time."""

    workspaces: Installed
    installer: Installer
    farewell: Farewell
    chores: tuple[Callable[[], object], ...]

    def attach(self, assistant: Assistant) -> None:
        """Let the assistant hear that it was taken out somewhere."""
        guard = Guard(assistant.pool)
        assistant.bolt.event("app_uninstalled")(guard.listener(self.farewell.uninstalled, silent))
        assistant.bolt.event("tokens_revoked")(guard.listener(self.farewell.revoked, silent))


def letting_in(settings: Settings, engine: "Engine", place: "WorkPlace") -> LettingIn:
    """Put it together. Raises `SettingsError`."""
    from db.installations import SqlInstallations
    from db.seal import Seal

    try:
        store = SqlInstallations(engine, Seal(settings.mlbug_token_keys.get_secret_value()))
    except ValueError as wrong:
        raise SettingsError([str(wrong)]) from None
    workspaces = Installed(store, lambda token: make_client(token, settings.slack_api_url))
    exchange = _exchange(settings)

    def installed(one: Installation) -> None:
        workspaces.forget()
        greet(place, one.team or one.enterprise, one.installer)

    installer = Installer(
        store,
        exchange,
        client_id=settings.slack_client_id,
        url=settings.mlbug_public_url,
        api_url=settings.slack_api_url,
        clock=utc_now,
        bot_id_of=lambda token: _bot_id(token, settings.slack_api_url),
        installed=installed,
    )
    chores: list[Callable[[], object]] = [Renewing(store, exchange, utc_now, workspaces.forget).go]
    if settings.mlbug_keep_after_uninstall is not None:
        kept = timedelta(days=settings.mlbug_keep_after_uninstall)
        chores.append(lambda: erase_gone(engine, store, kept))
    return LettingIn(workspaces, installer, Farewell(store, workspaces.forget), tuple(chores))


def erase_gone(engine: "Engine", store: Installations, kept: timedelta) -> int:
    """Erase the workspaces that took the app out longer than `kept` ago; how many."""
    from db.erasure import erase

    gone = store.gone(utc_now() - kept)
    for workspace in gone:
        erase(engine, workspace)
        log.info("workspace_erased", extra={"workspace": workspace})
    return len(gone)


def _exchange(settings: Settings) -> Exchange:
    ids = {
        "client_id": settings.slack_client_id,
        "client_secret": settings.slack_client_secret.get_secret_value(),
    }

    def exchange(**arguments: str) -> Mapping[str, Any]:
        with closing(make_client("", settings.slack_api_url)) as client:
            return Gateway(lambda _workspace: client).exchange(**ids, **arguments)

    return exchange


def _bot_id(token: str, api_url: str) -> str:
    try:
        with closing(make_client(token, api_url)) as client:
            return str(Gateway(lambda _workspace: client).who_am_i("").get("bot_id") or "")
    except SlackFault:
        return ""  # only tells the app's own messages from others'; its user id does so, too
