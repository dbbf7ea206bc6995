"""`mlbug run`: everything in one process, by Socket Mode, until it is told to stop or the socket stays dead."""

import contextlib
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType

from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.app import Assistant
from bot.request_id import acked, id_of_envelope, working_on
from bot.tenancy import home_of

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
_KINDS = {"slash_commands": "command", "interactive": "interaction", "events_api": "event"}
DEAD_AFTER_S = 90.0  # a socket that is down so long does not come back by itself: leave, and be started again


class _Handler(SocketModeHandler):
    """Bolt's own, but that each envelope's id goes along with what is done for it."""

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt's own
        """Answer an envelope."""
        began, request = time.perf_counter(), id_of_envelope(req.envelope_id)
        with working_on(request):
            response = run_bolt_app(self.app, req)
        send_response(client, req, response, time.time())
        kind, workspace = _KINDS.get(req.type, "other"), home_of(req.payload)
        acked(request, kind, workspace, status=response.status, began=began, retry=req.retry_attempt or 0)


class Socket:
    """The Socket Mode connection with its watchdog."""

    def __init__(self, assistant: Assistant, app_token: str, client: WebClient) -> None:
        self._handler = _Handler(
            assistant.bolt,
            app_token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=client,
            receive_buffer_size=16384,
        )

    def connect(self) -> None:
        """Open the connection."""
        self._handler.connect()  # type: ignore[no-untyped-call]  # Bolt left its annotation out

    def close(self) -> None:
        """Close it. What Slack sent and got no ack for, it sends again to the next connection."""
        client = self._handler.client
        client.closed = True
        client.message_queue.put(None)  # the SDK looks up from its queue once a second; this wakes it
        session = client.current_session
        if session is not None and session.sock is not None:
            # The SDK's reader holds the socket's lock for up to three seconds; this wakes it.
            with contextlib.suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)
        # The reader may take the socket away between the SDK's look at it and its close (slack_sdk 3.47).
        with contextlib.suppress(AttributeError):
            self._handler.close()  # type: ignore[no-untyped-call]  # Bolt left its annotation out

    @property
    def connected(self) -> bool:
        """Whether Slack is heard now."""
        return bool(self._handler.client.is_connected())


def wait(stop: threading.Event, connected: Callable[[], bool], now: Callable[[], float] = time.monotonic) -> bool:
    """Wait until `stop`; False where the socket stayed dead instead."""
    heard = now()
    while not stop.wait(LOOK_EVERY_S):
        if connected():
            heard = now()
        elif now() - heard > DEAD_AFTER_S:
            log.error("socket_dead", extra={"seconds": int(now() - heard)})
            return False
    return True


def stop_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set. Bolt's own `start()` ignores SIGTERM, so it is not used."""
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop
