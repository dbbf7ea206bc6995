"""Posting a digest by hand: the same claim, the same queue, the same worker as the schedule's."""

import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app import Assistant, build, utc_now
from bot.bar_file import load_bar
from bot.cli_run import who_am_i
from bot.gateway import Gateway, make_client
from bot.settings import Settings, SettingsError
from bot.tenancy import OneWorkspace
from triage.digest import Overview, Posting
from triage.errors import Refused
from triage.ports import Queue

if TYPE_CHECKING:
    from sqlalchemy import Engine

IDLE_S = 0.2


@dataclass(frozen=True, slots=True)
class Told:
    """What became of it. `new`: this call claimed it; `sent`: Slack has it."""

    new: bool
    sent: bool
    sentence: str


def post_now(settings: Settings, engine: "Engine", overview: Overview, posting: Posting, within_s: float) -> Told:
    """Claim the digest, and work through the queue until it is sent. Raises `Refused`, `SettingsError`, `Unavailable`."""
    from db.digests import SqlDigestBook
    from db.figures import SqlLedger
    from db.outbox import SqlQueue
    from db.work import SqlWorkPlace

    token = settings.slack_bot_token.get_secret_value()
    if not token:
        raise SettingsError(["SLACK_BOT_TOKEN is not set: --post needs it."])
    with closing(make_client(token, settings.slack_api_url)) as client:
        me = who_am_i(Gateway(lambda _workspace: client))
        if me.workspace != posting.workspace:
            raise Refused(f"SLACK_BOT_TOKEN is of workspace {me.workspace}, not of {posting.workspace}.")
        queue = SqlQueue(engine)
        assistant = build(
            settings,
            place=SqlWorkPlace(engine),
            queue=queue,
            ledger=SqlLedger(engine),
            book=SqlDigestBook(engine, utc_now),
            bar=load_bar(settings.mlbug_bar),
            workspaces=OneWorkspace(client, me),
        )
        try:
            return _post(assistant, queue, overview, posting, within_s)
        finally:
            assistant.pool.close()


def _post(assistant: Assistant, queue: Queue, overview: Overview, posting: Posting, within_s: float) -> Told:
    if not assistant.schedule.post(posting):
        return Told(
            new=False, sent=False, sentence=f"The digest of {posting.week} was posted before. Nothing was sent."
        )
    if overview.posted(posting).silent:
        return Told(
            new=True, sent=False, sentence="A quiet week, and the workspace wants silence then: nothing to post."
        )
    over = time.monotonic() + within_s
    while time.monotonic() < over:
        busy = assistant.worker.step()
        if queue.posted(posting.workspace, posting.key) and not busy:
            return Told(new=True, sent=True, sentence=f"The digest of {posting.week} is in {posting.channel}.")
        if not busy:
            time.sleep(IDLE_S)
    return Told(new=True, sent=False, sentence=f"The digest of {posting.week} waits in the queue; a worker sends it.")
