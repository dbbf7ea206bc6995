"""Blocks, views and answers that Slack refuses are refused, with its pointers."""

from __future__ import annotations

import pytest
from block_builders import (
    bars,
    button,
    card,
    container,
    data_table,
    divider,
    field,
    home,
    icon_image,
    modal,
    option,
    options,
    pie,
    plain,
    rows,
    section,
)

from bot.sandbox.blockkit import check_ack, check_blocks, check_message, check_view, errors


def bullets(*items):
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": list(items)}],
    }


def chosen(value):
    select = {"type": "static_select", "action_id": "a", "options": options(1), "initial_option": option(value=value)}
    return section(accessory=select)


@pytest.mark.parametrize(
    ("payload", "code", "path"),
    [
        (modal([field({"type": "plain_text_input"})]), "submit_required", "/submit"),
        (modal([divider(block_id="a"), divider(block_id="a")]), "duplicate_block_id", "/blocks/1/block_id"),
        (modal([divider(colour="red")]), "unknown_field", "/blocks/0/colour"),
        (modal([{"type": "markdown", "text": "x"}]), "block_not_on_surface", "/blocks/0/type"),
        (modal([{"type": "gallery"}]), "unsupported_block", "/blocks/0/type"),
        (modal(id="V1"), "unknown_field", "/id"),
        (modal(title={"type": "mrkdwn", "text": "x"}), "plain_text_only", "/title/type"),
        (
            home([field({"type": "email_text_input"}, dispatch_action=True)]),
            "element_not_on_surface",
            "/blocks/0/element/type",
        ),
        (home([divider()]) | {"title": plain(1)}, "unknown_field", "/title"),
    ],
)
def test_what_slack_refuses_is_refused_with_a_pointer(payload, code, path):
    found = errors(check_view(payload))
    assert (found[0].code, found[0].path) == (code, path)


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (section(text={"type": "mrkdwn", "text": ""}), "too_short"),
        ({"type": "section"}, "missing_field"),
        ({"type": "alert", "text": plain(1)}, "block_not_on_surface"),
        (container(child_blocks=[card()]), "block_not_allowed_here"),
        (container(child_blocks=[]), "too_few_items"),
        (card(slack_icon={"type": "icon", "name": "bug"}, icon=icon_image(1)), "icon_xor_slack_icon"),
        (card(slack_icon={"type": "icon", "name": "unicorn"}), "invalid_enum"),
        (data_table([*rows(1, 2), *rows(1, 1)]), "ragged_row"),
        (data_table([[{"type": "rich_text", "elements": []}], *rows(1)]), "unsupported_cell"),
        (pie(0), "too_few_items"),
        ({**pie(), "chart": {"type": "pie", "segments": [{"label": "a", "value": 0}]}}, "out_of_range"),
        ({**pie(), "chart": {"type": "donut"}}, "invalid_enum"),
        ({**bars(), "chart": {**bars()["chart"], "axis_config": {"categories": ["other"]}}}, "labels_mismatch"),
        ({"type": "task_card", "task_id": "1", "title": "t", "status": "pending"}, "invalid_enum"),
        (
            {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text", "text": "x"}]}
                ],
            },
            "unsupported_rich_text",
        ),
        ({"type": "actions", "elements": [button(), button()]}, "duplicate_action_id"),
        ({"type": "actions", "elements": [button(style="loud")]}, "invalid_enum"),
        ({"type": "actions", "elements": [{"type": "plain_text_input", "action_id": "a"}]}, "element_not_allowed_here"),
        (
            section(
                accessory={
                    "type": "static_select",
                    "action_id": "a",
                    "options": options(1),
                    "initial_option": option(value="other"),
                }
            ),
            "initial_not_in_options",
        ),
        (section(accessory={"type": "static_select", "action_id": "a"}), "exactly_one"),
        (section(accessory={"type": "datepicker", "action_id": "a", "initial_date": "2026-02-30"}), "invalid_date"),
        (section(accessory={"type": "timepicker", "action_id": "a", "initial_time": "24:00"}), "invalid_time"),
        (section(accessory={"type": "conversations_select", "action_id": "a", "filter": {}}), "empty_filter"),
        (
            section(accessory={"type": "conversations_select", "action_id": "a", "response_url_enabled": True}),
            "modal_only",
        ),
    ],
)
def test_blocks_that_slack_refuses(block, code):
    assert code in [each.code for each in errors(check_blocks([block]))]


def test_field_errors_must_name_input_blocks_of_the_view():
    view = modal([field({"type": "plain_text_input"}, block_id="title")], submit=plain(1))
    assert errors(check_ack({"response_action": "errors", "errors": {"title": "No"}}, view)) == []
    assert errors(check_ack({"response_action": "errors", "errors": {"titel": "No"}}, view))
    assert errors(check_ack({"response_action": "errors", "errors": {}}, view))
    assert errors(check_ack({"response_action": "open"}, view))


def test_people_s_words_put_into_mrkdwn_unescaped_are_warned_of():
    message = {"text": "a <!channel> & <b>", "blocks": [section()]}
    assert {each.code for each in check_message(message)} >= {
        "broadcast_mention",
        "unescaped_angle",
        "unescaped_ampersand",
    }
    clean = {"text": "a &lt;!channel&gt; &amp; <@U123|x> <https://e.example|y>"}
    assert check_message(clean) == []
