"""`mlbug run`: everything in one process, by Socket Mode, until it is told to stop or the socket stays dead."""

import contextlib
import http.client
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
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.app import Assistant
from bot.metrics import Metrics
from bot.patience import answering
from bot.request_id import acked, id_of_envelope, working_on
from bot.tenancy import home_of

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
TRY_EVERY_S = 15.0  # Slack lets an app ask for few addresses a minute
PING_EVERY_S = 5.0
END_WITHIN_S = 2.0  # it takes milliseconds
SILENT_AFTER_S = 20.0  # without an answer to a ping the other end is gone, whatever the socket says of itself
_KINDS = {"slash_commands": "command", "interactive": "interaction", "events_api": "event"}
DEAD_AFTER_S = 90.0  # a socket that is down so long does not come back by itself: leave, and be started again


class _Handler(SocketModeHandler):
    """Bolt's own, but that each envelope's id goes along with what is done for it, and its answer is timed."""

    metrics: Metrics

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt's own
        """Answer an envelope."""
        began, request = time.perf_counter(), id_of_envelope(req.envelope_id)
        kind, workspace = _KINDS.get(req.type, "other"), home_of(req.payload)
        with self.metrics.acking(kind):
            with working_on(request), answering(began):
                response = run_bolt_app(self.app, req)
            send_response(client, req, response, time.time())
        acked(request, kind, workspace, status=response.status, began=began, retry=req.retry_attempt or 0)


class Socket:
    """The Socket Mode connection with its watchdog."""

    def __init__(self, assistant: Assistant, app_token: str, client: WebClient, metrics: Metrics) -> None:
        self._connected_at = time.monotonic()
        self._handler = _Handler(
            assistant.bolt,
            app_token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=client,
            receive_buffer_size=16384,
            ping_interval=PING_EVERY_S,
        )
        self._handler.metrics = metrics
        self._handler.client.message_listeners.append(self._heard)

    def connect(self) -> None:
        """Open the connection."""
        self._handler.connect()  # type: ignore[no-untyped-call]  # Bolt left its annotation out

    def connect_anew(self) -> None:
        """Open another connection in the place of one that is dead. Where that fails it is logged: it can be tried again.

        The SDK does so by itself where the end of a connection reaches it; after a cut without a word it may take a minute.
        """
        log.warning("socket_reconnects")
        client = self._handler.client
        try:
            client.disconnect()
            client.connect_to_new_endpoint()
        except (SlackClientError, OSError, http.client.HTTPException) as fault:
            log.warning("socket_not_back", extra={"error": type(fault).__name__})

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
        ending = threading.Thread(target=self._end, name="socket-end", daemon=True)
        ending.start()
        ending.join(END_WITHIN_S)
        if not client.current_session_runner.is_alive():
            ending.join()  # somebody is being answered
            return
        # The SDK's reader may have begun with a state that its `connect` then replaced, so that nobody can tell it to end
        # (slack_sdk 3.47). It ends with the process; what the other threads have begun is finished.
        log.warning("socket_reader_left")
        client.message_processor.shutdown()  # type: ignore[no-untyped-call]  # the SDK left its annotation out
        client.message_workers.shutdown()

    def _end(self) -> None:
        # The reader may take the socket away between the SDK's look at it and its close (slack_sdk 3.47).
        with contextlib.suppress(AttributeError):
            self._handler.close()  # type: ignore[no-untyped-call]  # Bolt left its annotation out

    @property
    def connected(self) -> bool:
        """Whether Slack is heard now: it answers pings."""
        client = self._handler.client
        session = client.current_session
        if session is None or not client.is_connected():
            return False
        answered = session.last_ping_pong_time
        return answered is None or time.time() - answered < SILENT_AFTER_S

    def gauges(self) -> dict[str, float]:
        """How the connection is, for `bot.metrics`."""
        age_s = time.monotonic() - self._connected_at
        return {"mlbug_socket_up": float(self.connected), "mlbug_socket_age_seconds": age_s}

    def _heard(self, _client: object, message: dict[str, object], _raw: str | None = None) -> None:
        if message.get("type") == "hello":
            self._connected_at = time.monotonic()


def wait(
    stop: threading.Event,
    connected: Callable[[], bool],
    connect_anew: Callable[[], None],
    works: Callable[[], bool],
    now: Callable[[], float] = time.monotonic,
) -> bool:
    """Wait until `stop`, with new connections for dead ones; False where it stays dead, or nobody sends any more."""
    heard = tried = now()
    while not stop.wait(LOOK_EVERY_S):
        if not works():
            log.error("worker_dead")
            return False
        at = now()
        if connected():
            heard = at
        elif at - heard > DEAD_AFTER_S:
            log.error("socket_dead", extra={"seconds": int(at - heard)})
            return False
        elif at - tried >= TRY_EVERY_S:
            connect_anew()
            tried = now()
    return True


def stop_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set. Bolt's own `start()` ignores SIGTERM, so it is not used."""
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop
