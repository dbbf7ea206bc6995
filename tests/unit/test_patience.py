"""Who answers Slack waits for a lock only as long as Slack waits for the answer."""

import logging
import math
import threading
import time
from types import SimpleNamespace
from typing import Any

from slack_bolt import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.metrics import Metrics
from bot.patience import ANSWER_WITHIN_S, answering, patience
from bot.pool import SidePool
from bot.run import _Handler
from bot.serve import Lanes, Request, SlackDoor
from bot.slack_http import Seal


def test_where_nobody_waits_patience_is_endless() -> None:
    assert patience() == math.inf


def test_what_was_waited_already_is_taken_from_it() -> None:
    with answering(time.perf_counter() - 1):
        assert 0 < patience() <= ANSWER_WITHIN_S - 1
    assert patience() == math.inf


def test_it_does_not_fall_below_nothing() -> None:
    with answering(time.perf_counter() - 60):
        assert patience() == 0


def test_what_goes_on_in_another_thread_is_not_hurried() -> None:
    seen: list[float] = []
    with answering(time.perf_counter()):
        beside = threading.Thread(target=lambda: seen.append(patience()))
        beside.start()
        beside.join()

    assert seen == [math.inf]


class _Bolt:
    """Answers everything, and notes how long it might wait."""

    def __init__(self) -> None:
        self.left: list[float] = []

    def dispatch(self, _request: Any) -> BoltResponse:
        self.left.append(patience())
        return BoltResponse(status=200, body="")


def test_over_http_a_request_that_stood_in_line_has_less_time_left() -> None:
    bolt = _Bolt()
    seal = Seal("secret")
    door = SlackDoor(bolt, SidePool(), seal, Lanes(), Metrics(), lambda _payload: False)  # type: ignore[arg-type]  # as much of Bolt as it asks
    body = b"command=%2Fmlbug&user_id=U1&team_id=T1&trigger_id=1.2"

    came = Request(body, "application/x-www-form-urlencoded", {}, began=time.perf_counter() - 1)
    reply = door._dispatch(came)  # where a lane's thread begins

    assert reply.status == 200
    assert 0 < bolt.left[0] <= ANSWER_WITHIN_S - 1


def test_by_socket_mode_it_counts_from_when_the_envelope_came() -> None:
    bolt, client = (
        _Bolt(),
        SimpleNamespace(send_socket_mode_response=lambda _response: None, logger=logging.getLogger(__name__)),
    )
    envelope = SocketModeRequest(type="slash_commands", envelope_id="e", payload={"command": "/mlbug"})

    _Handler.handle(SimpleNamespace(app=bolt, metrics=Metrics()), client, envelope)  # type: ignore[arg-type]  # what it asks of both

    assert 0 < bolt.left[0] <= ANSWER_WITHIN_S
