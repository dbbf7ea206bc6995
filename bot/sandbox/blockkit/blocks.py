"""Blocks: which fields each has and on which surface it may stand.

https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.blockkit import limits, rich_text
from bot.sandbox.blockkit.elements import ALL, MESSAGE, MODAL, element
from bot.sandbox.blockkit.objects import IMAGE_SOURCE, ONE_IMAGE_SOURCE, plain, text
from bot.sandbox.blockkit.shapes import (
    Check,
    Shape,
    Walk,
    anything,
    array,
    at_least_one_of,
    boolean,
    integer,
    is_object,
    one_of,
    string,
    url,
)
from bot.sandbox.blockkit.tables import CHART, DATA_TABLE, TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

_MESSAGE_AND_HOME = frozenset({"message", "home"})
_CONTAINER_CHILDREN = frozenset(
    ["actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video"]
)
_ICONS = [
    "archive",
    "book",
    "bookmark",
    "bot",
    "bug",
    "calendar",
    "call",
    "caret-left",
    "caret-right",
    "check",
    "clipboard",
    "code",
    "comment",
    "compass",
    "copy",
    "cube",
    "download",
    "edit",
    "email",
    "eye-closed",
    "eye-open",
    "file",
    "flag",
    "folder",
    "gear",
    "globe",
    "heart",
    "help",
    "image",
    "info",
    "key",
    "lightbulb",
    "link",
    "map",
    "mobile",
    "new-window",
    "pin",
    "plus",
    "refine",
    "refresh",
    "rocket",
    "save",
    "screen",
    "share",
    "sparkle",
    "star",
    "star-filled",
    "tag",
    "thumbs-down",
    "thumbs-up",
    "trash",
    "upload",
    "user",
    "warning",
]


@dataclass(frozen=True)
class _Block:
    shape: Shape
    surfaces: frozenset[str] = ALL


def _context_item(walk: Walk, value: Any, path: str) -> None:
    if isinstance(value, dict) and value.get("type") == "image":
        element("context")(walk, value, path)
    else:
        text()(walk, value, path)


def _note_input(walk: Walk, value: dict[str, Any], path: str) -> None:
    walk.inputs.append(path)
    if not value.get("dispatch_action"):
        walk.silent_inputs.append(path)
    inner = value.get("element")
    if isinstance(inner, dict) and inner.get("type") == "file_input" and value.get("dispatch_action"):
        walk.error(f"{path}/dispatch_action", "unsupported_dispatch", "file_input cannot dispatch actions")


def _note_markdown(walk: Walk, value: dict[str, Any], _path: str) -> None:
    if isinstance(value.get("text"), str):
        walk.count("markdown", len(value["text"]))


def _file_only_read(walk: Walk, _value: object, path: str) -> None:
    walk.warn(path, "file_block", "file blocks cannot be posted; they appear when messages are read")


def _one_icon(walk: Walk, value: dict[str, Any], path: str) -> None:
    if "icon" in value and "slack_icon" in value:
        walk.error(f"{path}/slack_icon", "icon_xor_slack_icon", "icon and slack_icon exclude each other")


def _collapsing(walk: Walk, value: dict[str, Any], path: str) -> None:
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        walk.warn(f"{path}/default_collapsed", "no_effect", "needs is_collapsible: true")


def _cards(walk: Walk, value: Any, path: str) -> None:
    block(frozenset({"card"}))(walk, value, path)


def _children(walk: Walk, value: Any, path: str) -> None:
    block(_CONTAINER_CHILDREN)(walk, value, path)


def _button(walk: Walk, value: Any, path: str) -> None:
    if isinstance(value, dict) and value.get("type") != "button":
        walk.error(f"{path}/type", "element_not_allowed_here", "only buttons are allowed here")
    else:
        element("card")(walk, value, path)


_TASK_FIELDS: Mapping[str, Check] = {
    "details": rich_text.RICH_TEXT,
    "output": rich_text.RICH_TEXT,
    "sources": array(Shape({"type": one_of("url"), "url": url(), "text": string()})),
    "icon": anything,
    "hide_title": boolean,
}
_TASK_NAMES: Mapping[str, Check] = {"task_id": string(limits.TASK_TEXT), "title": string(limits.TASK_TEXT)}
# Seen live: only a task inside a plan may be pending.
_TASK_CARD = Shape(_TASK_NAMES, {**_TASK_FIELDS, "status": one_of("in_progress", "complete", "error")})
_PLAN_TASK = Shape(
    _TASK_NAMES,
    {
        **_TASK_FIELDS,
        "status": one_of("pending", "in_progress", "complete", "error"),
        "type": anything,
        "block_id": string(limits.BLOCK_ID),
    },
)

BLOCKS: Mapping[str, _Block] = {
    "divider": _Block(Shape()),
    "section": _Block(
        Shape(
            {},
            {
                "text": text(limits.SECTION_TEXT),
                "fields": array(text(limits.SECTION_FIELD), 1, limits.SECTION_FIELDS),
                "accessory": element("section"),
                "expand": boolean,
            },
            (at_least_one_of("text", "fields"),),
        )
    ),
    "header": _Block(Shape({"text": plain(limits.HEADER)}, {"level": integer(1, 4)})),
    "context": _Block(Shape({"elements": array(_context_item, 1, limits.CONTEXT_ELEMENTS)})),
    "actions": _Block(Shape({"elements": array(element("actions"), 1, limits.ACTIONS_ELEMENTS)})),
    "context_actions": _Block(
        Shape({"elements": array(element("context_actions"), 1, limits.CONTEXT_ACTIONS)}), MESSAGE
    ),
    "input": _Block(
        Shape(
            {"label": plain(limits.INPUT_LABEL), "element": element("input")},
            {"hint": plain(limits.INPUT_HINT), "optional": boolean, "dispatch_action": boolean},
            (_note_input,),
        )
    ),
    "image": _Block(
        Shape(
            {"alt_text": string(limits.ALT_TEXT)},
            {**IMAGE_SOURCE, "title": plain(limits.IMAGE_TITLE)},
            (ONE_IMAGE_SOURCE,),
        )
    ),
    "markdown": _Block(Shape({"text": string(limits.MARKDOWN)}, {}, (_note_markdown,)), MESSAGE),
    "rich_text": _Block(rich_text.RICH_TEXT),
    "file": _Block(Shape({"external_id": string(), "source": one_of("remote")}, {}, (_file_only_read,)), MESSAGE),
    "video": _Block(
        Shape(
            {
                "alt_text": string(),
                "title": plain(limits.VIDEO_TITLE),
                "thumbnail_url": url(),
                "video_url": url(https=True),
            },
            {
                "author_name": string(limits.VIDEO_AUTHOR),
                "description": plain(limits.VIDEO_TITLE),
                "provider_icon_url": url(),
                "provider_name": string(),
                "title_url": url(https=True),
            },
        )
    ),
    "alert": _Block(
        Shape({"text": text(limits.ALERT)}, {"level": one_of("default", "info", "warning", "error", "success")}),
        MODAL,  # seen live: a message with an alert was refused, whatever some of Slack's examples show
    ),
    "card": _Block(
        Shape(
            {},
            {
                "hero_image": element("card"),
                "icon": element("card"),
                "slack_icon": Shape({"type": one_of("icon"), "name": one_of(*_ICONS)}),
                "title": text(limits.CARD_TITLE),
                "subtitle": text(limits.CARD_TITLE),
                "body": text(limits.CARD_BODY),
                "subtext": text(limits.CARD_BODY),
                "actions": array(_button, 1, limits.CARD_ACTIONS),
            },
            (at_least_one_of("hero_image", "title", "actions", "body"), _one_icon),
        )
    ),
    "carousel": _Block(Shape({"elements": array(_cards, 1, limits.CAROUSEL_CARDS)}), _MESSAGE_AND_HOME),
    "container": _Block(
        Shape(
            {"child_blocks": array(_children, 1, limits.CONTAINER_CHILDREN)},
            {
                "title": plain(limits.CONTAINER_TITLE),
                "rich_text_title": rich_text.RICH_TEXT,
                "subtitle": text(limits.CONTAINER_TITLE),
                "icon": element("container"),
                "width": one_of("narrow", "standard", "wide", "full"),
                "is_collapsible": boolean,
                "default_collapsed": boolean,
                "has_header_divider": boolean,
            },
            (at_least_one_of("title", "rich_text_title"), _collapsing),
        ),
        _MESSAGE_AND_HOME,
    ),
    "table": _Block(TABLE, _MESSAGE_AND_HOME),
    "data_table": _Block(DATA_TABLE, _MESSAGE_AND_HOME),
    "data_visualization": _Block(CHART, _MESSAGE_AND_HOME),
    "task_card": _Block(_TASK_CARD, MESSAGE),
    "plan": _Block(
        Shape({"title": string(limits.TASK_TEXT)}, {"tasks": array(_PLAN_TASK, 0, limits.TASKS), "status": string()}),
        MESSAGE,
    ),
}


def block(allowed: frozenset[str] | None = None) -> Check:
    """Describe one block, of any type or of the allowed ones."""

    def check(walk: Walk, value: Any, path: str) -> None:
        if not is_object(walk, value, path):
            return
        kind = value.get("type")
        known = BLOCKS.get(kind) if isinstance(kind, str) else None
        if known is None:
            code = "missing_field" if kind is None else "unsupported_block"
            walk.error(path if kind is None else f"{path}/type", code, f"unsupported type: {kind}")
            return
        if allowed is not None and kind not in allowed:
            walk.error(f"{path}/type", "block_not_allowed_here", f"{kind} is not allowed as a child here")
        if walk.surface not in known.surfaces:
            walk.error(f"{path}/type", "block_not_on_surface", f"{kind} is not allowed in a {walk.surface}")
        elif kind == "data_visualization" and walk.surface == "home":
            walk.warn(f"{path}/type", "surface_unconfirmed", "Slack's pages disagree whether Home may hold a chart")
        walk.action_ids = {}
        known.shape.plus(type=anything, block_id=string(limits.BLOCK_ID))(walk, value, path)
        _block_id(walk, value.get("block_id"), f"{path}/block_id")

    return check


def _block_id(walk: Walk, value: object, path: str) -> None:
    if not isinstance(value, str):
        return
    if value in walk.block_ids:
        walk.error(path, "duplicate_block_id", f"already used at {walk.block_ids[value]}")
    walk.block_ids[value] = path
