"""Things nobody here wrote get along with the sandbox: Bolt's and slack_sdk's clients, sync and async, both modes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest
from aiohttp import web
from closing import close
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient
from slack_sdk.web.async_client import AsyncWebClient
from tiny_app import dialog, tiny_app

from bot.sandbox.server import Sandbox


def async_app(sandbox):
    app = AsyncApp(
        client=AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url), signing_secret=sandbox.signing_secret
    )

    @app.command("/mlbug")
    async def start(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=dialog(text=body["text"]))

    @app.view("dialog")
    async def submit(ack, view, client):
        await ack()
        title = view["state"]["values"]["title"]["value"]["value"]
        await client.chat_postMessage(channel="#triage", text=f"Critical: {title}")

    return app


@contextmanager
def in_a_loop(start):
    """Run `start(stop)` in a loop of its own until the block ends."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(start(stop),))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@contextmanager
def bolt_sync_socket(sandbox):
    handler = SocketModeHandler(tiny_app(WebClient(sandbox.bot_token, base_url=sandbox.api_url)), sandbox.app_token)
    handler.connect()
    yield sandbox.wait_for_app()
    close(handler)


@contextmanager
def bolt_async_socket(sandbox):
    async def start(stop):
        handler = AsyncSocketModeHandler(async_app(sandbox), sandbox.app_token)
        await handler.connect_async()
        await stop.wait()
        await handler.close_async()
        await asyncio.sleep(0.05)  # aiohttp lets its connector go in the next turns of the loop

    with in_a_loop(start):
        yield sandbox.wait_for_app()


@contextmanager
def bolt_async_http(sandbox):
    ready = threading.Event()
    addresses = []

    async def start(stop):
        app = async_app(sandbox)

        async def events(request):
            return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

        application = web.Application()
        application.router.add_post("/slack/events", events)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        addresses.append(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        ready.set()
        await stop.wait()
        await runner.cleanup()

    with in_a_loop(start):
        ready.wait()
        yield sandbox.deliver_to(addresses[0])


@contextmanager
def sdk_alone(sandbox):
    """slack_sdk's Socket Mode client without Bolt."""
    api = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
    client = SocketModeClient(sandbox.app_token, web_client=api)

    def listen(client, request):
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        if request.type == "slash_commands":
            api.views_open(trigger_id=request.payload["trigger_id"], view=dialog(text=request.payload["text"]))
        elif request.payload["type"] == "view_submission":
            values = request.payload["view"]["state"]["values"]
            api.chat_postMessage(channel="#triage", text=f"Critical: {values['title']['value']['value']}")

    client.socket_mode_request_listeners.append(listen)
    client.connect()
    yield sandbox.wait_for_app()
    client.close()


@pytest.mark.parametrize("connected", [bolt_sync_socket, bolt_async_socket, bolt_async_http, sdk_alone])
def test_the_same_scenario_with_every_client(connected):
    with Sandbox() as sandbox, connected(sandbox):
        ana = sandbox.person("ana")
        ana.types("#triage", "/mlbug Leaks its prompt")
        modal = ana.modal()
        assert modal.value("Title") == "Leaks its prompt"
        modal.choose("Which threat?", "Model theft").submit()
        ana.sees_no_modal()
        assert "Leaks its prompt" in ana.sees("#triage", "Critical").words
        assert sandbox.problems == []


def test_envelopes_are_shared_out_over_all_connections():
    with Sandbox() as sandbox:
        got = {1: 0, 2: 0}
        clients = []

        def listener(number):
            def listen(client, request):
                got[number] += 1
                client.send_socket_mode_response(SocketModeResponse(request.envelope_id, {"text": "Hello"}))

            return listen

        for number in got:
            api = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
            client = SocketModeClient(sandbox.app_token, web_client=api)
            client.socket_mode_request_listeners.append(listener(number))
            client.connect()
            clients.append(client)
        ana = sandbox.person("ana")
        ana.wait_for(lambda: True if sandbox.hub.link.connections == 2 else None, lambda: "two sockets")
        for _ in range(4):
            ana.types("#triage", "/mlbug")
        assert got == {1: 2, 2: 2}
        assert len(ana.ephemerals("#triage")) == 4
        for client in clients:
            client.close()
