"""Composition objects: text, options, confirm dialogs, filters, image sources.

https://docs.slack.dev/reference/block-kit/composition-objects
"""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.blockkit import limits
from bot.sandbox.blockkit.shapes import (
    Check,
    Shape,
    Walk,
    array,
    boolean,
    exactly_one_of,
    is_object,
    one_of,
    string,
    url,
)

_CONTROL = re.compile(
    r"<(?:https?://|mailto:|tel:|slack://|[#@][A-Z0-9]+|!(?:here|channel|everyone|subteam\^[A-Z0-9]+|date\^))[^<>]*>"
)
_BROADCAST = re.compile(r"<!(?:here|channel|everyone)(?:\|[^>]*)?>|<!subteam\^")
_BARE_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")


def advise_mrkdwn(walk: Walk, text: str, path: str) -> None:
    """Warn of text that looks as if somebody's words were put into mrkdwn unescaped."""
    if _BROADCAST.search(text):
        walk.warn(path, "broadcast_mention", "notifies a channel or a user group; escape people's words")
    rest = _CONTROL.sub("", text)
    if "<" in rest or ">" in rest.replace("\n>", "\n").lstrip(">"):
        walk.warn(path, "unescaped_angle", "a < or > outside a control sequence must be &lt; or &gt;")
    if _BARE_AMPERSAND.search(rest):
        walk.warn(path, "unescaped_ampersand", "a bare & must be &amp;")


def text(most: int = limits.TEXT_OBJECT, *, plain: bool = False) -> Check:
    """Describe a text object, mrkdwn or plain, or plain only."""
    length = string(most)

    def check(walk: Walk, value: Any, path: str) -> None:
        if not is_object(walk, value, path):
            return
        kind = value.get("type")
        if kind not in ("plain_text", "mrkdwn"):
            walk.error(f"{path}/type", "invalid_enum", "must be plain_text or mrkdwn", got=kind)
            return
        if plain and kind != "plain_text":
            walk.error(f"{path}/type", "plain_text_only", "only plain_text is allowed here")
        option = "emoji" if kind == "plain_text" else "verbatim"
        Shape({"type": one_of("plain_text", "mrkdwn"), "text": length}, {option: boolean})(walk, value, path)
        if kind == "mrkdwn" and isinstance(value.get("text"), str):
            advise_mrkdwn(walk, value["text"], f"{path}/text")

    return check


def plain(most: int) -> Check:
    """Describe a text object that must be plain_text."""
    return text(most, plain=True)


CONFIRM = Shape(
    {
        "title": plain(limits.CONFIRM_TITLE),
        "text": text(limits.CONFIRM_TEXT),
        "confirm": plain(limits.CONFIRM_BUTTON),
        "deny": plain(limits.CONFIRM_BUTTON),
    },
    {"style": one_of("primary", "danger")},
)


def option(*, mrkdwn: bool = False, link: bool = False) -> Shape:
    """Describe one option of a select, a radio group, checkboxes or an overflow menu."""
    return Shape(
        {"text": text(limits.OPTION_TEXT, plain=not mrkdwn), "value": string(limits.OPTION_VALUE)},
        {"description": text(limits.OPTION_DESCRIPTION, plain=not mrkdwn)} | ({"url": url()} if link else {}),
    )


def options(most: int | None, *, mrkdwn: bool = False, link: bool = False) -> Check:
    """Describe a list of options; two with one value cannot be told apart by the app, so that is warned of."""
    listed = array(option(mrkdwn=mrkdwn, link=link), 1, most)

    def check(walk: Walk, value: Any, path: str) -> None:
        listed(walk, value, path)
        seen: set[str] = set()
        for index, each in enumerate(value if isinstance(value, list) else ()):
            known = each.get("value") if isinstance(each, dict) else None
            if isinstance(known, str) and known in seen:
                walk.warn(f"{path}/{index}/value", "duplicate_option_value", "another option has the same value")
            elif isinstance(known, str):
                seen.add(known)

    return check


OPTION_GROUP = Shape(
    {"label": plain(limits.OPTION_GROUP_LABEL), "options": options(limits.SELECT_OPTIONS)},
)
OPTION_GROUPS = array(OPTION_GROUP, 1, limits.OPTION_GROUPS)


def all_options(element: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the options of an element in order, those in groups too."""
    found = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        found += group.get("options") or [] if isinstance(group, dict) else []
    return [each for each in found if isinstance(each, dict)]


def initial_among_options(name: str) -> Check:
    """Describe an element whose initial option or options must be among its options, word for word."""

    def check(walk: Walk, value: dict[str, Any], path: str) -> None:
        if name not in value:
            return
        given = value[name] if isinstance(value[name], list) else [value[name]]
        for each in given:
            if each not in all_options(value):
                walk.error(f"{path}/{name}", "initial_not_in_options", "must exactly match one of the options")

    return check


def _filter_has_something(walk: Walk, value: dict[str, Any], path: str) -> None:
    if not value:
        walk.error(path, "empty_filter", "at least one property is required")


FILTER = Shape(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    (_filter_has_something,),
)
SLACK_FILE = Shape({}, {"id": string(), "url": url()}, (exactly_one_of("id", "url"),))
IMAGE_SOURCE: dict[str, Check] = {"image_url": url(), "slack_file": SLACK_FILE}
ONE_IMAGE_SOURCE = exactly_one_of("image_url", "slack_file")
