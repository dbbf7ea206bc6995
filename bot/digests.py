"""Plans the digest's messages for the worker: rendered from the history when they are sent, never before."""

from datetime import timedelta
from typing import Any

from bot.gateway import Posted
from bot.messages import Plan, Tab
from bot.render import digest as rendered
from bot.webhooks import Delivery
from bot.worker import Planner
from triage.digest import DETAILS_EDIT, DIGEST, DIGEST_EDIT, KINDS, Digest, DigestBook, Overview, Posting
from triage.ports import Clock, Sending

ASK_AGAIN = timedelta(days=30)  # charts reach workspaces in phases: one that refused them may know them later


class DigestMessages:
    """Turns a digest's errand into a plan, and leaves every other to `others`. `book` remembers who knows no charts."""

    def __init__(self, overview: Overview, book: DigestBook, clock: Clock, others: Planner) -> None:
        self._overview = overview
        self._book = book
        self._clock = clock
        self._others = others

    def plan(self, sending: Sending) -> Plan | Tab | Delivery | None:
        """What to send, or None where there is nothing to tell."""
        kind = sending.errand.kind
        if kind not in KINDS:
            return self._others.plan(sending)
        posting = Posting.of(sending.errand)
        digest = self._overview.posted(posting)
        if kind == DIGEST:
            return None if digest.silent else self._message(posting, digest, None)
        if not sending.thread_channel or not sending.thread_ts:  # the digest itself was not posted
            return None
        at = Posted(sending.thread_channel, sending.thread_ts)
        if kind == DIGEST_EDIT:
            return self._message(posting, digest, at)
        told = rendered.details(digest)
        if kind == DETAILS_EDIT:
            return Plan(told, channel=at.channel, edits=at)
        return None if digest.figures.quiet else Plan(told, channel=at.channel, thread_ts=at.ts)

    def _message(self, posting: Posting, digest: Digest, edits: Posted | None) -> Plan:
        channel = edits.channel if edits else posting.channel
        plain = rendered.message(digest, charts=False)
        refused = self._book.charts_refused_at(posting.workspace)
        if refused is not None and self._clock() - refused < ASK_AGAIN:
            return Plan(plain, channel=channel, edits=edits, waits=edits is None)

        def instead() -> dict[str, Any]:
            self._book.refused_charts(posting.workspace, self._clock())
            return plain

        charted = rendered.message(digest, charts=True)
        return Plan(charted, channel=channel, edits=edits, plain=instead, waits=edits is None)
