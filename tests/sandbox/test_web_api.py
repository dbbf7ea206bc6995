"""The Web API refuses what Slack refuses, by Slack's names, and forgets nothing that it was told."""

from __future__ import annotations

import json
import urllib.request

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.sandbox.blockkit import limits


def plain(text):
    return {"type": "plain_text", "text": text}


def view(title="Hello", **more):
    return {
        "type": "modal",
        "title": plain(title),
        "callback_id": "c",
        "blocks": [{"type": "section", "text": plain("x")}],
        **more,
    }


def refusal(call, *args, **named):
    with pytest.raises(SlackApiError) as caught:
        call(*args, **named)
    return caught.value.response


@pytest.fixture
def triage(bare):
    return bare.team.channel_by_name("triage").id


@pytest.fixture
def trigger(bare):
    """Make triggers for ana, as if she had done something; in a view, where one is given."""

    ana = bare.person("ana").id
    return lambda view_id=None: bare.look(lambda: bare.hub.passes.trigger(ana, view_id))


# -- the door


def test_unknown_methods_arguments_and_tokens_are_refused(bare, api):
    assert refusal(api.api_call, "chat.shout")["error"] == "unknown_method"
    answer = refusal(api.api_call, "auth.test", params={"colour": "red"})
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] unrecognized argument: colour [json-pointer:/colour]"]
    assert refusal(WebClient(base_url=bare.api_url).auth_test)["error"] == "not_authed"
    assert refusal(WebClient("xoxb-no", base_url=bare.api_url).auth_test)["error"] == "invalid_auth"
    assert (
        refusal(WebClient("x", base_url=bare.api_url).apps_connections_open, app_token="xapp-no")["error"]
        == "invalid_auth"
    )
    wrong_kind = refusal(api.apps_connections_open, app_token=bare.bot_token)
    assert wrong_kind["error"] == "not_allowed_token_type"


def test_scopes_are_in_every_answer_and_are_asked_for(bare, api, triage):
    assert "chat:write" in api.auth_test().headers["x-oauth-scopes"].split(",")
    bare.set_scopes("commands")
    answer = refusal(api.chat_postMessage, channel=triage, text="x")
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "commands")


def test_json_forms_and_queries_are_read_alike(bare, triage):
    def call(url, data=None, kind="application/json"):
        headers = {"Authorization": f"Bearer {bare.bot_token}", "Content-Type": kind}
        request = urllib.request.Request(bare.api_url + url, data, headers)  # noqa: S310 - our own loopback address
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
            return json.load(answer)

    assert call("chat.postMessage", json.dumps({"channel": triage, "text": "a"}).encode())["ok"]
    form = f"channel={triage}&text=b".encode()
    assert call("chat.postMessage", form, "application/x-www-form-urlencoded")["ok"]
    assert [each["text"] for each in call(f"conversations.history?channel={triage}&limit=2")["messages"]] == ["b", "a"]
    assert call("auth.test", b"{", "application/json")["error"] == "invalid_json"


def test_missing_and_ill_formed_arguments_have_slacks_names(api, triage):
    assert refusal(api.api_call, "chat.postMessage", json={"text": "x"})["error"] == "channel_not_found"
    assert refusal(api.api_call, "views.open", json={"trigger_id": "1.2.3"})["error"] == "invalid_arguments"
    assert (
        refusal(api.api_call, "conversations.history", params={"channel": triage, "limit": "x"})["error"]
        == "invalid_arguments"
    )
    assert refusal(api.conversations_history, channel=triage, cursor="nonsense")["error"] == "invalid_cursor"


# -- views


def test_a_trigger_is_good_for_three_seconds_and_once(bare, api, trigger):
    assert refusal(api.views_open, trigger_id="1.2.3", view=view())["error"] == "invalid_trigger_id"
    once = trigger()
    api.views_open(trigger_id=once, view=view())
    assert refusal(api.views_open, trigger_id=once, view=view())["error"] == "exchanged_trigger_id"
    late = trigger()
    bare.move_on(limits.TRIGGER_SECONDS + 0.1)
    assert refusal(api.views_open, trigger_id=late, view=view())["error"] == "expired_trigger_id"


def test_a_refused_view_leaves_the_trigger_unused(api, trigger):
    once = trigger()
    answer = refusal(api.views_open, trigger_id=once, view=view("x" * 25))
    assert answer["error"] == "invalid_arguments"
    assert "[json-pointer:/view/title/text]" in answer["response_metadata"]["messages"][0]
    assert api.views_open(trigger_id=once, view=view())["ok"]


def test_a_stack_holds_three_views(api, trigger):
    first = api.views_open(trigger_id=trigger(), view=view("1"))["view"]
    second = api.views_push(trigger_id=trigger(first["id"]), view=view("2"))["view"]
    third = api.views_open(trigger_id=trigger(second["id"]), view=view("3"))["view"]
    assert (third["previous_view_id"], third["root_view_id"]) == (second["id"], first["id"])
    assert refusal(api.views_push, trigger_id=trigger(third["id"]), view=view())["error"] == "push_limit_reached"
    assert refusal(api.views_push, trigger_id=trigger(), view=view())["error"] == "not_found"


def test_an_update_needs_the_latest_hash_where_it_gives_one(api, trigger):
    opened = api.views_open(trigger_id=trigger(), view=view())["view"]
    updated = api.views_update(view_id=opened["id"], hash=opened["hash"], view=view("2"))["view"]
    assert updated["id"] == opened["id"]
    stale = refusal(api.views_update, view_id=opened["id"], hash=opened["hash"], view=view("3"))
    assert stale["error"] == "hash_conflict"
    assert api.views_update(view_id=opened["id"], view=view("3"))["ok"]
    assert refusal(api.views_update, view_id="V404", view=view())["error"] == "not_found"
    read_only = {**view(), "id": opened["id"], "hash": updated["hash"]}
    assert refusal(api.views_update, view_id=opened["id"], view=read_only)["error"] == "invalid_arguments"


def test_an_external_id_names_one_open_view(api, trigger):
    api.views_open(trigger_id=trigger(), view=view(external_id="draft-1"))
    assert api.views_update(external_id="draft-1", view=view("2", external_id="draft-1"))["ok"]
    again = refusal(api.views_open, trigger_id=trigger(), view=view(external_id="draft-1"))
    assert again["error"] == "duplicate_external_id"


def test_a_view_that_is_too_large_is_named_so(api, trigger):
    blocks = [{"type": "section", "text": plain("x" * 3000)}] * 90
    assert refusal(api.views_open, trigger_id=trigger(), view=view(blocks=blocks))["error"] == "view_too_large"


def test_a_select_may_start_with_the_current_conversation(bare, api):
    ana = bare.person("ana")
    general = bare.team.channel_by_name("general").id
    here = bare.look(lambda: bare.hub.passes.trigger(ana.id, channel=general))
    select = {"type": "conversations_select", "action_id": "a", "default_to_current_conversation": True}
    block = {"type": "input", "block_id": "b", "label": plain("Where"), "element": select}
    opened = api.views_open(trigger_id=here, view=view(blocks=[block], submit=plain("Go")))["view"]
    assert opened["state"]["values"]["b"]["a"]["selected_conversation"] == general


def test_home_is_published_again_under_the_same_id(bare, api):
    ana = bare.person("ana").id
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = api.views_publish(user_id=ana, view=home)["view"]
    second = api.views_publish(user_id=ana, view=home, hash=first["hash"])["view"]
    assert second["id"] == first["id"]
    assert refusal(api.views_publish, user_id=ana, view=home, hash=first["hash"])["error"] == "hash_conflict"
    assert refusal(api.views_publish, user_id="U404", view=home)["error"] == "user_not_found"


# -- messages


def test_where_the_app_is_not_it_may_post_only_with_the_scope_for_it(bare, api):
    channel = bare.team.channel_by_name("ml-platform").id
    assert api.chat_postMessage(channel=channel, text="x")["ok"]
    bare.set_scopes("chat:write")
    assert refusal(api.chat_postMessage, channel=channel, text="x")["error"] == "not_in_channel"
    bare.set_app_membership("#security-leads", is_in=False)
    private = bare.team.channel_by_name("security-leads").id
    assert refusal(api.chat_postMessage, channel=private, text="x")["error"] == "channel_not_found"


def test_messages_slack_would_not_take(api, triage):
    assert refusal(api.api_call, "chat.postMessage", json={"channel": triage, "text": ""})["error"] == "no_text"
    assert refusal(api.chat_postMessage, channel="C404", text="x")["error"] == "channel_not_found"
    answer = refusal(api.chat_postMessage, channel=triage, text="x", blocks=[{"type": "gallery"}])
    assert answer["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks/0/type]" in answer["response_metadata"]["messages"][0]
    bad = refusal(api.chat_postMessage, channel=triage, text="x", metadata={"event_type": "x"})
    assert bad["error"] == "invalid_metadata_format"
    posted = api.chat_postMessage(channel=triage, text="x")
    long = "x" * (limits.UPDATE_TEXT + 1)
    assert refusal(api.chat_update, channel=triage, ts=posted["ts"], text=long)["error"] == "msg_too_long"
    assert api.chat_update(channel=triage, ts=posted["ts"], text=long[1:])["ok"]


def test_only_its_own_messages_can_be_changed(bare, api, triage):
    bare.person("ana").types("#triage", "Mine")
    ts = bare.person("ana").sees("#triage", "Mine").ts
    assert refusal(api.chat_update, channel=triage, ts=ts, text="x")["error"] == "cant_update_message"
    assert refusal(api.chat_delete, channel=triage, ts=ts)["error"] == "cant_delete_message"
    assert refusal(api.chat_update, channel=triage, ts="1.0", text="x")["error"] == "message_not_found"


def test_an_update_with_text_alone_takes_the_blocks_away(api, triage):
    blocks = [{"type": "divider"}]
    posted = api.chat_postMessage(channel=triage, text="x", blocks=blocks)
    assert "blocks" in posted["message"]
    assert "blocks" not in api.chat_update(channel=triage, ts=posted["ts"], text="y")["message"]


def test_history_pages_from_the_newest_and_gives_metadata_only_when_asked(api, triage):
    metadata = {"event_type": "card", "event_payload": {"key": "ML-1"}}
    sent = [api.chat_postMessage(channel=triage, text=str(i), metadata=metadata)["ts"] for i in range(5)]
    first = api.conversations_history(channel=triage, limit=2)
    assert [each["text"] for each in first["messages"]] == ["4", "3"]
    assert first["has_more"]
    second = api.conversations_history(channel=triage, limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [each["text"] for each in second["messages"]] == ["2", "1"]
    assert "metadata" not in first["messages"][0]
    found = api.conversations_history(channel=triage, oldest=sent[1], latest=sent[3], include_all_metadata=True)
    assert [each["text"] for each in found["messages"]] == ["2"]
    assert found["messages"][0]["metadata"] == metadata
    inclusive = api.conversations_history(channel=triage, oldest=sent[1], latest=sent[3], inclusive=True)
    assert len(inclusive["messages"]) == 3


def test_replies_stand_in_the_thread_and_not_in_the_channel(api, triage):
    top = api.chat_postMessage(channel=triage, text="top")["ts"]
    reply = api.chat_postMessage(channel=triage, text="reply", thread_ts=top)["ts"]
    deeper = api.chat_postMessage(channel=triage, text="deeper", thread_ts=reply)
    assert deeper["message"]["thread_ts"] == top
    assert [each["text"] for each in api.conversations_history(channel=triage)["messages"]] == ["top"]
    assert [each["text"] for each in api.conversations_replies(channel=triage, ts=top)["messages"]] == [
        "top",
        "reply",
        "deeper",
    ]
    assert refusal(api.chat_postMessage, channel=triage, text="x", thread_ts="1.0")["error"] == "thread_not_found"
    assert f"thread_ts={top}" in api.chat_getPermalink(channel=triage, message_ts=reply)["permalink"]


def test_an_ephemeral_message_needs_somebody_in_the_channel(bare, api):
    platform = bare.team.channel_by_name("ml-platform").id
    ana, ben = bare.person("ana"), bare.person("ben")
    assert refusal(api.chat_postEphemeral, channel=platform, user=ana.id, text="x")["error"] == "user_not_in_channel"
    api.chat_postEphemeral(channel=platform, user=ben.id, text="psst")
    assert ben.sees_ephemeral("#ml-platform").words == "psst"
    assert (
        api.conversations_open(users=ben.id)["channel"]["id"]
        == api.chat_postMessage(channel=ben.id, text="hi")["channel"]
    )


def test_a_response_url_is_good_for_five_uses_and_thirty_minutes(bare, triage):
    ana = bare.person("ana")

    def made():
        key = bare.look(lambda: bare.hub.passes.response_url(bare.team.id, ana.id, triage))
        return WebhookClient(f"{bare.url}response/{key}")

    url = made()
    answers = [url.send(text=str(i)).status_code for i in range(limits.RESPONSE_URL_USES + 1)]
    assert answers == [200] * 5 + [404]
    url = made()
    bare.move_on(limits.RESPONSE_URL_SECONDS - 5)
    assert url.send(text="just in time").status_code == 200
    bare.move_on(6)
    answer = url.send(text="too late")
    assert (answer.status_code, answer.body) == (404, "expired_url")
    assert ana.sees_ephemeral("#triage", "just in time")
    assert made().send(text="all", response_type="in_channel").status_code == 200
    assert ana.sees("#triage", "all")


def test_a_file_is_uploaded_in_three_steps_and_can_be_fetched(bare, api, triage):
    api.files_upload_v2(channel=triage, filename="reports.csv", content="a,b\n1,2\n", initial_comment="The figures")
    said = bare.person("ana").sees("#triage", "reports.csv")
    assert "The figures" in said.words
    with urllib.request.urlopen(said.message.files[0]["url_private"]) as answer:  # noqa: S310 - our own address
        assert answer.read() == b"a,b\n1,2\n"


def test_people_groups_and_channels_can_be_looked_up(bare, api):
    ana = bare.person("ana").id
    user = api.users_info(user=ana, include_locale=True)["user"]
    assert (user["name"], user["tz"], user["locale"], user["is_admin"]) == ("ana", "Europe/Lisbon", "en-US", True)
    assert len(api.users_list()["members"]) == 4
    group = api.usergroups_list(include_users=True)["usergroups"][0]
    assert group["handle"] == "triagers"
    assert ana in api.usergroups_users_list(usergroup=group["id"])["users"]
    names = [each["name"] for each in api.conversations_list(types="public_channel,private_channel")["channels"]]
    assert names == ["triage", "general", "ml-platform", "security-leads"]
    assert [each["name"] for each in api.users_conversations()["channels"]] == ["triage", "general"]
    leads = bare.team.channel_by_name("security-leads").id
    assert ana in api.conversations_members(channel=leads)["members"]
    assert api.conversations_info(channel=leads)["channel"]["is_private"]
    assert api.bots_info(bot=api.auth_test()["bot_id"])["bot"]["name"] == "mlbug"
    assert api.team_info()["team"]["name"] == "Fernhill"


def test_reactions_are_counted_once(api, triage):
    ts = api.chat_postMessage(channel=triage, text="x")["ts"]
    api.reactions_add(channel=triage, timestamp=ts, name="eyes")
    assert refusal(api.reactions_add, channel=triage, timestamp=ts, name="eyes")["error"] == "already_reacted"
    assert api.conversations_history(channel=triage)["messages"][0]["reactions"][0]["name"] == "eyes"


def test_payloads_can_be_validated_without_being_shown(api):
    assert api.blocks_validate(view=json.dumps(view()))["ok"]
    answer = refusal(api.blocks_validate, blocks=json.dumps([{"type": "gallery"}]))
    assert answer["errors"][0]["pointer"] == "/blocks/0/type"


def test_problems_are_told_loudly_and_without_tokens(bare, api, trigger):
    refusal(api.views_open, trigger_id=trigger(), view=view("x" * 25))
    assert any("/title/text too_long" in each for each in bare.problems)
    assert bare.bot_token not in repr(bare.traffic)
