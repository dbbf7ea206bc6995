"""Text that people typed, made safe for the place it goes to, and cut to the place's limit.

Where the place allows it, typed text goes into `plain_text` or rich text elements, which Slack does not parse; then it needs
cutting only. `mrkdwn` and a message's fallback `text` are parsed: there `literal` is needed.
"""

import json
import re
import unicodedata

ELLIPSIS = "…"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKS = frozenset("*_~`")
_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_ZERO_WIDTH = "\u200b"


def clip(text: str, limit: int) -> str:
    """`text` in at most `limit` characters; what was cut shows as an ellipsis. For text that Slack does not parse."""
    if len(text) <= limit:
        return text
    cut = text[: max(0, limit - 1)].rstrip()
    while cut and (unicodedata.combining(cut[-1]) or cut[-1] in "\u200d\ufe0f"):
        cut = cut[:-1]  # never half a character that is drawn as one
    return cut + ELLIPSIS


def literal(text: str, limit: int = 3000) -> str:
    """Typed text for a place that Slack parses: no mention, link or mark-up comes alive, and no entity is cut in half.

    `&`, `<` and `>` become entities, as Slack documents; `* _ ~` and the back-tick, which have none, are parted from
    their neighbours by a zero-width space. `limit` counts the characters that are sent.
    """
    pieces = [_ENTITIES.get(c) or (f"{_ZERO_WIDTH}{c}{_ZERO_WIDTH}" if c in _MARKS else c) for c in text]
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    kept: list[str] = []
    room = limit - len(ELLIPSIS)
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + ELLIPSIS


def clip_sent(text: str, limit: int) -> str:
    """`text` cut so that it takes at most `limit` bytes of JSON, in which an emoji takes twelve.

    For answers that go out in an ack: Socket Mode drops one of 20 kB and more without a word.
    """
    room = limit - 6
    for index, char in enumerate(text):
        room -= len(json.dumps(char)) - 2
        if room < 0:
            return clip(text, index + 1)
    return text


def one_line(text: str, limit: int) -> str:
    """`text` on one line, cut; for titles in lists and buttons."""
    return clip(" ".join(text.split()), limit)


def is_person(user_id: str) -> bool:
    """Whether it is a Slack user's id, and not what an import knew somebody by."""
    return _USER.fullmatch(user_id) is not None


def mention(user_id: str) -> str:
    """A person in mark-up: `<@U1>`; somebody that Slack does not know as they were named, not alive."""
    return f"<@{user_id}>" if is_person(user_id) else literal(user_id, 100)


def as_typed(text: str) -> str:
    """What a person typed, from a command or message as Slack delivers it: with `&`, `<` and `>` as entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
