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
from slack_sdk import WebClient

from bot.app import Assistant

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
DEAD_AFTER_S = 90.0  # a socket that is down so long does not come back by itself: leave, and be started again


class Socket:
    """The Socket Mode connection with its watchdog."""

    def __init__(self, assistant: Assistant, app_token: str, client: WebClient) -> None:
        self._handler = SocketModeHandler(
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
