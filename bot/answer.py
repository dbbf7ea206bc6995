"""How a listener answers: the ack's content, and what is done after it. Nothing escapes a listener.

Bolt takes back an ack when the listener raises within some 10 ms after it, and the person sees a failure and sends again. So
handlers return an `Answer`; one guard acks it as the last thing it does.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.limits import TOO_MUCH, TOO_MUCH_HERE, Admission, Limits, sender
from bot.meeting import Meeting, may_wait
from bot.pool import SidePool
from bot.request_id import at_hand, new_id
from bot.right_of_way import RightOfWay
from bot.roster import Unmet
from triage.errors import MlbugError

log = logging.getLogger(__name__)

Body = Mapping[str, Any]
Job = Callable[[], None]
Improvement = Callable[[], bool]  # False: Slack does not know the screen yet, try again
TRY_AGAIN = "Nothing was lost; try again in a moment."


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to Slack at once (`ack`), and the calls to Slack that follow it (`then`).

    `better` improves what the ack shows, a moment later, and is left out where there is no time for it.
    """

    ack: Mapping[str, Any] = field(default_factory=dict)
    then: tuple[Job, ...] = ()
    better: tuple[Improvement, ...] = ()


Handler = Callable[[Body], Answer]
Excuse = Callable[[Body, str], Answer]


def new_reference() -> str:
    """The id under which an unexpected error is logged, and which the person reads: the request's own, where there is one."""
    return at_hand() or new_id()


def unexpected(reference: str) -> str:
    """The sentence for an error that nobody foresaw."""
    return f"Something went wrong on mlbug’s side. {TRY_AGAIN} If it stays, tell whoever runs mlbug: reference {reference}."


class Guard:
    """Runs handlers so that every request is acked once, with what the person should read.

    `meeting` looks up people whom nobody knows yet; without it they are told to try again. `limits` say who asks for too
    much; without them nobody does. `afterwards` takes what makes an answer better; without it answers stay as they are.
    While a handler runs, who asks `right_of_way` waits.
    """

    def __init__(
        self,
        pool: SidePool,
        meeting: Meeting | None = None,
        limits: Limits | None = None,
        afterwards: Callable[[Improvement], object] = lambda _: None,
        right_of_way: RightOfWay | None = None,
    ) -> None:
        self._pool = pool
        self._afterwards = afterwards
        self._right_of_way = right_of_way or RightOfWay()
        self._meeting = meeting
        self._limits = limits

    def listener(self, handle: Handler, excuse: Excuse) -> Callable[..., None]:
        """A Bolt listener around `handle`; `excuse` puts the sentence of an error where the person looks."""

        def listen(ack: Callable[..., Any], body: Body) -> None:
            with self._right_of_way.going():
                answer = self._refused(excuse, body) or self._guarded(handle, excuse, body)
            for job in answer.then:
                if not self._pool.submit(guarded_job(job)):
                    answer = _sorry(excuse, body, "mlbug is very busy right now. " + TRY_AGAIN)
                    break
            for improvement in answer.better:
                self._afterwards(improvement)
            ack(**answer.ack)

        return listen

    def _refused(self, excuse: Excuse, body: Body) -> Answer | None:
        """The answer to somebody who asks for too much."""
        if self._limits is None:
            return None
        admission, is_first = self._limits.admit(*sender(body))
        if admission is Admission.ADMITTED:
            return None
        log.warning("over_limit", extra={"limit": admission.name.lower()})
        answer = _sorry(excuse, body, TOO_MUCH if admission is Admission.PERSON_OVER else TOO_MUCH_HERE)
        return answer if is_first else Answer(answer.ack)  # no call to Slack for each of a flood

    def _guarded(self, handle: Handler, excuse: Excuse, body: Body) -> Answer:
        try:
            return handle(body)
        except Unmet as unmet:
            return self._to_be_met(handle, excuse, body, unmet)
        except MlbugError as told:
            log.info("refused", extra={"code": told.code})
            return _sorry(excuse, body, told.message)
        except Exception:  # the last line: whatever it was, the person is told and the log has the trace
            reference = new_reference()
            log.exception("listener_failed", extra={"reference": reference})
            return _sorry(excuse, body, unexpected(reference))

    def _to_be_met(self, handle: Handler, excuse: Excuse, body: Body, unmet: Unmet) -> Answer:
        """Look the person up beside the request; where it can wait for that, carry it out then."""
        meeting = self._meeting
        if meeting is None:
            return _sorry(excuse, body, unmet.message)
        if not may_wait(body):
            answer = _sorry(excuse, body, unmet.message)
            return Answer(answer.ack, (*answer.then, lambda: meeting.meet(unmet)))

        def after_meeting(body: Body) -> Answer:
            meeting.meet(unmet)
            return handle(body)

        def later() -> None:
            answer = self._guarded(after_meeting, excuse, body)
            meeting.deliver(body, answer.ack)
            for job in answer.then:
                guarded_job(job)()
            for improvement in answer.better:
                self._afterwards(improvement)

        return Answer(then=(later,))


def _sorry(excuse: Excuse, body: Body, sentence: str) -> Answer:
    """The excuse; nothing where the payload has not even the place for one, as none of Slack's."""
    try:
        return excuse(body, sentence)
    except Exception:  # nothing may escape a listener
        log.exception("excuse_failed", extra={"reference": new_reference()})
        return Answer()


def guarded_job(job: Job) -> Job:
    """`job`, with what it raises logged instead of lost."""

    def run() -> None:
        try:
            job()
        except Exception:  # it belongs to a click that was acked already
            log.exception("side_job_failed", extra={"reference": new_reference()})

    return run
