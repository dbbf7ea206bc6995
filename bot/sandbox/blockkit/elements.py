"""Block elements: buttons, inputs, selects, pickers; which block and which surface each may stand in.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.sandbox.blockkit import limits
from bot.sandbox.blockkit.objects import (
    CONFIRM,
    FILTER,
    IMAGE_SOURCE,
    ONE_IMAGE_SOURCE,
    OPTION_GROUPS,
    initial_among_options,
    option,
    options,
    plain,
)
from bot.sandbox.blockkit.rich_text import RICH_TEXT
from bot.sandbox.blockkit.shapes import (
    Check,
    Shape,
    Walk,
    anything,
    array,
    boolean,
    exactly_one_of,
    integer,
    is_object,
    one_of,
    string,
    url,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = frozenset({"message", "modal", "home"})
MODAL = frozenset({"modal"})
MESSAGE = frozenset({"message"})
_BUTTON_PLACES = frozenset({"section", "actions"})
_SELECT_PLACES = frozenset({"section", "actions", "input"})
_PICKER_PLACES = frozenset({"actions", "input"})
_INPUT = frozenset({"input"})


@dataclass(frozen=True)
class _Element:
    shape: Shape
    parents: frozenset[str]
    surfaces: frozenset[str] = ALL


def _date(walk: Walk, value: object, path: str) -> None:
    try:
        good = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) and bool(date.fromisoformat(value))
    except ValueError:
        good = False
    if not good:
        walk.error(path, "invalid_date", "must be YYYY-MM-DD", got=value)


def _time(walk: Walk, value: object, path: str) -> None:
    if not (isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value)):
        walk.error(path, "invalid_time", "must be HH:mm", got=value)


def _timestamp(walk: Walk, value: object, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or len(str(value)) != 10:
        walk.error(path, "invalid_timestamp", "must be a UNIX time of 10 digits", got=value)


def _numeral(walk: Walk, value: object, path: str) -> None:
    if not (isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)):
        walk.error(path, "not_a_number_string", "must be a number written as a string", got=value)


def _focus(walk: Walk, value: object, path: str) -> None:
    boolean(walk, value, path)
    if value is True:
        walk.focused.append(path)


def _style(walk: Walk, value: object, path: str) -> None:
    one_of("primary", "danger")(walk, value, path)
    if value == "primary":
        walk.primary.append(path)


def _in_order(low: str, high: str) -> Check:
    def check(walk: Walk, value: dict[str, Any], path: str) -> None:
        try:
            wrong = float(value.get(low, "-inf")) > float(value.get(high, "inf"))
        except (TypeError, ValueError):
            return
        if wrong:
            walk.error(path, "min_over_max", f"{low} is greater than {high}")

    return check


def _initial_value_fits(walk: Walk, value: dict[str, Any], path: str) -> None:
    most = value.get("max_length", limits.INPUT_LENGTH)
    if "initial_value" in value and isinstance(most, int):
        string(min(most, limits.INPUT_LENGTH), 0)(walk, value["initial_value"], f"{path}/initial_value")


def _within_max_selected(walk: Walk, value: dict[str, Any], path: str) -> None:
    most = value.get("max_selected_items")
    for name in ("initial_options", "initial_users", "initial_conversations", "initial_channels"):
        if isinstance(most, int) and isinstance(value.get(name), list) and len(value[name]) > most:
            walk.error(f"{path}/{name}", "too_many_items", f"no more than {most} items allowed", most, len(value[name]))


def _response_url_in_modal(walk: Walk, value: dict[str, Any], path: str) -> None:
    if value.get("response_url_enabled") and walk.surface != "modal":
        walk.error(f"{path}/response_url_enabled", "modal_only", "only valid in modals")


def _only_trash(walk: Walk, value: object, path: str) -> None:
    if value != "trash":
        walk.warn(path, "icon_unconfirmed", "only 'trash' is documented")


_ID: Mapping[str, Check] = {"action_id": anything}  # checked for every element, in element()
_CHOICE: Mapping[str, Check] = {**_ID, "confirm": CONFIRM, "focus_on_load": _focus}
_SELECT: Mapping[str, Check] = {**_CHOICE, "placeholder": plain(limits.PLACEHOLDER)}
_MULTI: Mapping[str, Check] = {**_SELECT, "max_selected_items": integer(1)}
_DISPATCH = Shape({}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1)})
_TEXTUAL: Mapping[str, Check] = {
    **_ID,
    "focus_on_load": _focus,
    "placeholder": plain(limits.PLACEHOLDER),
    "dispatch_action_config": _DISPATCH,
}
_STATIC: Mapping[str, Check] = {"options": options(limits.SELECT_OPTIONS), "option_groups": OPTION_GROUPS}
_ONE_LIST = exactly_one_of("options", "option_groups")
_LABEL: Mapping[str, Check] = {"accessibility_label": string(limits.ACCESSIBILITY_LABEL)}
_CONVERSATION: Mapping[str, Check] = {"default_to_current_conversation": boolean, "filter": FILTER}
_FEEDBACK = Shape({"text": plain(limits.BUTTON_TEXT), "value": string(limits.BUTTON_VALUE)}, _LABEL)

ELEMENTS: Mapping[str, _Element] = {
    "button": _Element(
        Shape(
            {"text": plain(limits.BUTTON_TEXT)},
            {
                **_ID,
                **_LABEL,
                "url": url(),
                "value": string(limits.BUTTON_VALUE, 0),
                "style": _style,
                "confirm": CONFIRM,
                "agent_prompt": string(limits.AGENT_PROMPT),
                "agent_prompt_display": string(),
                "visible_to_user_ids": array(string()),
            },
        ),
        _BUTTON_PLACES | {"card", "data_table"},
    ),
    "checkboxes": _Element(
        Shape(
            {"options": options(limits.CHECKBOX_OPTIONS, mrkdwn=True)},
            {**_CHOICE, "initial_options": array(anything, 1)},
            (initial_among_options("initial_options"),),
        ),
        _SELECT_PLACES,
    ),
    "radio_buttons": _Element(
        Shape(
            {"options": options(limits.RADIO_OPTIONS, mrkdwn=True)},
            {**_CHOICE, "initial_option": anything},
            (initial_among_options("initial_option"),),
        ),
        _SELECT_PLACES,
    ),
    "overflow": _Element(
        Shape({"options": options(limits.OVERFLOW_OPTIONS, link=True)}, {**_ID, "confirm": CONFIRM}), _BUTTON_PLACES
    ),
    "plain_text_input": _Element(
        Shape(
            {},
            {
                **_TEXTUAL,
                "initial_value": anything,
                "multiline": boolean,
                "min_length": integer(0, limits.INPUT_LENGTH),
                "max_length": integer(1, limits.INPUT_LENGTH),
            },
            (_in_order("min_length", "max_length"), _initial_value_fits),
        ),
        _INPUT,
    ),
    "number_input": _Element(
        Shape(
            {"is_decimal_allowed": boolean},
            {**_TEXTUAL, "initial_value": _numeral, "min_value": _numeral, "max_value": _numeral},
            (_in_order("min_value", "max_value"),),
        ),
        _INPUT,
        MODAL,
    ),
    "email_text_input": _Element(Shape({}, {**_TEXTUAL, "initial_value": string()}), _INPUT, MODAL),
    "url_text_input": _Element(Shape({}, {**_TEXTUAL, "initial_value": string()}), _INPUT, MODAL),
    "file_input": _Element(
        Shape({}, {**_ID, "filetypes": array(string(), 1), "max_files": integer(1, limits.FILES)}), _INPUT, MODAL
    ),
    "rich_text_input": _Element(
        Shape(
            {"action_id": anything},
            {
                **_TEXTUAL,
                "initial_value": RICH_TEXT,
                "min_lines": integer(1, limits.RICH_INPUT_LINES),
                "max_lines": integer(1, limits.RICH_INPUT_LINES),
            },
        ),
        _PICKER_PLACES,
        frozenset({"modal", "home"}),
    ),
    "static_select": _Element(
        Shape(
            {}, {**_SELECT, **_STATIC, "initial_option": anything}, (_ONE_LIST, initial_among_options("initial_option"))
        ),
        _SELECT_PLACES,
    ),
    "multi_static_select": _Element(
        Shape(
            {},
            {**_MULTI, **_STATIC, "initial_options": array(anything, 1)},
            (_ONE_LIST, initial_among_options("initial_options"), _within_max_selected),
        ),
        _SELECT_PLACES,
    ),
    "external_select": _Element(
        Shape({}, {**_SELECT, "initial_option": option(), "min_query_length": integer(0)}), _SELECT_PLACES
    ),
    "multi_external_select": _Element(
        Shape(
            {}, {**_MULTI, "initial_options": options(None), "min_query_length": integer(0)}, (_within_max_selected,)
        ),
        _SELECT_PLACES,
    ),
    "users_select": _Element(Shape({}, {**_SELECT, "initial_user": string()}), _SELECT_PLACES),
    "multi_users_select": _Element(
        Shape({}, {**_MULTI, "initial_users": array(string(), 1)}, (_within_max_selected,)), _SELECT_PLACES
    ),
    "channels_select": _Element(
        Shape({}, {**_SELECT, "initial_channel": string(), "response_url_enabled": boolean}, (_response_url_in_modal,)),
        _SELECT_PLACES,
    ),
    "multi_channels_select": _Element(
        Shape({}, {**_MULTI, "initial_channels": array(string(), 1)}, (_within_max_selected,)), _SELECT_PLACES
    ),
    "conversations_select": _Element(
        Shape(
            {},
            {**_SELECT, **_CONVERSATION, "initial_conversation": string(), "response_url_enabled": boolean},
            (_response_url_in_modal,),
        ),
        _SELECT_PLACES,
    ),
    "multi_conversations_select": _Element(
        Shape({}, {**_MULTI, **_CONVERSATION, "initial_conversations": array(string(), 1)}, (_within_max_selected,)),
        _SELECT_PLACES,
    ),
    "datepicker": _Element(Shape({}, {**_SELECT, "initial_date": _date}), _SELECT_PLACES),
    "timepicker": _Element(Shape({}, {**_SELECT, "initial_time": _time, "timezone": string()}), _SELECT_PLACES),
    "datetimepicker": _Element(
        Shape({}, {**_CHOICE, "initial_date_time": _timestamp}), _PICKER_PLACES, frozenset({"message", "modal"})
    ),
    "workflow_button": _Element(
        Shape(
            {"text": plain(limits.BUTTON_TEXT), "workflow": anything, "action_id": anything},
            {**_LABEL, "style": _style},
        ),
        _BUTTON_PLACES,
        MESSAGE,
    ),
    "icon_button": _Element(
        Shape(
            {"icon": _only_trash, "text": plain(limits.BUTTON_TEXT)},
            {
                **_ID,
                **_LABEL,
                "value": string(limits.BUTTON_VALUE, 0),
                "confirm": CONFIRM,
                "visible_to_user_ids": array(string()),
            },
        ),
        frozenset({"context_actions"}),
        MESSAGE,
    ),
    "feedback_buttons": _Element(
        Shape({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, _ID),
        frozenset({"context_actions"}),
        MESSAGE,
    ),
    "image": _Element(
        Shape({"alt_text": string(limits.ALT_TEXT)}, IMAGE_SOURCE, (ONE_IMAGE_SOURCE,)),
        frozenset({"section", "context", "card", "container"}),
    ),
}


def element(parent: str) -> Check:
    """Describe an element that stands in a block of the given type."""

    def check(walk: Walk, value: Any, path: str) -> None:
        if not is_object(walk, value, path):
            return
        kind = value.get("type")
        known = ELEMENTS.get(kind) if isinstance(kind, str) else None
        if known is None:
            walk.error(f"{path}/type", "unsupported_element", f"unsupported type: {kind}")
            return
        if parent not in known.parents:
            walk.error(f"{path}/type", "element_not_allowed_here", f"{kind} is not allowed in {parent}")
        if walk.surface not in known.surfaces:
            walk.error(f"{path}/type", "element_not_on_surface", f"{kind} is not allowed in a {walk.surface}")
        known.shape.plus(type=anything)(walk, value, path)
        if kind != "image":
            _action_id(walk, value.get("action_id"), path)

    return check


def _action_id(walk: Walk, value: object, path: str) -> None:
    if value is None:
        walk.warn(path, "no_action_id", "without action_id the interaction cannot be told apart")
        return
    path = f"{path}/action_id"
    string(limits.ACTION_ID)(walk, value, path)
    if isinstance(value, str) and value in walk.action_ids:
        walk.error(path, "duplicate_action_id", f"already used at {walk.action_ids[value]}")
    elif isinstance(value, str):
        walk.action_ids[value] = path
