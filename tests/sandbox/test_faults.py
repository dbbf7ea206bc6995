"""Bad days: each fault does what it says, and is gone when it has been used up."""

from __future__ import annotations

import asyncio
import urllib.error

import aiohttp
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler

from bot.sandbox.clock import MovableClock
from bot.sandbox.errors import SandboxError
from bot.sandbox.faults import Faults
from bot.sandbox.server import Sandbox


@pytest.fixture
def triage(bare):
    return bare.team.channel_by_name("triage").id


@pytest.fixture
def plain_api(bare):
    """A client that tries once."""
    return WebClient(token=bare.bot_token, base_url=bare.api_url, retry_handlers=[])


def posted(bare):
    return [each.text for each in bare.team.channel_by_name("triage").messages.values()]


def test_a_rate_limit_tells_when_to_come_back(bare, plain_api, triage):
    bare.faults.limit("chat.postMessage", seconds=7)
    with pytest.raises(SlackApiError) as caught:
        plain_api.chat_postMessage(channel=triage, text="x")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    plain_api.chat_postMessage(channel=triage, text="y")
    assert posted(bare) == ["y"]


def test_slack_sdks_own_handler_gets_over_a_rate_limit(bare, triage):
    api = WebClient(token=bare.bot_token, base_url=bare.api_url, retry_handlers=[RateLimitErrorRetryHandler(1)])
    bare.faults.limit("chat.*", seconds=0)
    api.chat_postMessage(channel=triage, text="x")
    assert posted(bare) == ["x"]


def test_a_server_error_comes_before_anything_was_done(bare, plain_api, triage):
    bare.faults.fail("chat.postMessage", status=503, times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            plain_api.chat_postMessage(channel=triage, text="x")
        assert caught.value.response.status_code == 503
    assert posted(bare) == []


def test_a_connection_may_be_cut_before_or_after_the_deed(bare, plain_api, triage):
    for after in (False, True):
        bare.faults.drop("chat.postMessage", after_acting=after)
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            plain_api.chat_postMessage(channel=triage, text=f"after: {after}")
    assert posted(bare) == ["after: True"]


def test_a_client_that_resends_posts_twice_and_the_sandbox_shows_it(bare, triage):
    api = WebClient(token=bare.bot_token, base_url=bare.api_url, retry_handlers=[ConnectionErrorRetryHandler(1)])
    bare.faults.drop("chat.postMessage", after_acting=True)
    api.chat_postMessage(channel=triage, text="x")
    assert posted(bare) == ["x", "x"]


def test_a_refusal_can_be_asked_for_by_name(bare, plain_api):
    bare.faults.refuse("auth.test", "token_revoked")
    with pytest.raises(SlackApiError, match="token_revoked"):
        plain_api.auth_test()
    assert bare.problems == []  # asked for, so nobody's mistake
    assert plain_api.auth_test()["ok"]


def test_a_slow_answer_still_comes(bare, plain_api):
    bare.faults.slow("auth.test", seconds=0.15)
    before = bare.clock.now()
    assert plain_api.auth_test()["ok"]
    assert bare.clock.now() - before >= 0.15


def test_now_and_then_is_the_same_for_the_same_seed():
    def drawn(seed):
        faults = Faults(seed)
        faults.sometimes("*", 0.4)
        return [fault.deed if (fault := faults.for_call("chat.update")) else "" for _ in range(60)]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    assert set(drawn(3)) >= {"", "limit", "drop_after"}


def test_faults_can_be_taken_back(bare, plain_api):
    bare.faults.fail("*", times=100)
    bare.faults.clear()
    assert plain_api.auth_test()["ok"]


# -- deliveries, in both modes


def commands(sandbox):
    return [each for each in sandbox.traffic if each.name.startswith("command /mlbug")]


def test_a_payload_may_be_delivered_twice_at_once(sandbox, ana):
    sandbox.faults.deliver_twice_at_once("slash_commands")
    ana.types("#triage", "/mlbug help")
    both = commands(sandbox)
    assert len(both) == 2
    assert both[0].request == both[1].request
    assert [each.outcome for each in both] == ["acknowledged"] * 2


def test_a_payload_may_be_delivered_again_later(sandbox, ana):
    sandbox.faults.deliver_again("interactive", after=0.05)
    ana.shortcut("Triage a bug")
    ana.wait_for(lambda: len([e for e in sandbox.hub.inspector.exchanges if "shortcut" in e.name]) == 2 or None, str)


def test_a_lost_acknowledgement_looks_like_silence_and_the_app_did_its_work(sandbox, ana):
    sandbox.faults.lose_ack("slash_commands")
    ana.types("#triage", "/mlbug help")
    assert "operation_timeout" in ana.sees_ephemeral("#triage").words
    assert "Try" in str(commands(sandbox)[0].answer)


def test_an_event_is_told_again_at_once_and_later_until_it_is_acknowledged():
    with Sandbox(ack_seconds=0.1) as sandbox:
        ana = sandbox.person("ana")
        told = []

        class Deaf:
            name, is_connected = "socket", True

            async def send(self, kind, payload, *, retry=0, reason=""):
                from bot.sandbox.link import Answer  # noqa: PLC0415 - only this link answers

                told.append((kind, payload["event_id"], retry, reason))
                return Answer("late" if len(told) < 3 else "acknowledged")

            async def close(self):
                pass

        sandbox.look(lambda: setattr(sandbox.hub.deliveries, "link", Deaf()))
        ana.types("#triage", "@mlbug hello")
        ana.wait_for(lambda: len(told) == 2 or None, lambda: str(told))
        assert isinstance(sandbox.clock, MovableClock)
        sandbox.move_on(61)
        ana.wait_for(lambda: len(told) == 3 or None, lambda: str(told))
        assert {each[1] for each in told} == {told[0][1]}
        assert [each[2:] for each in told] == [(0, ""), (1, "http_timeout"), (2, "http_timeout")]


def test_a_connection_may_be_refreshed_and_the_app_comes_back(sandbox, ana):
    if sandbox.mode == "http":
        pytest.skip("there is no socket to refresh")
    sandbox.disconnect()
    ana.wait_for(lambda: None if sandbox.hub.link.is_connected else True, lambda: "still connected")
    ana.patience = 15
    ana.wait_for(lambda: True if sandbox.hub.link.is_connected else None, lambda: "not back")
    ana.types("#triage", "/mlbug help")
    assert ana.sees_ephemeral("#triage", "Try /mlbug")


def test_a_connection_may_be_cut_without_a_word(bare, plain_api):
    async def go():
        async with aiohttp.ClientSession() as session:
            address = plain_api.apps_connections_open(app_token=bare.app_token)["url"]
            async with session.ws_connect(address) as socket:
                assert (await socket.receive_json())["type"] == "hello"
                await asyncio.to_thread(bare.disconnect, abruptly=True)
                frame = await asyncio.wait_for(socket.receive(), 5)
                return frame.type, socket.close_code

    kind, code = asyncio.run(go())
    assert kind in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert code != 1000
    assert not bare.hub.link.is_connected


def test_a_workspace_may_lack_new_blocks(bare, plain_api, triage):
    table = {"type": "data_table", "caption": "c", "rows": [[{"type": "raw_text", "text": "x"}]] * 2}
    nested = {"type": "container", "title": {"type": "plain_text", "text": "t"}, "child_blocks": [{"type": "divider"}]}
    bare.lack_blocks("data_table", "divider")
    for number, block in enumerate([table, nested]):
        with pytest.raises(SlackApiError, match="invalid_blocks") as caught:
            plain_api.chat_postMessage(channel=triage, text="x", blocks=[block])
        path = ("/blocks/0/type", "/blocks/0/child_blocks/0/type")[number]
        assert path in caught.value.response["response_metadata"]["messages"][0]
    assert bare.problems == []
    bare.lack_blocks()
    assert plain_api.chat_postMessage(channel=triage, text="x", blocks=[table])["ok"]


def test_without_an_app_a_command_fails_and_says_so(bare):
    ana = bare.person("ana")
    ana.types("#triage", "/mlbug help")
    assert "dispatch_failed" in ana.sees_ephemeral("#triage").words
    with pytest.raises(SandboxError, match="No app connected"):
        bare.wait_for_app(0.05)


def test_an_address_that_does_not_answer_the_challenge_is_refused(bare):
    with pytest.raises(SandboxError, match="did not send back the challenge"):
        bare.deliver_to(f"{bare.url}nowhere")
