"""views.open, views.push, views.update, views.publish.

https://docs.slack.dev/reference/methods/views.open and its neighbours
"""

from __future__ import annotations

from typing import Any

from bot.sandbox import modals, payloads
from bot.sandbox.errors import ApiError
from bot.sandbox.methods.method import Call, Method

Json = dict[str, Any]


def _trigger(call: Call) -> str:
    trigger = call.args.get("trigger_id") or call.args.get("interactivity_pointer")
    if not trigger:
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: trigger_id [json-pointer:/trigger_id]"])
    return str(trigger)


def _open(call: Call) -> Json:
    view = modals.open_modal(call.hub, call.team, _trigger(call), call.args["view"])
    return {"view": payloads.view(call.team, view)}


def _push(call: Call) -> Json:
    view = modals.push_modal(call.hub, call.team, _trigger(call), call.args["view"])
    return {"view": payloads.view(call.team, view)}


def _update(call: Call) -> Json:
    if not (call.args.get("view_id") or call.args.get("external_id")):
        raise ApiError("invalid_arguments", ["[ERROR] one of view_id, external_id is required"])
    view = modals.find(call.team, call.args.get("view_id"), call.args.get("external_id"))
    modals.update(call.hub, call.team, view, call.args["view"], call.args.get("hash"))
    return {"view": payloads.view(call.team, view)}


def _publish(call: Call) -> Json:
    view = modals.publish(call.hub, call.team, call.args["user_id"], call.args["view"], call.args.get("hash"))
    return {"view": payloads.view(call.team, view)}


METHODS = (
    Method("views.open", _open, {"trigger_id": "text", "interactivity_pointer": "text", "view": "json"}, ["view"]),
    Method("views.push", _push, {"trigger_id": "text", "interactivity_pointer": "text", "view": "json"}, ["view"]),
    Method(
        "views.update",
        _update,
        {"view_id": "text", "external_id": "text", "hash": "text", "view": "json"},
        ["view"],
    ),
    Method("views.publish", _publish, {"user_id": "text", "hash": "text", "view": "json"}, ["user_id", "view"]),
)
