"""The words that somebody sees: blocks, mrkdwn and rich text as plain lines, with names in the place of ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.team import Message, Team

Json = dict[str, Any]
_ANGLE = re.compile(r"<([^<>\n]+)>")
_MARKS = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])")


def plain(team: Team, text: str) -> str:
    """Give mrkdwn as it reads on the screen."""

    def inner(match: re.Match[str]) -> str:
        return _control(team, match[1])

    text = _ANGLE.sub(inner, text)
    while (bare := _MARKS.sub(r"\2", text)) != text:
        text = bare
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _control(team: Team, body: str) -> str:
    target, _, label = body.partition("|")
    if target.startswith("@"):
        user = team.users.get(target[1:])
        return f"@{user.handle if user else label or target[1:]}"
    if target.startswith("#"):
        channel = team.channels.get(target[1:])
        return f"#{channel.name if channel else label or target[1:]}"
    if target.startswith("!subteam^"):
        group = team.groups.get(target.removeprefix("!subteam^"))
        return f"@{group['handle'] if group else label}"
    if target.startswith("!"):
        return label or f"@{target[1:]}"
    return label or target


def text_object(team: Team, value: Any) -> str:
    """Give a text object, a bare string or nothing as it reads."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    return plain(team, value["text"]) if value.get("type") == "mrkdwn" else str(value.get("text", ""))


def block_lines(team: Team, block: Json) -> Iterator[str]:
    """Give the words of one block, top to bottom."""
    for name in ("title", "subtitle", "body", "subtext", "label", "text", "caption"):
        if block.get(name):
            yield text_object(team, block[name])
    yield from (text_object(team, each) for each in block.get("fields", []))
    if "element" in block:
        yield from element_lines(team, block["element"])
    if block.get("hint"):
        yield text_object(team, block["hint"])
    if "accessory" in block:
        yield from element_lines(team, block["accessory"])
    yield from _inner_lines(team, block)


def _inner_lines(team: Team, block: Json) -> Iterator[str]:
    kind = block["type"]
    if kind == "rich_text":
        yield from (rich(team, each) for each in block["elements"])
    elif kind in ("context", "actions", "context_actions", "card"):
        for each in block.get("actions" if kind == "card" else "elements", []):
            yield from _item_lines(team, each)
    elif kind in ("container", "carousel"):
        for each in block["child_blocks" if kind == "container" else "elements"]:
            yield from block_lines(team, each)
    elif kind in ("table", "data_table"):
        yield from (" | ".join(cell(team, each) for each in row) for row in block["rows"])
    elif kind == "data_visualization":
        yield from chart_lines(block["chart"])
    elif kind == "image":
        yield block["alt_text"]


def _item_lines(team: Team, item: Json) -> Iterator[str]:
    if item["type"] in ("plain_text", "mrkdwn"):
        yield text_object(team, item)
    else:
        yield from element_lines(team, item)


def element_lines(team: Team, element: Json) -> Iterator[str]:
    """Give the words of an element: its label, its options with their help."""
    if element.get("text"):
        yield text_object(team, element["text"])
    for name in ("placeholder", "alt_text"):
        if element.get(name):
            yield text_object(team, element[name])
    for name in ("positive_button", "negative_button"):
        if name in element:
            yield text_object(team, element[name]["text"])
    groups = element.get("option_groups", [])
    for option in [*element.get("options", []), *(each for group in groups for each in group["options"])]:
        yield text_object(team, option["text"])
        if option.get("description"):
            yield text_object(team, option["description"])


def cell(team: Team, value: Json) -> str:
    """Give a table's cell as it reads."""
    kind = value["type"]
    if kind == "raw_number":
        return str(value.get("text", value["value"]))
    if kind == "action_cell":
        return " ".join(element_lines(team, value["element"]))
    return rich(team, value) if kind == "rich_text" else str(value["text"])


def chart_lines(chart: Json) -> Iterator[str]:
    """Give a chart's figures as lines of words."""
    for segment in chart.get("segments", []):
        yield f"{segment['label']}: {segment['value']}"
    for series in chart.get("series", []):
        points = ", ".join(f"{point['label']} {point['value']}" for point in series["data"])
        yield f"{series['name']}: {points}"


def rich(team: Team, value: Json) -> str:
    """Give rich text as it reads."""
    kind = value.get("type")
    if "elements" in value:
        joined = "\n" if kind in ("rich_text_list", "rich_text") else ""
        return joined.join(rich(team, each) for each in value["elements"])
    named = {
        "user": lambda: _handle(team, value["user_id"]),
        "channel": lambda: (
            f"#{team.channels[value['channel_id']].name if value['channel_id'] in team.channels else '?'}"
        ),
        "usergroup": lambda: f"@{team.groups.get(value['usergroup_id'], {}).get('handle', '?')}",
        "broadcast": lambda: f"@{value['range']}",
        "emoji": lambda: f":{value['name']}:",
    }
    if kind in named:
        return named[kind]()
    return str(value.get("text") or value.get("fallback") or value.get("url") or "")


def _handle(team: Team, user_id: str) -> str:
    user = team.users.get(user_id)
    return f"@{user.handle if user else user_id}"


def blocks_text(team: Team, blocks: list[Json]) -> str:
    """Give all words of some blocks, a line each."""
    return "\n".join(line for block in blocks for line in block_lines(team, block) if line)


def message_text(team: Team, said: Message) -> str:
    """Give all words of a message as they read in the channel: the blocks where there are any, else the text."""
    inner = [block for each in said.attachments for block in each.get("blocks", [])]
    words = blocks_text(team, [*said.blocks, *inner]) or plain(team, said.text)
    return "\n".join([words, *(each["title"] for each in said.files)])
