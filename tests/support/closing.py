"""Closing the SDK's socket in spite of its own race."""

from contextlib import suppress

from slack_bolt.adapter.socket_mode import SocketModeHandler


def close(handler: SocketModeHandler) -> None:
    """The SDK's reader may take the socket away between the SDK's look at it and its close (slack_sdk 3.47)."""
    with suppress(AttributeError):
        handler.close()  # type: ignore[no-untyped-call]  # Bolt left its annotation out
