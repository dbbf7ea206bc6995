"""The composition root: the one place where the rooms meet. Nothing is built before `build` is called."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.answer import Answer, Body, Guard
from bot.context import Context
from bot.gateway import Gateway
from bot.listeners.buttons import Buttons
from bot.listeners.command import Command
from bot.listeners.dialog import Dialog
from bot.messages import Messages
from bot.pool import SidePool
from bot.settings import Settings
from bot.who import Roster
from bot.worker import Worker
from triage.bar import BugBar
from triage.desk import Desk
from triage.ports import Clock, Queue, WorkPlace

log = logging.getLogger(__name__)
ANYTHING = re.compile(r"[\s\S]*")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the app is in a workspace, as `auth.test` tells."""

    workspace: str
    bot_id: str
    bot_user: str


@dataclass(slots=True)
class Assistant:
    """Everything that was built, to be started and stopped together."""

    bolt: App
    desk: Desk
    gateway: Gateway
    worker: Worker
    pool: SidePool

    def start(self) -> None:
        """Begin to work through the queue."""
        self.worker.start()

    def stop(self) -> None:
        """Finish what was begun; what is still due stays in the queue."""
        self.pool.close()
        self.worker.stop()


def utc_now() -> datetime:
    """The clock of the running program."""
    return datetime.now(UTC)


def build(
    settings: Settings,
    *,
    place: WorkPlace,
    queue: Queue,
    bar: BugBar,
    client: WebClient,
    identity: Identity,
    clock: Clock = utc_now,
) -> Assistant:
    """Put the assistant together. `client` is the one workspace's, `identity` the app's in it."""
    desk = Desk(place, bar, clock)
    gateway = Gateway(lambda _workspace: client)
    roster = Roster(
        triagers=frozenset(p for p in settings.triagers if p[0] in "UW"),
        admins=frozenset(p for p in settings.admins if p[0] in "UW"),
    )
    messages = Messages(desk, lambda _workspace: settings.mlbug_triage_channel)
    worker = Worker(queue, messages, gateway, clock)
    pool = SidePool()
    context = Context(desk, gateway, roster, identity.workspace, worker.nudge)
    bolt = App(
        name="mlbug",
        signing_secret=settings.slack_signing_secret.get_secret_value() or "socket mode checks none",
        client=WebClient(token=None, base_url=settings.slack_api_url),
        authorize=_authorizer(client, identity),
        process_before_response=True,
        token_verification_enabled=False,
        logger=logging.getLogger("slack_bolt.mlbug"),
    )
    register(bolt, context, Guard(pool))
    return Assistant(bolt, desk, gateway, worker, pool)


def register(bolt: App, context: Context, guard: Guard) -> None:
    """Attach the listeners, the busiest first: Bolt tries them in order."""
    dialog = Dialog(context)
    command = Command(context, dialog)
    buttons = Buttons(context, dialog)
    bolt.command("/mlbug")(guard.listener(command.typed, command.excuse))
    bolt.view_submission(ANYTHING)(guard.listener(dialog.submitted, dialog.excuse_screen))
    bolt.action(ANYTHING)(guard.listener(buttons.clicked, buttons.excuse))
    bolt.options(ANYTHING)(guard.listener(buttons.suggested, buttons.no_suggestions))
    bolt.view_closed(ANYTHING)(guard.listener(dialog.closed, _silent))


def _silent(body: Body, sentence: str) -> Answer:
    del body, sentence
    return Answer()


def _authorizer(client: WebClient, me: Identity) -> Callable[..., AuthorizeResult]:
    """Bolt asks this at every request; Slack was asked once, before the start."""
    known = AuthorizeResult(
        enterprise_id=None,
        team_id=me.workspace,
        bot_id=me.bot_id,
        bot_user_id=me.bot_user,
        bot_token=client.token,
    )
    return lambda: known
