"""Inputs of a view: which there are, what they hold at first, what the client refuses before it sends anything.

https://docs.slack.dev/reference/views and https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.sandbox.ids import Ids

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]

# Element type: the field of the state, the field that prefills it, what it holds when empty.
STATEFUL: Mapping[str, tuple[str, str, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "rich_text_input": ("rich_text_value", "initial_value", None),
    "file_input": ("files", "", []),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "checkboxes": ("selected_options", "initial_options", []),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "users_select": ("selected_user", "initial_user", None),
    "multi_users_select": ("selected_users", "initial_users", []),
    "channels_select": ("selected_channel", "initial_channel", None),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
}
TEXTUAL = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
REQUIRED = "Please complete this required field."


_IN_LIST = {"actions": "elements", "context_actions": "elements", "card": "actions"}
_IN_ONE = {"input": "element", "section": "accessory"}
_NESTED = {"container": "child_blocks", "carousel": "elements"}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Give every interactive element with the block it stands in, in order of the screen."""
    for block in blocks:
        kind = block.get("type", "")
        if kind in _IN_ONE and _IN_ONE[kind] in block:
            yield block, block[_IN_ONE[kind]]
        elif kind in _IN_LIST:
            yield from ((block, element) for element in block.get(_IN_LIST[kind], []))
        elif kind in _NESTED:
            yield from elements(block[_NESTED[kind]])
        elif kind == "data_table":
            cells = (cell for row in block["rows"] for cell in row)
            yield from ((block, cell["element"]) for cell in cells if cell["type"] == "action_cell")


def complete(blocks: list[Json], ids: Ids) -> list[Json]:
    """Copy blocks as Slack stores them: with ids where none were given, and the defaults written out."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        _give_ids(block, ids)
    for _, element in elements(blocks):
        if element.get("type") != "image":
            element.setdefault("action_id", ids.short())
    _write_defaults(blocks)
    return blocks


def _give_ids(block: Json, ids: Ids) -> None:
    block.setdefault("block_id", ids.short())
    for child in block.get(_NESTED.get(block["type"], ""), []):
        _give_ids(child, ids)


def _write_defaults(value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _write_defaults(each)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        elif value.get("type") == "input":
            value.setdefault("optional", False)
            value.setdefault("dispatch_action", False)
        for each in value.values():
            _write_defaults(each)


def initial(element: Json, now_in: str | None = None) -> Json | None:
    """Give what an element holds before anybody touches it, or None where it holds nothing (a button)."""
    kind = element["type"]
    if kind not in STATEFUL:
        return None
    name, prefill, empty = STATEFUL[kind]
    value = element.get(prefill, empty) if prefill else empty
    if value is None and element.get("default_to_current_conversation") and now_in:
        value = now_in
    return {"type": kind, name: copy.deepcopy(value)}


def start_values(blocks: list[Json], old: Values | None = None, now_in: str | None = None) -> Values:
    """Give the state of fresh blocks; what was typed in `old` stays where block id, action id and type are equal."""
    values: Values = {}
    for block, element in elements(blocks):
        entry = initial(element, now_in)
        if entry is None:
            continue
        kept = (old or {}).get(block["block_id"], {}).get(element["action_id"])
        if kept is not None and kept["type"] == entry["type"] and _still_offered(element, kept):
            entry = kept
        values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def _still_offered(element: Json, entry: Json) -> bool:
    if "options" not in element and "option_groups" not in element:
        return True
    offered = {option["value"] for option in options_of(element)}
    chosen = entry.get("selected_options") or [entry.get("selected_option")]
    return all(option is None or option["value"] in offered for option in chosen)


def options_of(element: Json) -> list[Json]:
    """Give the options of an element, those in groups too."""
    return [
        *element.get("options", []),
        *(option for group in element.get("option_groups", []) for option in group["options"]),
    ]


def refusals(blocks: list[Json], values: Values) -> dict[str, str]:
    """Say by block id what the client refuses to submit: missing, too short, too long, not a number, no address."""
    found: dict[str, str] = {}
    for block, element in elements(blocks):
        if block["type"] != "input":
            continue
        entry = values.get(block["block_id"], {}).get(element["action_id"], {})
        value = entry.get(STATEFUL[element["type"]][0])
        refusal = "" if block.get("optional") else _missing(value)
        refusal = refusal or (_text_refusal(element, value) if isinstance(value, str) and value else "")
        if refusal:
            found[block["block_id"]] = refusal
    return found


def _missing(value: Any) -> str:
    return REQUIRED if value in (None, "", []) else ""


def _text_refusal(element: Json, value: str) -> str:
    kind = element["type"]
    if kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if len(value) < least:
            return f"Please enter at least {least} characters."
        return f"Please enter no more than {most} characters." if len(value) > most else ""
    if kind == "number_input":
        return _number_refusal(element, value)
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not re.fullmatch(r"https?://[^\s/.]+(\.[^\s/.]+)*(:\d+)?(/\S*)?", value):
        return "Please enter a valid URL."
    return ""


def _number_refusal(element: Json, value: str) -> str:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Please enter a number." if element.get("is_decimal_allowed") else "Please enter a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(value) < float(least):
        return f"Please enter a number of at least {least}."
    if most is not None and float(value) > float(most):
        return f"Please enter a number of at most {most}."
    return ""
