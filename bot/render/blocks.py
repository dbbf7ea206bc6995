"""The few Block Kit pieces that the screens are made of, as plain dicts.

Slack's own model classes turn blocks they do not know into null and cost thirty times as much, so they are not used; the tests
hold each view and message against every documented limit instead.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.render.text import clip, is_person

Block = dict[str, Any]
Part = str | dict[str, Any]

OPTION_MAX = (
    75  # option text and description, https://docs.slack.dev/reference/block-kit/composition-objects/option-object
)
BUTTON_MAX = 75
HEADER_MAX = 150
VIEW_TITLE_MAX = 24


def plain(text: str, limit: int = 3000) -> Block:
    """Text that Slack shows as it is; `:smile:` stays four letters between colons."""
    return {"type": "plain_text", "text": clip(text, limit) or " ", "emoji": False}


def mrkdwn(text: str) -> Block:
    """Text of our own with mark-up. Typed text may only be in it through `literal`."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": plain(text, HEADER_MAX)}


def section(text: str, *, block_id: str = "", accessory: Block | None = None) -> Block:
    """A paragraph of our own words, mark-up allowed."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if block_id:
        block["block_id"] = block_id
    if accessory:
        block["accessory"] = accessory
    return block


def context(*texts: str) -> Block:
    """Small print of our own words, mark-up allowed."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts if text]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def bold(text: str) -> Block:
    """A bold run of rich text."""
    return {"type": "text", "text": text, "style": {"bold": True}}


def italic(text: str) -> Block:
    """An italic run of rich text."""
    return {"type": "text", "text": text, "style": {"italic": True}}


def user(user_id: str) -> Block:
    """A person's name in rich text. Slack notifies nobody for it in an edited message or a modal.

    An imported report's people may be known by an address or a name alone: that is shown as it is.
    """
    return {"type": "user", "user_id": user_id} if is_person(user_id) else {"type": "text", "text": user_id or "nobody"}


def rich(*lines: Sequence[Part], block_id: str = "") -> Block:
    """Paragraphs of rich text, which Slack shows literally: the place for what people typed. A line is a row of parts."""
    elements: list[Block] = []
    for index, line in enumerate(lines):
        if index:
            elements.append({"type": "text", "text": "\n"})
        elements.extend({"type": "text", "text": part} if isinstance(part, str) else part for part in line if part)
    block: Block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
    if block_id:
        block["block_id"] = block_id
    return block


def bullets(items: Iterable[Sequence[Part]]) -> Block:
    """A bulleted list of rich text."""
    rows = [
        {
            "type": "rich_text_section",
            "elements": [{"type": "text", "text": part} if isinstance(part, str) else part for part in item if part],
        }
        for item in items
    ]
    return {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": rows}]}


def button(text: str, action_id: str, value: str = "", *, style: str = "", label: str = "") -> Block:
    """A button. `value` is an id, never state; `label` is what screen readers say where the text alone says too little."""
    block: Block = {"type": "button", "action_id": action_id, "text": plain(text, BUTTON_MAX)}
    if value:
        block["value"] = value
    if style:
        block["style"] = style
    if label:
        block["accessibility_label"] = clip(label, BUTTON_MAX)
    return block


def actions(block_id: str, *elements: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def option(text: str, value: str, description: str = "") -> Block:
    """One choice of a select, radio group or check-box group."""
    block: Block = {"text": plain(text, OPTION_MAX), "value": value}
    if description:
        block["description"] = plain(description, OPTION_MAX)
    return block


def entry(
    name: str,
    form: str,
    label: str,
    element: Block,
    *,
    hint: str = "",
    optional: bool = False,
    dispatch: bool = False,
) -> Block:
    """An input with its label.

    Its action id is the field's `name`; its block id says of which `form` (a draft's id) as well, so that Slack keeps what
    was typed from view to view of one draft, and shows what is given for another.
    """
    block: Block = {
        "type": "input",
        "block_id": block_of(name, form),
        "label": plain(label, 2000),
        "element": {"action_id": name} | element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, 2000)
    if dispatch:
        block["dispatch_action"] = True
    return block


def block_of(name: str, form: str) -> str:
    """The block id of a field: `title@3f2a91c0`."""
    return f"{name}@{form[:8]}"


def radios(options: Sequence[Block], chosen: str = "") -> Block:
    """A group of radio buttons, one of them chosen."""
    element: Block = {"type": "radio_buttons", "options": list(options)}
    return _with_initial(element, options, chosen)


def select(options: Sequence[Block], chosen: str = "", *, placeholder: str) -> Block:
    """A select menu."""
    element: Block = {"type": "static_select", "options": list(options), "placeholder": plain(placeholder, 150)}
    return _with_initial(element, options, chosen)


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str,
    metadata: str = "",
    submit: str = "",
    close: str = "Close",
    notify_on_close: bool = False,
) -> Block:
    """A modal view."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, VIEW_TITLE_MAX),
        "close": plain(close, VIEW_TITLE_MAX),
        "blocks": list(blocks),
    }
    if metadata:
        view["private_metadata"] = metadata
    if submit:
        view["submit"] = plain(submit, VIEW_TITLE_MAX)
    if notify_on_close:
        view["notify_on_close"] = True
    return view


def _with_initial(element: Block, options: Sequence[Block], chosen: str) -> Block:
    initial: Mapping[str, Any] | None = next((o for o in options if o["value"] == chosen), None)
    return element | {"initial_option": dict(initial)} if initial else element
