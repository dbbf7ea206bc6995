"""Whether a payload has the shape that Slack documents, as far as Bolt and the listeners take it for granted. Pure.

https://docs.slack.dev/reference/interaction-payloads
"""

from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[Any], bool]


def is_shaped(payload: Mapping[str, Any]) -> bool:
    """Whether everything that is there has the right type, and nothing is missing that Slack always sends."""
    kind = payload.get("type", "")
    if not isinstance(kind, str) or not (kind or "command" in payload):
        return False
    needed = _COMMAND if "command" in payload else _NEEDED.get(kind, ())
    return all(payload.get(name) is not None for name in needed) and _fits(payload, _TOP)


def _fits(value: Mapping[str, Any], shapes: Mapping[str, Shape]) -> bool:
    return all(shapes[name](inner) for name, inner in value.items() if name in shapes)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _or_none(shape: Shape) -> Shape:
    return lambda value: value is None or shape(value)


def _with(*needed: str, **shapes: Shape) -> Shape:
    """An object that has `needed` names, and whose named parts have these shapes."""
    return lambda value: isinstance(value, dict) and all(name in value for name in needed) and _fits(value, shapes)


def _values(value: Any) -> bool:
    """The state of a view or message: block id to action id to what was entered."""
    blocks = value.get("values", {}) if isinstance(value, dict) else None
    if not isinstance(blocks, dict):
        return False
    fields = [field for block in blocks.values() for field in (block.values() if isinstance(block, dict) else [None])]
    return all(isinstance(field, dict) and _fits(field, _FIELD) for field in fields)


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


_CHOICE = _with("value", value=_text)
_FIELD: dict[str, Shape] = {
    "type": _text,
    "value": _or_none(_text),
    "selected_option": _or_none(_CHOICE),
    "selected_options": _or_none(lambda value: isinstance(value, list) and all(_CHOICE(each) for each in value)),
    "selected_user": _or_none(_text),
    "selected_users": _or_none(lambda value: isinstance(value, list) and all(map(_text, value))),
    "selected_date": _or_none(_text),
}
_VIEW = _with(
    "id",
    "type",
    "callback_id",
    "private_metadata",
    id=_text,
    type=_text,
    callback_id=_text,
    private_metadata=_text,
    hash=_text,
    state=_or_none(_values),
    blocks=_objects,
)


def _actions(value: Any) -> bool:
    return (
        _objects(value)
        and bool(value)
        and all(_text(each.get("action_id")) and _text(each.get("type")) and _fits(each, _FIELD) for each in value)
    )


_TOP: dict[str, Shape] = {
    "token": _text,
    "team_id": _or_none(_text),
    "user_id": _text,
    "command": _text,
    "text": _text,
    "trigger_id": _text,
    "callback_id": _text,
    "action_id": _text,
    "block_id": _text,
    "value": _or_none(_text),
    "response_url": _text,
    "response_urls": _objects,
    "challenge": _text,
    "event_id": _text,
    "authorizations": _or_none(_objects),
    "enterprise": _or_none(_object),
    "team": _or_none(_with("id", id=_text)),
    "user": _with("id", id=_text, team_id=_or_none(_text)),
    "channel": _with("id", id=_text),
    "message": _or_none(_object),
    "container": _or_none(_object),
    "state": _or_none(_values),
    "view": _or_none(_VIEW),
    "actions": _actions,
    "event": _with("type", type=_text, user=lambda value: _text(value) or _object(value), text=_or_none(_text)),
}
_COMMAND = ("user_id", "team_id", "trigger_id")
_NEEDED: dict[str, tuple[str, ...]] = {
    "view_submission": ("user", "view"),
    "view_closed": ("user", "view"),
    "block_actions": ("user", "actions", "trigger_id"),
    "block_suggestion": ("user", "action_id", "block_id"),
    "shortcut": ("user", "callback_id", "trigger_id"),
    "message_action": ("user", "callback_id", "trigger_id", "message", "channel"),
    "event_callback": ("event",),
    "url_verification": ("challenge",),
}
