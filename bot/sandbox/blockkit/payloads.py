"""Whole payloads: views, messages, answers to a submission, answers to a type-ahead."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.sandbox.blockkit import limits
from bot.sandbox.blockkit.blocks import block
from bot.sandbox.blockkit.objects import OPTION_GROUPS, advise_mrkdwn, options, plain
from bot.sandbox.blockkit.problems import Problem
from bot.sandbox.blockkit.shapes import Check, Shape, Surface, Walk, anything, array, boolean, exactly_one_of, string

if TYPE_CHECKING:
    from collections.abc import Mapping

_VIEW_FIELDS: Mapping[str, Check] = {
    "private_metadata": string(limits.PRIVATE_METADATA, 0),
    "callback_id": string(limits.CALLBACK_ID, 0),
    "external_id": string(limits.EXTERNAL_ID, 0),
}
_VIEW_BLOCKS = array(block(), 0, limits.VIEW_BLOCKS)
_MODAL = Shape(
    {"type": anything, "title": plain(limits.VIEW_TITLE), "blocks": _VIEW_BLOCKS},
    {
        **_VIEW_FIELDS,
        "submit": plain(limits.VIEW_TITLE),
        "close": plain(limits.VIEW_TITLE),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_HOME = Shape({"type": anything, "blocks": _VIEW_BLOCKS}, _VIEW_FIELDS)
_MESSAGE_BLOCKS = array(block(), 0, limits.MESSAGE_BLOCKS)


def _attachment(walk: Walk, value: Any, path: str) -> None:
    if isinstance(value, dict) and "blocks" in value:
        _MESSAGE_BLOCKS(walk, value["blocks"], f"{path}/blocks")


_ENVELOPE_FIELDS = [
    "channel",
    "thread_ts",
    "reply_broadcast",
    "unfurl_links",
    "unfurl_media",
    "metadata",
    "mrkdwn",
    "parse",
    "link_names",
    "username",
    "icon_url",
    "icon_emoji",
    "response_type",
    "replace_original",
    "delete_original",
    "ts",
    "user",
    "as_user",
    "token",
    "team",
    "file_ids",
    "post_at",
]
_MESSAGE = Shape(
    {},
    {
        **dict.fromkeys(_ENVELOPE_FIELDS, anything),
        "text": string(limits.TEXT_CUT, 0),
        "blocks": _MESSAGE_BLOCKS,
        "attachments": array(_attachment, 0, limits.ATTACHMENTS),
        "markdown_text": string(limits.MARKDOWN),
    },
)


def _bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _finish(walk: Walk) -> list[Problem]:
    if len(walk.focused) > 1:
        walk.error(walk.focused[1], "focus_twice", "only one element may set focus_on_load")
    if len(walk.tables) > limits.TABLES:
        walk.error(walk.tables[1], "too_many_tables", "only one table block", limits.TABLES, len(walk.tables))
    if len(walk.charts) > limits.CHARTS:
        walk.error(walk.charts[2], "too_many_charts", "no more than two charts", limits.CHARTS, len(walk.charts))
    for what, most in (
        ("markdown", limits.MARKDOWN),
        ("table", limits.TABLE_CHARACTERS),
        ("data_table", limits.DATA_TABLE_CHARACTERS),
    ):
        if walk.characters.get(what, 0) > most:
            walk.error("/blocks", f"{what}_too_long", f"all {what} text together", most, walk.characters[what])
    if len(walk.primary) > 1:
        walk.warn(walk.primary[1], "several_primary", "more than one primary button")
    return walk.problems


def check_blocks(blocks: Any, surface: Surface = "message") -> list[Problem]:
    """Check a bare list of blocks for a message, a modal or a Home tab."""
    walk = Walk(surface)
    array(block(), 0, limits.MESSAGE_BLOCKS if surface == "message" else limits.VIEW_BLOCKS)(walk, blocks, "/blocks")
    return _finish(walk)


def check_view(view: Any) -> list[Problem]:
    """Check a view as it is given to views.open, views.update, views.push or views.publish."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return [Problem("/type", "invalid_enum", "a view's type must be modal or home")]
    walk = Walk(view["type"])
    present = {name: value for name, value in view.items() if value is not None}
    if view["type"] == "modal":
        _MODAL(walk, present, "")
        if walk.inputs and "submit" not in present:
            walk.error("/submit", "submit_required", f"submit is required with an input block ({walk.inputs[0]})")
        if not present.get("callback_id"):
            walk.warn("/callback_id", "no_callback_id", "without callback_id the submission cannot be told apart")
    else:
        _HOME(walk, present, "")
        for path in walk.silent_inputs:
            walk.warn(path, "home_input_without_dispatch", "Home has no submit button: set dispatch_action")
    if _bytes(view) > limits.VIEW_BYTES:
        walk.error("", "view_too_large", "view is greater than 250 kB", limits.VIEW_BYTES, _bytes(view))
    return _finish(walk)


def check_message(message: Any) -> list[Problem]:
    """Check the body of chat.postMessage, chat.update, chat.postEphemeral or of a post to a response_url."""
    if not isinstance(message, dict):
        return [Problem("", "not_an_object", "a message must be an object")]
    walk = Walk("message")
    present = {name: value for name, value in message.items() if value is not None}
    _MESSAGE(walk, present, "")
    if not any(present.get(name) for name in ("text", "blocks", "attachments", "markdown_text", "delete_original")):
        walk.error("", "no_text", "there is nothing to post")
    if "markdown_text" in present and (present.get("text") or present.get("blocks")):
        walk.error("/markdown_text", "markdown_text_conflict", "cannot be combined with text or blocks")
    _advise_message(walk, present)
    return _finish(walk)


def _advise_message(walk: Walk, message: dict[str, Any]) -> None:
    text = message.get("text")
    if isinstance(text, str):
        if len(text) > limits.TEXT_ADVISED:
            walk.warn("/text", "text_over_4000", "longer posts are split in parts", limits.TEXT_ADVISED, len(text))
        if message.get("mrkdwn", True):
            advise_mrkdwn(walk, text, "/text")
    if message.get("blocks") and not (isinstance(text, str) and text.strip()):
        walk.warn("/text", "no_fallback_text", "notifications and screen readers read the text, not the blocks")
    attachments = message.get("attachments")
    if isinstance(attachments, list) and len(attachments) > limits.ATTACHMENTS_ADVISED:
        walk.warn("/attachments", "many_attachments", "Slack asks for fewer", limits.ATTACHMENTS_ADVISED)
    for path in walk.silent_inputs:
        walk.warn(path, "input_in_message", "an input in a message needs dispatch_action or a button to be read")


def check_ack(ack: Any, view: dict[str, Any] | None = None, transport: str = "socket") -> list[Problem]:
    """Check an answer to a view_submission; `view` is the view that was submitted, where it is at hand."""
    if not ack:
        return []
    if not isinstance(ack, dict) or ack.get("response_action") not in ("errors", "update", "push", "clear"):
        got = ack.get("response_action") if isinstance(ack, dict) else ack
        return [Problem("/response_action", "invalid_enum", "must be errors, update, push or clear", got=got)]
    problems: list[Problem] = []
    if ack["response_action"] in ("update", "push"):
        problems += [replace(found, path="/view" + found.path) for found in check_view(ack.get("view"))]
    if ack["response_action"] == "errors":
        problems += _check_field_errors(ack.get("errors"), view)
    return problems + check_answer_size(ack, transport)


def _check_field_errors(given: Any, view: dict[str, Any] | None) -> list[Problem]:
    if not isinstance(given, dict) or not given:
        return [Problem("/errors", "missing_field", "needs at least one message for a block_id")]
    problems = []
    inputs = {each.get("block_id") for each in (view or {}).get("blocks", []) if each.get("type") == "input"}
    for block_id, message in given.items():
        if not isinstance(message, str) or not message:
            problems.append(Problem(f"/errors/{block_id}", "too_short", "must be a message of one character or more"))
        if view is not None and block_id not in inputs:
            problems.append(Problem(f"/errors/{block_id}", "unknown_block_id", "the view has no such input block"))
    return problems


def check_answer_size(answer: Any, transport: str = "socket") -> list[Problem]:
    """Check that an answer over Socket Mode is small enough to arrive."""
    size = _bytes(answer)
    if transport != "socket" or size < limits.SOCKET_ANSWER_BYTES:
        return []
    advice = "Socket Mode drops answers of 20 kB or more without a word; ack first, then call views.update"
    return [Problem("", "ack_too_large", advice, limit=limits.SOCKET_ANSWER_BYTES, got=size)]


def check_options(answer: Any, transport: str = "socket") -> list[Problem]:
    """Check an answer to a block_suggestion: options or option_groups."""
    walk = Walk("modal")
    some = options(limits.SELECT_OPTIONS)

    def may_be_empty(inner: Walk, value: Any, path: str) -> None:
        if value != []:
            some(inner, value, path)

    Shape(
        {},
        {"options": may_be_empty, "option_groups": OPTION_GROUPS},
        (exactly_one_of("options", "option_groups"),),
    )(walk, answer, "")
    return walk.problems + check_answer_size(answer, transport)
