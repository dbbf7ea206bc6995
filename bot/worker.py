"""Sends what the durable queue holds. Late rather than double: a try whose outcome is unknown is looked up before it is repeated.

Several workers, in one process or many, may run on one database; a row is held by a lease, and only the try that holds it
may close it.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.gateway import Gateway, InDoubt, NotReached, Posted, RateLimited, RefusedBySlack, SlackFault
from bot.messages import NoChannel, Plan, Tab
from bot.patient_queue import PatientQueue
from bot.request_id import working_on
from bot.webhooks import Delivery
from triage.errors import MlbugError, Unavailable
from triage.held import UNREACHABLE
from triage.ports import Clock, Errand, Queue, Sending

log = logging.getLogger(__name__)
Sent = TypeVar("Sent")

LEASE_S = 60.0
SETTLE_S = 10.0  # Slack promises no read-your-writes: so long a doubtful post is left alone before it is looked for
BACK_OFF_S = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0)
GIVE_UP_AFTER = timedelta(days=3)
HELD_S = (60.0, 300.0, 900.0, 3600.0)  # between tries while a person has to mend a channel first
HOLD_FOR = timedelta(days=30)
IDLE_S = 0.5
REST_S = 5.0  # the longest pause between tries while the database is away


class LostPost(InDoubt):
    """A post of which nobody knows whether Slack took it."""


class Planner(Protocol):
    """Knows what an errand is to become."""

    def plan(self, sending: Sending) -> Plan | Tab | Delivery | None:
        """What to send, or None where there is nothing to tell any more."""


class Troubles(Protocol):
    """Whom to tell of a channel that can't be reached; see `bot.undelivered`."""

    def tell(self, errand: Errand, channel: str, error: str) -> None:
        """It is held back for that channel."""

    def delivered(self, workspace: str, channel: str) -> None:
        """Something went to that channel."""

    def move(self, errand: Errand, channel: str) -> None:
        """What it follows is to be posted anew, in another channel."""


class Worker:
    """Threads that claim, render and send errands until they are stopped.

    `heard` is told of each before it is sent; `give_way` lets others go first.
    """

    def __init__(
        self,
        queue: Queue,
        messages: Planner,
        gateway: Gateway,
        clock: Clock,
        *,
        deliver: Callable[[Delivery], None] | None = None,
        troubles: Troubles | None = None,
        heard: Callable[[Errand], None] = lambda _errand: None,
        give_way: Callable[[], None] = lambda: None,
        threads: int = 2,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._stopping = threading.Event()
        self._queue = PatientQueue(queue, self._stopping, LEASE_S)
        self._messages = messages
        self._gateway = gateway
        self._clock = clock
        self._deliver = deliver or _nowhere
        self._troubles = troubles or _NobodyToTell()
        self._heard = heard
        self._give_way = give_way
        self._jitter = jitter
        self._wake = threading.Event()
        self._threads = [threading.Thread(target=self._loop, name=f"worker-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Begin sending."""
        for thread in self._threads:
            thread.start()

    def stop(self, within_s: float = 5.0) -> None:
        """Finish the tries under way, as far as there is time, and stop; what is still due stays in the queue."""
        self._stopping.set()
        self._wake.set()
        until = time.monotonic() + within_s
        for thread in self._threads:
            if thread.ident is not None:  # `mlbug serve` never starts them
                thread.join(max(0.0, until - time.monotonic()))

    def nudge(self) -> None:
        """Look at the queue now: something was just put in."""
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether every thread runs."""
        return all(thread.is_alive() for thread in self._threads)

    def step(self) -> bool:
        """Claim one errand and try it; whether there was one."""
        sending = self._queue.claim(self._clock(), LEASE_S)
        if sending is None:
            return False
        with working_on(sending.request):
            try:
                self._try(sending)
            except Unavailable:
                raise  # it says nothing about the errand
            except MlbugError as refused:  # there is nothing to send, or nowhere to send it
                self._queue.dead(sending, self._clock(), refused.code, reached=False)
                log.warning("errand_dead", extra=_ids(sending) | {"error": refused.code})
            except Exception:  # whatever it was, the lease runs out and the errand is looked up: nothing is lost
                log.exception("errand_failed", extra=_ids(sending))
        return True

    def _loop(self) -> None:
        rest_s = IDLE_S
        while not self._stopping.is_set():
            self._give_way()
            try:
                busy = self.step()
                rest_s = IDLE_S
            except Unavailable as away:
                log.warning("worker_waits_for_database", extra={"error": away.code})
                busy = False
                rest_s = min(2 * rest_s, REST_S)
            except Exception:  # the thread goes on, whatever it was
                log.exception("worker_step_failed")
                busy = False
                rest_s = min(2 * rest_s, REST_S)
            if not busy:
                self._wake.wait(rest_s)
                if not self._stopping.is_set():
                    self._wake.clear()

    def _try(self, sending: Sending) -> None:
        began = self._clock()
        channel = sending.channel or ""
        plan: Plan | Tab | Delivery | None = None
        try:
            plan = self._planned(sending)
            if plan is None:  # nothing to tell any more
                self._queue.sent(sending, self._clock(), "", "")
                return
            if isinstance(plan, Delivery):  # told to another program; it knows a repetition by the event's id
                self._deliver(plan)
                self._queue.sent(sending, self._clock(), "", "")
                return
            if isinstance(plan, Tab):  # showing it twice is harmless
                self._gateway.publish_home(sending.errand.workspace, plan.user, plan.view)
                self._queue.sent(sending, self._clock(), "", "")
                return
            channel = plan.channel or self._gateway.direct_channel(sending.errand.workspace, plan.user)
            self._send(sending, plan, channel, began)
        except RateLimited as wait:
            until = self._clock() + timedelta(seconds=wait.after_s + self._jitter())
            self._queue.again(sending, until, reached=False, error=wait.error, channel=channel)
            if channel:
                self._queue.pause(sending.errand.workspace, channel, until)
        except NotReached as lost:
            self._later(sending, lost, reached=False, channel=channel)
        except InDoubt as lost:  # only a post leaves a doubt: everything else can be done again
            self._later(sending, lost, reached=isinstance(lost, LostPost), channel=channel)
        except NoChannel as none:
            self._hold(sending, "", none.code)
        except RefusedBySlack as refused:
            self._refused(sending, plan, channel, refused.error)

    def _refused(self, sending: Sending, plan: Plan | Tab | Delivery | None, channel: str, error: str) -> None:
        """Slack will say the same again, until somebody has done something."""
        if isinstance(plan, Tab):  # the next opening shows it
            self._queue.sent(sending, self._clock(), "", "")
            log.info("home_not_published", extra=_ids(sending) | {"error": error})
        elif isinstance(plan, Plan) and plan.may_fail:
            self._queue.sent(sending, self._clock(), "", "")
            log.info("errand_refused", extra=_ids(sending) | {"error": error})
        elif isinstance(plan, Plan) and plan.waits and error in UNREACHABLE:
            if plan.moves:  # the triage channel is another one by now: the card goes there, and this follows it
                self._queue.again(sending, self._clock(), reached=False, error=error)
                self._troubles.move(sending.errand, channel)
            else:
                self._hold(sending, channel, error)
        else:
            self._give_up(sending, error, reached=False)

    def _hold(self, sending: Sending, channel: str, error: str) -> None:
        """Keep it for when the channel can be reached, and say so. What follows it waits behind it."""
        now = self._clock()
        if now - sending.born > HOLD_FOR:
            self._give_up(sending, error, reached=False)
            return
        wait = HELD_S[min(sending.tries, len(HELD_S)) - 1]
        self._queue.again(sending, now + timedelta(seconds=wait), reached=False, error=error, channel=channel)
        log.warning("errand_held", extra=_ids(sending) | {"error": error})
        self._troubles.tell(sending.errand, channel, error)

    def _give_up(self, sending: Sending, error: str, *, reached: bool) -> None:
        self._queue.dead(sending, self._clock(), error, reached=reached)
        log.error("errand_dead", extra=_ids(sending) | {"error": error})

    def _planned(self, sending: Sending) -> Plan | Tab | Delivery | None:
        try:
            self._heard(sending.errand)
            return self._messages.plan(sending)
        except Unavailable as away:  # nothing was sent yet: as soon as the store is back it is anybody's again
            self._queue.again(sending, self._clock() + timedelta(seconds=1), reached=False, error=away.code)
            raise

    def _send(self, sending: Sending, plan: Plan, channel: str, began: datetime) -> None:
        errand = sending.errand
        key = f"{errand.workspace}:{errand.key}"
        if plan.edits is not None:  # repeating an edit is harmless
            at = plan.edits
            _shown(plan, lambda message: self._gateway.edit(errand.workspace, at, message))
            self._queue.sent(sending, self._clock(), at.channel, at.ts)
            if plan.waits:
                self._troubles.delivered(errand.workspace, at.channel)
            return
        posted: Posted | None = None
        if sending.doubtful:
            posted = self._look_up(sending, channel, key, plan.thread_ts)
        if posted is None:
            if (self._clock() - began).total_seconds() > LEASE_S / 2:
                return  # too late in the lease to begin a post; the next try begins with a look-up
            posted = self._post(errand.workspace, channel, plan, key)
        self._queue.sent(sending, self._clock(), posted.channel, posted.ts)
        log.info("errand_sent", extra=_ids(sending))
        if plan.waits:
            self._troubles.delivered(errand.workspace, posted.channel)

    def _post(self, workspace: str, channel: str, plan: Plan, key: str) -> Posted:
        try:
            return _shown(plan, lambda message: self._gateway.post(workspace, channel, message, key, plan.thread_ts))
        except InDoubt as lost:
            raise LostPost(lost.error) from None

    def _look_up(self, sending: Sending, channel: str, key: str, thread_ts: str) -> Posted | None:
        oldest = sending.born.timestamp() - 60
        try:
            return self._gateway.find(sending.errand.workspace, channel, key, oldest, thread_ts)
        except RefusedBySlack as blind:
            # Without the history scope nobody can know: marked and told by `doctor`, never repeated blindly.
            raise InDoubt(f"cannot_look_up_{blind.error}") from None

    def _later(self, sending: Sending, fault: SlackFault, *, reached: bool, channel: str) -> None:
        now = self._clock()
        if now - sending.born > GIVE_UP_AFTER:
            self._give_up(sending, fault.error, reached=reached)
            return
        wait = BACK_OFF_S[min(sending.tries, len(BACK_OFF_S)) - 1] * (1 + self._jitter() / 4)
        due = now + timedelta(seconds=max(wait, SETTLE_S) if reached else wait)
        self._queue.again(sending, due, reached=reached, error=fault.error, channel=channel)
        log.warning("errand_later", extra=_ids(sending) | {"error": fault.error, "in_doubt": reached})


def _shown(plan: Plan, send: Callable[[Mapping[str, Any]], Sent]) -> Sent:
    """Send the message, or its plain form where the workspace does not know one of its blocks."""
    try:
        return send(plan.message)
    except RefusedBySlack as refused:
        if refused.error != "invalid_blocks" or plan.plain is None:
            raise
        log.warning("blocks_refused")
        return send(plan.plain())


class _NobodyToTell:
    def tell(self, errand: Errand, channel: str, error: str) -> None:
        del errand, channel, error

    def delivered(self, workspace: str, channel: str) -> None:
        del workspace, channel

    def move(self, errand: Errand, channel: str) -> None:
        del errand, channel


def _nowhere(_delivery: Delivery) -> None:
    raise RefusedBySlack("webhook_not_set_up")


def _ids(sending: Sending) -> dict[str, object]:
    errand = sending.errand
    return {"workspace": errand.workspace, "errand": errand.key, "kind": errand.kind, "try": sending.tries}
