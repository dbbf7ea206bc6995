"""Which request from Slack something is done for: one id from its ack, by way of the queue, to the post that it led to.

The id is that of the work at hand, in this thread: log lines take it from here, errands are put into the queue with it, and
somebody who meets an unexpected error reads it.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

log = logging.getLogger(__name__)

RETRY_NUM = "X-Slack-Retry-Num"
_HEAD = 13  # of a UUID: eight digits, a dash, four digits; enough to be the only one, short enough to be read out
_ENVELOPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{1,40}", re.IGNORECASE)
_at_hand: ContextVar[str] = ContextVar("mlbug_request", default="")


def new_id() -> str:
    """An id for a request that brings none along (over HTTP none does), or for an error outside any request."""
    digits = secrets.token_hex(6)
    return f"{digits[:8]}-{digits[8:]}"


def id_of_envelope(envelope_id: str) -> str:
    """The beginning of a Socket Mode envelope's own id, so that either is found by the other."""
    return envelope_id[:_HEAD].lower() if _ENVELOPE.fullmatch(envelope_id) else new_id()


def at_hand() -> str:
    """The id of the request that is worked on here; empty where it is none."""
    return _at_hand.get()


@contextmanager
def working_on(request: str) -> Iterator[None]:
    """What is done inside is done for `request` (empty: for none)."""
    before = _at_hand.set(request)
    try:
        yield
    finally:
        _at_hand.reset(before)


def carried(job: Callable[[], None]) -> Callable[[], None]:
    """`job`, to be run in another thread for the request at hand here."""
    request = _at_hand.get()
    if not request:
        return job

    def run() -> None:
        with working_on(request):
            job()

    return run


def repetition(said: str) -> int:
    """Which repetition of an event this is, by what Slack's header says; 0: the first time, or it does not say."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0


def acked(request: str, kind: str, workspace: str, *, status: int, began: float, retry: int = 0) -> None:
    """Log that a request was answered; `began` by `time.perf_counter`. To be called once the answer is on its way."""
    ids: dict[str, object] = {"request": request, "kind": kind, "workspace": workspace, "status": status}
    if retry:
        ids["retry"] = retry
    ids["ms"] = round((time.perf_counter() - began) * 1000, 1)
    log.info("acked", extra=ids)
