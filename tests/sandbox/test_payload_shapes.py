"""What the app is sent has the fields that Bolt's own published test payloads have.

The lists are ours, read off slackapi/bolt-python's tests/scenario_tests. Where a list names a field as `more`, the
sandbox sends it and those payloads, which are older or from an organisation's install, do not; `grid` fields are sent by
Slack only for Enterprise Grid, which the sandbox does not model.
"""

from __future__ import annotations

import pytest

USER = {"id", "username", "name", "team_id"}
TEAM = {"id", "domain"}
INSTALL = {"enterprise", "is_enterprise_install"}
VIEW = {
    "id", "team_id", "type", "blocks", "private_metadata", "callback_id", "state", "hash", "title", "clear_on_close",
    "notify_on_close", "close", "submit", "previous_view_id", "root_view_id", "app_id", "external_id",
    "app_installed_team_id", "bot_id",
}  # fmt: skip
MESSAGE = {"client_msg_id", "type", "text", "user", "ts", "team", "blocks"}
ENVELOPE = {"token", "team_id", "api_app_id", "event", "type", "event_id", "event_time", "authorizations"}
COMMAND = {
    "token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name", "command", "text",
    "response_url", "trigger_id",
}  # fmt: skip

# name: (the payload's fields, fields that the sandbox sends on top)
SHAPES = {
    "slash_commands": (COMMAND, {"api_app_id", "is_enterprise_install"}),
    "shortcut": ({"type", "token", "action_ts", "team", "user", "callback_id", "trigger_id"}, INSTALL),
    "message_action": (
        {"type", "token", "action_ts", "team", "user", "channel", "callback_id", "trigger_id", "message_ts", "message",
         "response_url"},
        INSTALL,
    ),
    "block_actions in a view": (
        {"type", "user", "api_app_id", "token", "container", "trigger_id", "team", "view", "actions"},
        INSTALL,
    ),
    "block_actions in a message": (
        {"type", "user", "api_app_id", "token", "container", "trigger_id", "team", "channel", "response_url", "actions"},
        INSTALL | {"message", "state"},
    ),
    "block_suggestion": (
        {"type", "user", "container", "api_app_id", "token", "block_id", "action_id", "value", "team", "view"},
        INSTALL,
    ),
    "view_submission": (
        {"type", "team", "user", "api_app_id", "token", "trigger_id", "view", "response_urls"} | INSTALL,
        set(),
    ),
    "view_closed": ({"type", "team", "user", "api_app_id", "token", "view", "is_cleared"} | INSTALL, set()),
    "event": (ENVELOPE | {"is_ext_shared_channel"}, {"event_context"}),
}  # fmt: skip


@pytest.fixture
def sent(sandbox):
    """Everything the app is sent while somebody does one of each, by name."""
    ana = sandbox.person("ana")
    ana.types("#triage", "/mlbug title")
    modal = ana.modal()
    modal.search("Affected system", "chat")
    modal.press("More").until("More to say")
    modal.choose("Which threat?", "Model theft").submit()
    ana.sees("#triage", "Critical").press("Duplicate of")
    ana.types("#general", "Look")
    ana.shortcut("Triage this message", ana.sees("#general", "Look"))
    ana.modal().close()
    ana.shortcut("Triage a bug")
    ana.modal().close()
    ana.home("Waiting")
    ana.types("#triage", "@mlbug hello")
    ana.types("mlbug", "Hello")
    ana.reads_dm("mlbug", "You said: Hello")
    assert sandbox.problems == []
    found = {}
    for exchange in sandbox.traffic:
        if exchange.direction == "to_app" and "token" in exchange.request:
            found.setdefault(_name(exchange.request), exchange.request)
    return found


def _name(body):
    kind = body.get("type", "slash_commands")
    if kind == "block_actions":
        return f"block_actions in a {body['container']['type']}"
    return f"event {body['event']['type']}" if kind == "event_callback" else kind


def test_each_payload_has_exactly_the_fields_of_bolts(sent):
    for name, (fields, more) in SHAPES.items():
        body = sent["event app_mention" if name == "event" else name]
        assert set(body) == fields | more, name


def test_the_parts_of_payloads_have_bolts_fields_too(sent):
    submission = sent["view_submission"]
    assert set(submission["view"]) == VIEW
    assert (set(submission["user"]), set(submission["team"])) == (USER, TEAM)
    assert submission["view"]["state"]["values"]["title"]["value"] == {"type": "plain_text_input", "value": "title"}
    threat = submission["view"]["state"]["values"]["threat"]["value"]
    assert threat == {
        "type": "static_select",
        "selected_option": {
            "text": {"type": "plain_text", "text": "Model theft", "emoji": True},
            "value": "model-theft",
        },
    }
    assert submission["view"]["state"]["values"]["tags"]["value"] == {"type": "checkboxes", "selected_options": []}
    pressed = sent["block_actions in a view"]
    assert set(pressed["container"]) == {"type", "view_id"}
    assert set(pressed["actions"][0]) == {"action_id", "block_id", "text", "value", "type", "action_ts"}
    chosen = sent["block_actions in a message"]
    assert set(chosen["container"]) == {"type", "message_ts", "channel_id", "is_ephemeral"}
    assert set(chosen["actions"][0]) == {"action_id", "block_id", "selected_option", "type", "action_ts"}
    assert set(chosen["channel"]) == {"id", "name"}
    assert sent["view_closed"]["view"]["state"] == {"values": {}}


def test_messages_and_events_have_bolts_fields(sent):
    assert set(sent["message_action"]["message"]) == MESSAGE
    mention = sent["event app_mention"]
    assert set(mention["event"]) == MESSAGE | {"channel", "event_ts"}
    fields = {"enterprise_id", "team_id", "user_id", "is_bot", "is_enterprise_install"}
    assert set(mention["authorizations"][0]) == fields
    assert set(sent["event app_home_opened"]["event"]) == {"type", "user", "channel", "tab", "event_ts"}
    assert set(sent["event message"]["event"]) >= {"type", "text", "user", "ts", "channel", "channel_type", "event_ts"}
