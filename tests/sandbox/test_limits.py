"""Every limit: what is exactly at it passes, what is one above is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from block_builders import (
    accessory,
    actions,
    answer_of,
    bars,
    blocks,
    button,
    card,
    confirm,
    container,
    context,
    data_table,
    divider,
    form,
    groups,
    home,
    icon_image,
    modal,
    option,
    options,
    pie,
    plain,
    plan,
    rows,
    section,
    table,
    thumbs,
    view_of,
)

from bot.sandbox.blockkit import check_ack, check_blocks, check_message, check_options, check_view, errors, limits

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
