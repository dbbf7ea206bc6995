"""Rich text: sections, lists, quotes, preformatted text, and what stands in them.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.sandbox.blockkit.shapes import (
    Check,
    Shape,
    Walk,
    anything,
    array,
    boolean,
    integer,
    is_object,
    one_of,
    string,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAVES: Mapping[str, tuple[str, ...]] = {
    "broadcast": ("range",),
    "canvas": ("file_id",),
    "channel": ("channel_id",),
    "citation": ("url", "text", "index", "details"),
    "color": ("value",),
    "date": ("timestamp", "format"),
    "emoji": ("name",),
    "file": ("file_id",),
    "link": ("url",),
    "list_record": ("file_id",),
    "message_mention": ("channel_id", "message_ts"),
    "tag": ("text",),
    "team": ("team_id",),
    "text": ("text",),
    "user": ("user_id",),
    "usergroup": ("usergroup_id",),
    "work_object_mention": ("entity_id", "app_id", "text", "url"),
    "workflow_mention": ("workflow_id", "function_trigger_id", "text"),
}
_NO_WORDS = ("timestamp", "index", "details")
_STYLE = Shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "unlink"), boolean))
_SHORTCODE = re.compile(r"(?<![\w:]):[a-z0-9_+\-]{2,}:(?![\w:])")


def _leaf(allowed: frozenset[str] | None = None) -> Check:
    def check(walk: Walk, value: Any, path: str) -> None:
        if not is_object(walk, value, path):
            return
        kind = type_of(value)
        if kind not in _LEAVES or (allowed and kind not in allowed):
            walk.error(f"{path}/type", "unsupported_rich_text", f"unsupported type: {kind}")
            return
        for name in _LEAVES[kind]:
            if value.get(name) is None:
                walk.error(path, "missing_field", f"missing required field: {name}")
            elif name not in _NO_WORDS:
                string()(walk, value[name], f"{path}/{name}")
        if isinstance(value.get("style"), dict):
            _STYLE(walk, value["style"], f"{path}/style")
        if kind == "broadcast":
            one_of("here", "channel", "everyone")(walk, value.get("range"), f"{path}/range")
        _advise(walk, value, path, is_code=bool(allowed))

    return check


def _advise(walk: Walk, leaf: dict[str, Any], path: str, *, is_code: bool) -> None:
    if leaf["type"] == "broadcast":
        walk.warn(path, "broadcast_mention", "notifies a whole channel")
    if leaf["type"] == "text" and not is_code and _SHORTCODE.search(str(leaf.get("text"))):
        walk.warn(f"{path}/text", "shortcode_in_rich_text", "shown literally; use an emoji element")


_TYPE: Mapping[str, Check] = {"type": anything}
_SECTION = Shape({**_TYPE, "elements": array(_leaf())})
_TOP: Mapping[str, Shape] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": Shape({**_TYPE, "elements": array(_leaf())}, {"border": integer(0, 1)}),
    "rich_text_preformatted": Shape(
        {**_TYPE, "elements": array(_leaf(frozenset({"text", "link"})))},
        {"border": integer(0, 1), "language": string()},
    ),
}


def _list_item(walk: Walk, value: Any, path: str) -> None:
    if not isinstance(value, dict) or value.get("type") != "rich_text_section":
        walk.error(f"{path}/type", "unsupported_rich_text", "a list holds rich_text_section only")
        return
    _SECTION(walk, value, path)


_LIST = Shape(
    {**_TYPE, "elements": array(_list_item), "style": one_of("bullet", "ordered")},
    {"indent": integer(0, 8), "offset": integer(0), "border": integer(0, 1)},
)


def _top(walk: Walk, value: Any, path: str) -> None:
    if not is_object(walk, value, path):
        return
    kind = type_of(value)
    shape = _LIST if kind == "rich_text_list" else _TOP.get(kind)
    if shape is None:
        walk.error(f"{path}/type", "unsupported_rich_text", f"unsupported type: {kind}")
    else:
        shape(walk, value, path)


RICH_TEXT = Shape({"type": one_of("rich_text"), "elements": array(_top)}, {"block_id": string(255)})


def length(value: Any) -> int:
    """Count the characters that a piece of rich text shows."""
    if isinstance(value, list):
        return sum(length(each) for each in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text") or value.get("fallback") or value.get("url") or value.get("name") or ""
    return len(own) if isinstance(own, str) and own else length(value.get("elements"))
