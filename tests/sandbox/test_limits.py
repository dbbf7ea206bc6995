"""Every limit: what is exactly at it passes, what is one above is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.sandbox.blockkit import (
    check_ack,
    check_blocks,
    check_message,
    check_options,
    check_view,
    errors,
    limits,
)


def plain(n):
    return {"type": "plain_text", "text": "x" * n}


def option(text=1, value="v", **more):
    return {"text": plain(text), "value": value, **more}


def options(n):
    return [option(value=str(i)) for i in range(n)]


def section(n=1, **more):
    return {"type": "section", "text": plain(n), **more}


def divider(**more):
    return {"type": "divider", **more}


def modal(blocks=None, **more):
    return {"type": "modal", "callback_id": "c", "title": plain(1), "blocks": blocks or [section()], **more}


def home(blocks):
    return {"type": "home", "blocks": blocks}


def field(element, **more):
    element = {"action_id": "a", **element}
    return {"type": "input", "label": plain(1), "element": element, **more}


def form(element, **more):
    return check_view(modal([field(element, **more)], submit=plain(1)))


def accessory(element):
    return check_blocks([section(accessory={"action_id": "a", **element})])


def actions(*elements):
    return check_blocks([{"type": "actions", "elements": list(elements)}])


def button(n=1, **more):
    return {"type": "button", "action_id": "a", "text": plain(n), **more}


def confirm(**lengths):
    parts = {"title": 1, "text": 1, "confirm": 1, "deny": 1} | lengths
    return accessory(button(confirm={name: plain(n) for name, n in parts.items()}))


def blocks(*items):
    return check_blocks(list(items))


def rows(n, columns=1, text="x"):
    return [[{"type": "raw_text", "text": text}] * columns for _ in range(n)]


def table(rows_):
    return {"type": "table", "rows": rows_}


def data_table(rows_, **more):
    return {"type": "data_table", "caption": "c", "rows": rows_, **more}


def pie(n=1, **more):
    segments = [{"label": f"s{i}", "value": 1} for i in range(n)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": segments}, **more}


def bars(series=1, points=1, name="n", category="c", **axis):
    categories = [f"{category}{i}"[-max(len(category), 2) :] for i in range(points)]
    data = [{"label": each, "value": 1} for each in categories]
    chart = {
        "type": "bar",
        "series": [{"name": name if series == 1 else f"n{i}", "data": data} for i in range(series)],
        "axis_config": {"categories": categories, **axis},
    }
    return {"type": "data_visualization", "title": "t", "chart": chart}


def card(**more):
    return {"type": "card", "title": plain(1), **more}


def container(**more):
    return {"type": "container", "title": plain(1), "child_blocks": [section()], **more}


def context(*elements):
    return {"type": "context", "elements": list(elements)}


def thumbs(i):
    each = {"text": plain(1), "value": "v"}
    return {"type": "feedback_buttons", "action_id": f"a{i}", "positive_button": each, "negative_button": each}


def plan(n):
    return {"type": "plan", "title": "t", "tasks": [{"task_id": str(i), "title": "t"} for i in range(n)]}


def icon_image(n):
    return {"type": "image", "image_url": "https://e.example/i.png", "alt_text": "x" * n}


def groups(n, each=1):
    made = [{"label": plain(1), "options": [option(value=f"{g}-{i}") for i in range(each)]} for g in range(n)]
    return {"type": "static_select", "option_groups": made}


def view_of(size):
    """A view of exactly so many bytes; no single text is too long."""
    made = modal([section(2990) for _ in range(80)], private_metadata="")
    missing = size - len(json.dumps(made, separators=(",", ":")))
    for each in made["blocks"]:
        take = min(10, missing)
        each["text"]["text"] += "x" * take
        missing -= take
    fill = made["blocks"] + [section() for _ in range(20)]
    made["blocks"] = fill
    missing = size - len(json.dumps(made, separators=(",", ":")))
    for each in fill[80:]:
        take = min(2990, missing)
        each["text"]["text"] += "x" * take
        missing -= take
    assert missing == 0
    return made


def answer_of(size):
    made = {"response_action": "update", "view": modal([section(2000) for _ in range(9)])}
    missing = size - len(json.dumps(made, separators=(",", ":")))
    for each in made["view"]["blocks"]:
        take = min(900, missing)
        each["text"]["text"] += "x" * take
        missing -= take
    assert missing == 0
    return made


BIG = "x" * 500
CASES = {
    "blocks in a message": (limits.MESSAGE_BLOCKS, lambda n: check_blocks([divider()] * n)),
    "blocks in a modal": (limits.VIEW_BLOCKS, lambda n: check_view(modal([divider()] * n))),
    "blocks in Home": (limits.VIEW_BLOCKS, lambda n: check_view(home([divider()] * n))),
    "bytes of a view": (limits.VIEW_BYTES, lambda n: check_view(view_of(n))),
    "title of a modal": (limits.VIEW_TITLE, lambda n: check_view(modal(title=plain(n)))),
    "submit of a modal": (limits.VIEW_TITLE, lambda n: check_view(modal(submit=plain(n)))),
    "close of a modal": (limits.VIEW_TITLE, lambda n: check_view(modal(close=plain(n)))),
    "private_metadata": (limits.PRIVATE_METADATA, lambda n: check_view(modal(private_metadata="x" * n))),
    "callback_id": (limits.CALLBACK_ID, lambda n: check_view(modal(callback_id="x" * n))),
    "external_id": (limits.EXTERNAL_ID, lambda n: check_view(modal(external_id="x" * n))),
    "block_id": (limits.BLOCK_ID, lambda n: blocks(divider(block_id="x" * n))),
    "action_id": (limits.ACTION_ID, lambda n: actions(button(action_id="x" * n))),
    "text of a message": (limits.TEXT_CUT, lambda n: check_message({"text": "x" * n})),
    "attachments": (limits.ATTACHMENTS, lambda n: check_message({"text": "x", "attachments": [{}] * n})),
    "text of a section": (limits.SECTION_TEXT, lambda n: blocks(section(n))),
    "fields of a section": (limits.SECTION_FIELDS, lambda n: blocks({"type": "section", "fields": [plain(1)] * n})),
    "a field of a section": (limits.SECTION_FIELD, lambda n: blocks({"type": "section", "fields": [plain(n)]})),
    "header": (limits.HEADER, lambda n: blocks({"type": "header", "text": plain(n)})),
    "level of a header": (4, lambda n: blocks({"type": "header", "text": plain(1), "level": n})),
    "elements of context": (limits.CONTEXT_ELEMENTS, lambda n: blocks(context(*[plain(1)] * n))),
    "elements of actions": (
        limits.ACTIONS_ELEMENTS,
        lambda n: actions(*[button(action_id=str(i)) for i in range(n)]),
    ),
    "context_actions": (
        limits.CONTEXT_ACTIONS,
        lambda n: blocks({"type": "context_actions", "elements": [thumbs(i) for i in range(n)]}),
    ),
    "label of an input": (
        limits.INPUT_LABEL,
        lambda n: form({"type": "plain_text_input"}, label=plain(n)),
    ),
    "hint of an input": (limits.INPUT_HINT, lambda n: form({"type": "plain_text_input"}, hint=plain(n))),
    "max_length": (limits.INPUT_LENGTH, lambda n: form({"type": "plain_text_input", "max_length": n})),
    "min_length": (limits.INPUT_LENGTH, lambda n: form({"type": "plain_text_input", "min_length": n})),
    "initial_value": (limits.INPUT_LENGTH, lambda n: form({"type": "plain_text_input", "initial_value": "x" * n})),
    "initial_value against max_length": (
        10,
        lambda n: form({"type": "plain_text_input", "max_length": 10, "initial_value": "x" * n}),
    ),
    "placeholder": (
        limits.PLACEHOLDER,
        lambda n: form({"type": "plain_text_input", "placeholder": plain(n)}),
    ),
    "files": (limits.FILES, lambda n: form({"type": "file_input", "max_files": n})),
    "lines of a rich text input": (
        limits.RICH_INPUT_LINES,
        lambda n: form({"type": "rich_text_input", "max_lines": n}),
    ),
    "image alt text": (limits.ALT_TEXT, lambda n: blocks(context(icon_image(n)))),
    "image title": (
        limits.IMAGE_TITLE,
        lambda n: blocks({**icon_image(1), "title": plain(n)}),
    ),
    "url": (
        limits.URL,
        lambda n: blocks({"type": "image", "alt_text": "x", "image_url": "https://e/" + "x" * (n - 10)}),
    ),
    "text of a button": (limits.BUTTON_TEXT, lambda n: actions(button(n))),
    "value of a button": (limits.BUTTON_VALUE, lambda n: actions(button(value="x" * n))),
    "accessibility label": (
        limits.ACCESSIBILITY_LABEL,
        lambda n: actions(button(accessibility_label="x" * n)),
    ),
    "agent prompt": (limits.AGENT_PROMPT, lambda n: actions(button(agent_prompt="x" * n))),
    "confirm title": (limits.CONFIRM_TITLE, lambda n: confirm(title=n)),
    "confirm text": (limits.CONFIRM_TEXT, lambda n: confirm(text=n)),
    "confirm button": (limits.CONFIRM_BUTTON, lambda n: confirm(confirm=n)),
    "deny button": (limits.CONFIRM_BUTTON, lambda n: confirm(deny=n)),
    "text of an option": (
        limits.OPTION_TEXT,
        lambda n: accessory({"type": "static_select", "options": [option(n)]}),
    ),
    "value of an option": (
        limits.OPTION_VALUE,
        lambda n: accessory({"type": "static_select", "options": [option(value="x" * n)]}),
    ),
    "description of an option": (
        limits.OPTION_DESCRIPTION,
        lambda n: accessory({"type": "radio_buttons", "options": [option(description=plain(n))]}),
    ),
    "options of a select": (
        limits.SELECT_OPTIONS,
        lambda n: accessory({"type": "static_select", "options": options(n)}),
    ),
    "groups of a select": (limits.OPTION_GROUPS, lambda n: accessory(groups(n))),
    "options of a group": (limits.SELECT_OPTIONS, lambda n: accessory(groups(1, n))),
    "label of a group": (
        limits.OPTION_GROUP_LABEL,
        lambda n: accessory({"type": "static_select", "option_groups": [{"label": plain(n), "options": options(1)}]}),
    ),
    "checkboxes": (
        limits.CHECKBOX_OPTIONS,
        lambda n: accessory({"type": "checkboxes", "options": options(n)}),
    ),
    "radio buttons": (
        limits.RADIO_OPTIONS,
        lambda n: accessory({"type": "radio_buttons", "options": options(n)}),
    ),
    "overflow": (
        limits.OVERFLOW_OPTIONS,
        lambda n: accessory({"type": "overflow", "options": options(n)}),
    ),
    "initial options against max_selected_items": (
        2,
        lambda n: accessory(
            {
                "type": "multi_static_select",
                "options": options(5),
                "max_selected_items": 2,
                "initial_options": options(n),
            }
        ),
    ),
    "options of an answer": (limits.SELECT_OPTIONS, lambda n: check_options({"options": options(n)})),
    "markdown": (limits.MARKDOWN, lambda n: blocks({"type": "markdown", "text": "x" * n})),
    "markdown together": (
        limits.MARKDOWN,
        lambda n: blocks({"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * (n - 6000)}),
    ),
    "alert": (limits.ALERT, lambda n: check_view(modal([{"type": "alert", "text": plain(n)}]))),
    "title of a card": (limits.CARD_TITLE, lambda n: blocks(card(title=plain(n)))),
    "subtitle of a card": (limits.CARD_TITLE, lambda n: blocks(card(subtitle=plain(n)))),
    "body of a card": (limits.CARD_BODY, lambda n: blocks(card(body=plain(n)))),
    "subtext of a card": (limits.CARD_BODY, lambda n: blocks(card(subtext=plain(n)))),
    "buttons of a card": (
        limits.CARD_ACTIONS,
        lambda n: blocks(card(actions=[button(action_id=str(i)) for i in range(n)])),
    ),
    "cards of a carousel": (
        limits.CAROUSEL_CARDS,
        lambda n: blocks({"type": "carousel", "elements": [card()] * n}),
    ),
    "children of a container": (
        limits.CONTAINER_CHILDREN,
        lambda n: blocks(container(child_blocks=[section()] * n)),
    ),
    "title of a container": (limits.CONTAINER_TITLE, lambda n: blocks(container(title=plain(n)))),
    "tables": (limits.TABLES, lambda n: check_blocks([table(rows(1))] * n)),
    "rows of a table": (limits.TABLE_ROWS, lambda n: blocks(table(rows(n)))),
    "columns of a table": (limits.TABLE_COLUMNS, lambda n: blocks(table(rows(1, n)))),
    "characters of a table": (
        limits.TABLE_CHARACTERS,
        lambda n: blocks(table([*rows(19, text=BIG), *rows(1, text="x" * (n - 9500))])),
    ),
    "rows of a data table": (limits.DATA_TABLE_ROWS, lambda n: blocks(data_table(rows(n)))),
    "columns of a data table": (limits.TABLE_COLUMNS, lambda n: blocks(data_table(rows(2, n)))),
    "characters of data tables together": (
        limits.DATA_TABLE_CHARACTERS,
        lambda n: blocks(
            data_table(rows(20, text=BIG)), data_table([*rows(19, text=BIG), *rows(1, text="x" * (n - 19500))])
        ),
    ),
    "page of a data table": (limits.DATA_TABLE_PAGE, lambda n: blocks(data_table(rows(2), page_size=n))),
    "row header column": (1, lambda n: blocks(data_table(rows(2, 2), row_header_column_index=n))),
    "charts": (limits.CHARTS, lambda n: check_blocks([pie()] * n)),
    "title of a chart": (limits.CHART_TITLE, lambda n: blocks(pie(title="x" * n))),
    "segments of a pie": (limits.CHART_SERIES, lambda n: blocks(pie(n))),
    "series of a chart": (limits.CHART_SERIES, lambda n: blocks(bars(series=n))),
    "points of a series": (limits.CHART_POINTS, lambda n: blocks(bars(points=n))),
    "name of a series": (limits.CHART_LABEL, lambda n: blocks(bars(name="x" * n))),
    "label of a category": (limits.CHART_LABEL, lambda n: blocks(bars(category="x" * n))),
    "label of an axis": (limits.AXIS_LABEL, lambda n: blocks(bars(x_label="x" * n))),
    "tasks of a plan": (limits.TASKS, lambda n: blocks(plan(n))),
    "title of a task": (
        limits.TASK_TEXT,
        lambda n: blocks({"type": "task_card", "task_id": "1", "title": "x" * n}),
    ),
    "title of a video": (
        limits.VIDEO_TITLE,
        lambda n: blocks(
            {
                "type": "video",
                "alt_text": "a",
                "title": plain(n),
                "thumbnail_url": "https://e/t",
                "video_url": "https://e/v",
            }
        ),
    ),
    "author of a video": (
        limits.VIDEO_AUTHOR,
        lambda n: blocks(
            {
                "type": "video",
                "alt_text": "a",
                "title": plain(1),
                "author_name": "x" * n,
                "thumbnail_url": "https://e/t",
                "video_url": "https://e/v",
            }
        ),
    ),
    "bytes of an answer over a socket": (
        limits.SOCKET_ANSWER_BYTES - 1,
        lambda n: check_ack(answer_of(n)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_exactly_at_the_limit_passes(name):
    limit, check = CASES[name]
    assert errors(check(limit)) == []


@pytest.mark.parametrize("name", CASES)
def test_one_above_the_limit_is_refused(name):
    limit, check = CASES[name]
    assert errors(check(limit + 1))


def test_every_number_of_the_page_of_limits_is_tried():
    elsewhere = {  # behaviour in time, tried in test_web_api.py
        "VIEW_STACK",
        "TRIGGER_SECONDS",
        "ACK_SECONDS",
        "RESPONSE_URL_USES",
        "RESPONSE_URL_SECONDS",
        "UPDATE_TEXT",
        "TEXT_ADVISED",
        "ATTACHMENTS_ADVISED",
        "TEXT_OBJECT",
    }
    source = Path(__file__).read_text()
    names = {name for name in vars(limits) if name.isupper()}
    assert {name for name in names if f"limits.{name}" not in source} == elsewhere


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
