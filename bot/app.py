"""The composition root: the one place where the rooms meet. Nothing is built before `build` is called."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.afterwards import Afterwards
from bot.answer import Answer, Body, Guard
from bot.context import Context
from bot.counted_queue import CountedQueue
from bot.digests import DigestMessages
from bot.gateway import Gateway
from bot.homes import Homes
from bot.limits import Limits
from bot.listeners.buttons import Buttons
from bot.listeners.care import CareButtons
from bot.listeners.command import Command
from bot.listeners.dialog import Dialog
from bot.listeners.home import HomeTab
from bot.listeners.lists import ReportLists
from bot.listeners.recall import Recall
from bot.listeners.settings import SettingsDialog
from bot.listeners.shortcuts import Shortcuts
from bot.listeners.views import Submissions
from bot.meeting import Meeting
from bot.messages import Messages
from bot.metrics import Metrics
from bot.pool import SidePool
from bot.render.home import REPORT, SETTINGS
from bot.render.lists import NEXT
from bot.render.settings import ADMIN_GROUPS, DIGEST, GROUPS, PEOPLE, RULES
from bot.right_of_way import RightOfWay
from bot.roster import Roster
from bot.saved_settings import SavedSettings, environment_settings
from bot.schedule import Schedule
from bot.settings import Settings
from bot.tenancy import NOT_INSTALLED, Workspaces
from bot.ticker import Ticker
from bot.undelivered import Undelivered
from bot.webhooks import OutwardMessages, Webhooks, read_networks
from bot.worker import Worker
from triage.asking import Asking
from triage.bar import BugBar
from triage.browsing import Browsing
from triage.care import Care
from triage.desk import Desk
from triage.digest import DIGEST as DIGEST_KIND
from triage.digest import DigestBook, Overview, Posting
from triage.exporting import Exporting
from triage.figures import Ledger
from triage.ports import Clock, Errand, Queue, WorkPlace
from triage.recalling import Recalling
from triage.rounds import Rounds
from triage.setting import Setting
from triage.weeks import latest_slot
from triage.workspace import WorkspaceSettings

log = logging.getLogger(__name__)
ANYTHING = re.compile(r"[\s\S]*")


@dataclass(frozen=True, slots=True)
class Listeners:
    """The command's listener, and the tables by which clicks, type-aheads and submissions find theirs."""

    command: Command
    buttons: Buttons
    submissions: Submissions
    care: CareButtons


@dataclass(slots=True)
class Assistant:
    """Everything that was built, to be started and stopped together."""

    bolt: App
    desk: Desk
    gateway: Gateway
    worker: Worker
    pool: SidePool
    afterwards: Afterwards
    ticker: Ticker
    settings: SavedSettings
    roster: Roster
    schedule: Schedule
    recalling: Recalling
    workspaces: Workspaces
    limits: Limits
    listeners: Listeners

    def start(self) -> None:
        """Begin to work through the queue, and what comes round by time."""
        self.worker.start()
        self.ticker.start()

    def stop(self) -> None:
        """Finish what was begun; what is still due stays in the queue."""
        self.ticker.stop()
        self.afterwards.close()
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
    ledger: Ledger,
    book: DigestBook,
    bar: BugBar,
    workspaces: Workspaces,
    chores: tuple[Callable[[], object], ...] = (),
    right_of_way: RightOfWay | None = None,
    clock: Clock = utc_now,
    metrics: Metrics | None = None,
) -> Assistant:
    """Put the assistant together.

    `chores` come round by time, beside the assistant's own; answers have the `right_of_way`; `metrics` count what is sent.
    """
    saved = SavedSettings(place, environment_settings(settings) if workspaces.is_one else WorkspaceSettings())
    desk = Desk(place, bar, clock, saved.defaults, lambda workspace: saved.of(workspace).bar)
    gateway = Gateway(workspaces.client)
    pool = SidePool()
    roster = Roster(place, gateway, saved, clock, pool.submit)
    browsing = Browsing(place, clock)
    care = Care(desk.changes, desk.bars)
    recalling = Recalling(place, desk, care)
    homes = Homes(place, browsing, roster, gateway, desk.bar_of, clock, pool.submit)
    messages = Messages(desk, browsing, recalling, roster.sure_viewer, roster.is_here, saved.of, homes.tab, clock)
    overview = Overview(ledger, saved.of, clock)
    planner = OutwardMessages(
        desk, lambda workspace: saved.of(workspace).webhook, DigestMessages(overview, book, clock, messages)
    )
    webhooks = Webhooks(
        settings.mlbug_webhook_secret.get_secret_value(), clock, read_networks(settings.mlbug_webhook_allow)
    )
    troubles = Undelivered(place, roster, clock)
    right_of_way = right_of_way or RightOfWay()

    def digest_due(errand: Errand) -> datetime | None:
        if errand.kind != DIGEST_KIND:
            return None
        return latest_slot(Posting.of(errand).asof, saved.of(errand.workspace).digest_at).moment

    worker = Worker(
        CountedQueue(queue, metrics, digest_due) if metrics else queue,
        planner,
        gateway,
        clock,
        deliver=webhooks.send,
        troubles=troubles,
        heard=homes.heard,
        give_way=right_of_way.give_way,
    )
    schedule = Schedule(book, overview, saved.of, workspaces.all, clock, worker.nudge)

    context = Context(
        desk=desk,
        care=care,
        asking=Asking(desk.changes, desk.bar_of),
        browsing=browsing,
        recalling=recalling,
        exporting=Exporting(place),
        setting=Setting(desk.changes, signs=bool(settings.mlbug_webhook_secret.get_secret_value())),
        settings=saved,
        overview=overview,
        gateway=gateway,
        roster=roster,
        home=workspaces.home,
        is_home_at_hand=workspaces.is_at_hand,
        nudge=worker.nudge,
        clock=clock,
        later=pool.submit,
    )
    rounds = Rounds(desk.changes, roster.is_here)

    def refresh() -> None:
        for workspace in workspaces.all():
            roster.refresh(workspace)
            troubles.look_at_groups(workspace)

    ticker = Ticker((refresh, rounds.go, schedule.look, *chores))

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return workspaces.authorize(enterprise_id, team_id)  # type: ignore[return-value]  # None: not installed

    bolt = App(
        name="mlbug",
        signing_secret=settings.slack_signing_secret.get_secret_value() or "socket mode checks none",
        client=WebClient(token=None, base_url=settings.slack_api_url),
        authorize=authorize,
        user_facing_authorize_error_message=NOT_INSTALLED,
        process_before_response=True,
        token_verification_enabled=False,
        logger=logging.getLogger("slack_bolt.mlbug"),
    )
    limits = Limits(settings.mlbug_rate_person, settings.mlbug_rate_workspace)
    afterwards = Afterwards(right_of_way.give_way)
    guard = Guard(pool, Meeting(roster, gateway), limits, afterwards.submit, right_of_way)
    listeners = register(bolt, context, homes, guard)
    return Assistant(
        bolt,
        desk,
        gateway,
        worker,
        pool,
        afterwards,
        ticker,
        saved,
        roster,
        schedule,
        recalling,
        workspaces,
        limits,
        listeners,
    )


def register(bolt: App, context: Context, homes: Homes, guard: Guard) -> Listeners:
    """Attach the listeners, the busiest first: Bolt tries them in order."""
    dialog = Dialog(context)
    care = CareButtons(context)
    lists = ReportLists(context)
    settings = SettingsDialog(context)
    home = HomeTab(context, homes)
    shortcuts = Shortcuts(context, dialog)
    recall = Recall(context, dialog)
    command = Command(context, dialog, lists, settings, recall)
    more = {
        NEXT: lists.next,
        PEOPLE: settings.turn,
        RULES: settings.turn,
        DIGEST: settings.turn,
        REPORT: dialog.open,
        REPORT + ":draft": dialog.open,
        SETTINGS: settings.open,
        **recall.by_action,
    }
    buttons = Buttons(context, dialog, care, more, dict.fromkeys((GROUPS, ADMIN_GROUPS), settings.groups))
    submissions = Submissions({"screen": dialog.submitted, "care": care.submitted, "settings": settings.submitted})
    bolt.command("/mlbug")(guard.listener(command.typed, command.excuse))
    bolt.view_submission(ANYTHING)(guard.listener(submissions.submitted, dialog.excuse_screen))
    bolt.action(ANYTHING)(guard.listener(buttons.clicked, buttons.excuse))
    bolt.options(ANYTHING)(guard.listener(buttons.suggested, buttons.no_suggestions))

    def closed(body: Body) -> Answer:
        answer, viewer = dialog.closed(body), context.viewer(body)
        return Answer(answer.ack, (*answer.then, lambda: homes.drafted(viewer.workspace, viewer.user)))

    bolt.view_closed(ANYTHING)(guard.listener(closed, _silent))
    bolt.event("app_home_opened")(guard.listener(home.opened, home.excuse))
    bolt.event("app_mention")(guard.listener(recall.mentioned, recall.excuse_event))
    bolt.event("message")(guard.listener(recall.written, recall.excuse_event))
    bolt.shortcut(ANYTHING)(guard.listener(shortcuts.started, shortcuts.excuse))
    return Listeners(command, buttons, submissions, care)


def _silent(body: Body, sentence: str) -> Answer:
    del body, sentence
    return Answer()
