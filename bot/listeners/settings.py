"""`/mlbug settings`: the dialog, its pages, and what is checked before anything is kept."""

import re
from collections.abc import Mapping
from typing import Any

from bot.answer import Answer, Body
from bot.context import Context
from bot.gateway import RefusedBySlack, SlackFault
from bot.listeners.dialog import TOO_LATE
from bot.render import screens
from bot.render.blocks import block_of
from bot.render.settings import DIGEST, PEOPLE, settings_page
from triage.access import Viewer
from triage.errors import FieldErrors, MlbugError
from triage.workspace import DigestTime, WorkspaceSettings

_GROUP = re.compile(r"S[A-Z0-9]{5,}")
_DAYS = re.compile(r"(P[0-9])[ :=]*([0-9]{1,4})", re.IGNORECASE)
SAVED = "Saved. It holds from now on."
UNREACHABLE = {
    "channel_not_found": "mlbug can’t see that channel. If it is private, invite mlbug first: /invite @mlbug.",
    "is_archived": "That channel is archived. Choose another one, or bring it back.",
    "not_in_channel": "mlbug is not in that channel. Invite it first: /invite @mlbug, then save again.",
    "missing_scope": "mlbug may not look at channels or user groups: grant the scopes channels:read, groups:read and "
    "usergroups:read, and install it again.",
    "no_such_subteam": "There is no such user group (any more). Check its id.",
}


class SettingsDialog:
    """The listeners of the settings."""

    def __init__(self, context: Context) -> None:
        self._x = context

    def open(self, body: Body) -> Answer:
        """Open it, for admins; everybody else is told who may."""
        viewer = self._x.viewer(body)
        view = settings_page(PEOPLE, self._x.setting.read(viewer), self._x.new_id())

        def job() -> None:
            try:
                self._x.gateway.open_view(viewer.workspace, str(body["trigger_id"]), view)
            except SlackFault:
                self._x.whisper(body, TOO_LATE)

        return Answer(then=(job,))

    def turn(self, body: Body) -> Answer:
        """To the other page. What was not saved on this one is let go."""
        viewer = self._x.viewer(body)
        page, shown = str(body["actions"][0]["action_id"]), body["view"]
        view = settings_page(page, self._x.setting.read(viewer), self._x.new_id())
        return Answer(then=(lambda: self._x.gateway.update_view(viewer.workspace, shown["id"], view),))

    def submitted(self, body: Body) -> Answer:
        """Check what can be checked at once; what Slack has to be asked about is looked at beside the request, then kept."""
        viewer, view = self._x.viewer(body), body["view"]
        now = self._x.setting.read(viewer)
        try:
            wanted = _entered(now, view)
            self._x.setting.check(viewer, wanted)
        except FieldErrors as wrong:
            form = str(view["private_metadata"])
            # A problem of the other page's is said under the first field of this one.
            fields = {b["element"]["action_id"]: b["block_id"] for b in view["blocks"] if b["type"] == "input"}
            first = next(iter(fields.values()))
            errors = {fields.get(name, first): sentence for name, sentence in wrong.fields.items()}
            return Answer({"response_action": "errors", "errors": errors or {block_of("zone", form): wrong.message}})
        if not _outside(now, wanted):
            self._save(viewer, wanted)
            return Answer({"response_action": "update", "view": screens.notice_only(SAVED)})

        name = self._x.new_id()

        def job() -> None:
            self._x.settle(viewer.workspace, name, self._after_look(viewer, now, wanted, view))

        return Answer({"response_action": "update", "view": screens.busy(name)}, (job,))

    def _after_look(
        self, viewer: Viewer, now: WorkspaceSettings, wanted: WorkspaceSettings, view: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Save where everything can be reached; else the page again, as it was filled in, with the reason."""
        try:
            for problem in map(self._look(viewer), sorted(_outside(now, wanted))):
                if problem:
                    return settings_page(str(view["callback_id"]), wanted, self._x.new_id(), problem)
            self._save(viewer, wanted)
        except MlbugError as told:
            return screens.notice_only(told.message)
        return screens.notice_only(SAVED)

    def _look(self, viewer: Viewer) -> Any:
        def look(thing: str) -> str:
            """What is wrong with a channel or a user group; empty where it can be reached."""
            try:
                if thing.startswith("S"):
                    self._x.gateway.group_members(viewer.workspace, thing)
                    return ""
                channel = self._x.gateway.channel(viewer.workspace, thing)
            except RefusedBySlack as refused:
                return UNREACHABLE.get(refused.error, f"Slack refuses it ({refused.error}).")
            except SlackFault:
                return "Slack can’t be reached just now. Nothing was changed; try again in a minute."
            if channel.get("is_archived"):
                return UNREACHABLE["is_archived"]
            return "" if channel.get("is_member") else UNREACHABLE["not_in_channel"]

        return look

    def _save(self, viewer: Viewer, wanted: WorkspaceSettings) -> None:
        self._x.setting.save(viewer, wanted)
        self._x.settings.forget(viewer.workspace)
        self._x.nudge()
        self._x.later(lambda: self._x.roster.refresh(viewer.workspace))


def _entered(now: WorkspaceSettings, view: Mapping[str, Any]) -> WorkspaceSettings:
    """The settings with one page's fields put in. Raises `FieldErrors` for what can't be read at all."""
    values = {name: held for block in view["state"]["values"].values() for name, held in block.items()}

    def text(name: str) -> str:
        return str(values.get(name, {}).get("value") or "").strip()

    def channel(name: str) -> str:
        return str(values.get(name, {}).get("selected_conversation") or "")

    if view["callback_id"] == DIGEST:
        hour, _, minute = str(values["time"].get("selected_time") or "09:00").partition(":")
        at = DigestTime(
            weekday=int(values["weekday"]["selected_option"]["value"]),
            hour=int(hour),
            minute=int(minute),
            zone=text("zone"),
        )
        quiet = values["quiet_week"]["selected_option"]["value"]
        changes = {"digest_channel": channel("digest_channel"), "digest_at": at, "quiet_week": quiet}
        return now.model_copy(update=changes)
    groups = text("groups").replace(",", " ").split()
    problems = {}
    if wrong := [g for g in groups if not _GROUP.fullmatch(g)]:
        problems["groups"] = f"“{wrong[0][:40]}” is no user group’s id. Ids begin with S, like S0123ABCD."
    deadlines = {u.upper(): int(days) for u, days in _DAYS.findall(text("deadlines"))}
    if _DAYS.sub("", text("deadlines")).strip(" ,;"):
        problems["deadlines"] = "Write it like “P0 5, P1 14”."
    if problems:
        raise FieldErrors(problems)
    changes = {
        "triage_channel": channel("triage_channel"),
        "triagers": frozenset([*(values["triagers"].get("selected_users") or ()), *groups]),
        "admins": frozenset(values["admins"].get("selected_users") or ()) | {a for a in now.admins if a[0] == "S"},
        "deadlines": deadlines,
        "webhook": text("webhook"),
    }
    return now.model_copy(update=changes)


def _outside(now: WorkspaceSettings, wanted: WorkspaceSettings) -> set[str]:
    """Channels and groups that were not there before: Slack has to be asked whether they can be reached."""
    channels = {wanted.triage_channel, wanted.digest_channel} - {now.triage_channel, now.digest_channel, ""}
    return channels | {each for each in wanted.triagers - now.triagers if each.startswith("S")}
