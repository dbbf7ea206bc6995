"""Views: opened, pushed, updated, published, closed, by Slack's rules.

https://docs.slack.dev/surfaces/modals and https://docs.slack.dev/reference/methods/views.open
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.blockkit import check_view, errors, limits
from bot.sandbox.errors import ApiError
from bot.sandbox.inputs import complete, start_values
from bot.sandbox.rollout import refuse_unknown
from bot.sandbox.team import View

if TYPE_CHECKING:
    from bot.sandbox.hub import Hub
    from bot.sandbox.passes import Trigger
    from bot.sandbox.team import Team

Json = dict[str, Any]
_MOST_VIEWS = 300  # closed ones beyond that are forgotten, so that a long demo does not grow


def check(team: Team, body: Any, kind: str) -> Json:
    """Give a view that Slack would take; raise ApiError with pointers where it would not."""
    refuse_unknown(team, body.get("blocks") if isinstance(body, dict) else None, "invalid_arguments", "/view/blocks")
    problems = errors(check_view(body))
    if any(each.code == "view_too_large" for each in problems):
        raise ApiError.of("view_too_large", problems, "/view")
    if problems:
        raise ApiError.of("invalid_arguments", problems, "/view")
    if body["type"] != kind:
        raise ApiError("invalid_arguments", [f"[ERROR] expected a {kind} view [json-pointer:/view/type]"])
    return {name: value for name, value in body.items() if value is not None}


def _new(hub: Hub, team: Team, user: str, body: Json, previous: View | None, channel: str | None) -> View:
    _check_external_id(team, body.get("external_id"), None)
    blocks = complete(body["blocks"], hub.ids)
    view_id = hub.ids.new("V")
    view = View(
        view_id,
        user,
        {**body, "blocks": blocks},
        start_values(blocks, now_in=channel),
        hub.ids.hash(),
        previous.root if previous else view_id,
        hub.clock.now(),
        previous.id if previous else None,
    )
    team.views[view_id] = view
    if len(team.views) > _MOST_VIEWS:
        for old in [each for each in team.views.values() if not each.is_open][: _MOST_VIEWS // 2]:
            del team.views[old.id]
    return view


def _check_external_id(team: Team, external_id: str | None, own: View | None) -> None:
    for each in team.views.values():
        if external_id and each is not own and each.is_open and each.body.get("external_id") == external_id:
            raise ApiError("duplicate_external_id")


def stack_of(team: Team, user: str) -> list[View]:
    """Give somebody's modals, the one on top last."""
    return team.stacks.setdefault(user, [])


def open_modal(hub: Hub, team: Team, trigger_id: str, body: Any) -> View:
    """Open a modal; from a modal's own trigger it lies on top of that one, otherwise it replaces what was open."""
    checked = check(team, body, "modal")
    trigger = hub.passes.look_at(trigger_id)
    if trigger.view is not None and _is_open_modal(team, trigger.view):
        return _push(hub, team, trigger, checked)
    view = _new(hub, team, trigger.user, checked, None, trigger.channel)
    trigger.is_used = True
    for old in stack_of(team, trigger.user):
        old.is_open = False
    team.stacks[trigger.user] = [view]
    hub.changed()
    return view


def push_modal(hub: Hub, team: Team, trigger_id: str, body: Any) -> View:
    """Push a modal on the stack that the trigger comes from."""
    checked = check(team, body, "modal")
    trigger = hub.passes.look_at(trigger_id)
    if trigger.view is None or not _is_open_modal(team, trigger.view):
        raise ApiError("not_found")
    return _push(hub, team, trigger, checked)


def _is_open_modal(team: Team, view_id: str) -> bool:
    view = team.views.get(view_id)
    return view is not None and view.is_modal and view.is_open


def _push(hub: Hub, team: Team, trigger: Trigger, body: Json) -> View:
    view = push_on_stack(hub, team, trigger.user, body)
    trigger.is_used = True
    return view


def push_on_stack(hub: Hub, team: Team, user: str, body: Json) -> View:
    """Lay a checked modal on top of somebody's stack."""
    stack = stack_of(team, user)
    if len(stack) >= limits.VIEW_STACK:
        raise ApiError("push_limit_reached")
    view = _new(hub, team, user, body, stack[-1] if stack else None, None)
    stack.append(view)
    hub.changed()
    return view


def find(team: Team, view_id: str | None, external_id: str | None) -> View:
    """Find an open view by its id or by the app's own id for it."""
    for view in team.views.values():
        named = view.id == view_id if view_id else view.body.get("external_id") == external_id
        if named and view.is_open:
            return view
    raise ApiError("not_found")


def update(hub: Hub, team: Team, view: View, body: Any, hash_: str | None = None) -> View:
    """Replace what a view shows; what was typed stays where block id and action id are equal."""
    checked = check(team, body, view.body["type"])
    if hash_ is not None and hash_ != view.hash:
        raise ApiError("hash_conflict")
    replace(hub, team, view, checked)
    return view


def replace(hub: Hub, team: Team, view: View, checked: Json) -> None:
    """Put a checked body into a view."""
    _check_external_id(team, checked.get("external_id"), view)
    blocks = complete(checked["blocks"], hub.ids)
    view.body = {**checked, "blocks": blocks}
    view.values = start_values(blocks, view.values)
    view.hash = hub.ids.hash()
    view.errors = {}
    view.trouble = ""
    hub.changed()


def publish(hub: Hub, team: Team, user: str, body: Any, hash_: str | None = None) -> View:
    """Show somebody a Home tab."""
    checked = check(team, body, "home")
    team.require_user(user)
    if not team.app.has_home:
        raise ApiError("not_enabled")
    old = team.homes.get(user)
    if old is not None:
        return update(hub, team, old, body, hash_)
    if hash_ is not None:
        raise ApiError("hash_conflict")
    team.homes[user] = _new(hub, team, user, checked, None, None)
    hub.changed()
    return team.homes[user]


def pop(hub: Hub, team: Team, view: View) -> None:
    """Take a modal off its stack, and what lies on top of it; the one below is seen again."""
    stack = stack_of(team, view.user)
    if view in stack:
        for gone in stack[stack.index(view) :]:
            gone.is_open = False
        del stack[stack.index(view) :]
    hub.changed()


def clear(hub: Hub, team: Team, user: str) -> list[View]:
    """Close all modals of somebody and give those that were closed, the top one first."""
    closed = list(reversed(stack_of(team, user)))
    for view in closed:
        view.is_open = False
    team.stacks[user] = []
    hub.changed()
    return closed
