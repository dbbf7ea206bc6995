"""The page and its socket answer only this machine, and never with a token."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest


def fetch(url, **headers):
    async def go():
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            return answer.status, answer.headers, await answer.text()

    return asyncio.run(go())


@pytest.mark.parametrize("path", ["", "page/socket", "api/auth.test", "js/main.js", "oauth/v2/authorize"])
def test_another_name_or_another_sites_page_is_refused(bare, path):
    port = bare.url.rsplit(":", 1)[1].strip("/")
    assert fetch(bare.url + path, Host="evil.example")[0] == 403
    assert fetch(bare.url + path, Origin="http://evil.example")[0] == 403
    assert fetch(bare.url + path, Origin=f"http://127.0.0.1:{port}")[0] != 403


def test_the_page_says_what_it_is_and_loads_nothing_from_elsewhere(bare):
    status, headers, text = fetch(bare.url)
    assert status == 200
    assert "Sandbox, not Slack" in text
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "//" not in text.replace("<!doctype html>", "")


@pytest.mark.parametrize("path", ["../server.py", "js/../../server.py", "%2e%2e/server.py", "js/none.js", "js/"])
def test_only_the_files_of_the_page_are_served(bare, path):
    assert fetch(bare.url + path)[0] == 404


def test_the_pages_socket_shows_one_persons_screen_and_does_as_told(bare):
    async def go():
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{bare.url}page/socket?as=ben") as socket:
            first = await socket.receive_json()
            await socket.send_json({"n": 1, "do": "type", "channel": first["channel"], "text": "Hello"})
            await socket.send_json({"n": 2, "do": "type", "channel": "C404", "text": "Hello"})
            await socket.send_json({"n": 3, "do": "dance"})
            await socket.send_json({"n": 4, "do": "become", "handle": "mei"})
            seen = [await asyncio.wait_for(socket.receive_json(), 5) for _ in range(5)]
            return first, seen

    first, seen = asyncio.run(go())
    assert (first["me"]["handle"], [each["name"] for each in first["channels"]]) == (
        "ben",
        ["triage", "general", "ml-platform", ""],
    )
    done = {each["n"]: each["error"] for each in seen if each["type"] == "done"}
    assert done[1] is None
    assert done[2]
    assert done[3]
    last = [each for each in seen if each["type"] == "state"][-1]
    assert (last["me"]["handle"], last["messages"][0]["text"]) == ("mei", "Hello")
    everything = json.dumps([first, seen])
    for secret in (bare.bot_token, bare.app_token, bare.signing_secret, bare.keys.client_secret):
        assert secret not in everything


def test_a_page_cannot_touch_the_screen_of_somebody_else(bare, api):
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [_button()]}]}
    view = api.views_publish(user_id=bare.person("ana").id, view=home)["view"]
    press = {"n": 1, "do": "press", "view": view["id"], "block": view["blocks"][0]["block_id"], "action": "a"}

    async def go():
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{bare.url}page/socket?as=ben") as socket:
            await socket.receive_json()
            await socket.send_json(press)
            return await asyncio.wait_for(socket.receive_json(), 5)

    assert asyncio.run(go())["error"] == "That is not on the screen any more."


def _button():
    return {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Press"}}
