"""The sandbox with a small Bolt app connected to it, over Socket Mode and over signed HTTP."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
from closing import close
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from tiny_app import tiny_app
from tiny_server import serving

from bot.sandbox.server import Sandbox

_closing = []


def _close_aside(handler):
    """slack_sdk's client looks at its empty queue for a second before it closes; nobody needs to wait for that."""
    thread = threading.Thread(target=close, args=(handler,))
    thread.start()
    _closing.append(thread)


@pytest.fixture(scope="session", autouse=True)
def _all_closed():
    yield
    for thread in _closing:
        thread.join()


@contextmanager
def connected(sandbox, mode):
    client = WebClient(token=sandbox.bot_token, base_url=sandbox.api_url)
    app = tiny_app(client, signing_secret=sandbox.signing_secret)
    if mode == "socket":
        handler = SocketModeHandler(app, sandbox.app_token)
        handler.connect()
        sandbox.wait_for_app()
        try:
            yield
        finally:
            _close_aside(handler)
    else:
        with serving(app) as address:
            sandbox.deliver_to(address)
            yield


@pytest.fixture
def bare():
    """A sandbox without an app."""
    with Sandbox(ack_seconds=0.4) as sandbox:
        yield sandbox


@pytest.fixture
def api(bare):
    return WebClient(token=bare.bot_token, base_url=bare.api_url)


@pytest.fixture(params=["socket", "http"])
def sandbox(request):
    """A sandbox with the small app, once in each mode."""
    with Sandbox(ack_seconds=0.6) as sandbox, connected(sandbox, request.param):
        yield sandbox


@pytest.fixture
def ana(sandbox):
    return sandbox.person("ana")


@pytest.fixture
def ben(sandbox):
    return sandbox.person("ben")
