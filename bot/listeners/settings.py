"""`/mlbug settings`: the dialog, its pages, and what is checked before anything is kept."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bot.answer import Answer, Body
from bot.context import Context
from bot.gateway import RefusedBySlack, SlackFault
from bot.listeners.dialog import TOO_LATE
from bot.render import screens
from bot.render.settings import ADMIN_GROUPS, DIGEST, GROUPS, PEOPLE, RULES, group_options, settings_page
from bot.render.text import is_person, mention
from triage.access import Viewer
from triage.errors import FieldErrors, MlbugError
from triage.workspace import DigestTime, WorkspaceSettings

_DAYS = re.compile(r"(P[0-9])[ :=]*([0-9]{1,4})", re.IGNORECASE)
SAVED = "Saved. It holds from now on."
UNREACHABLE = {
    "channel_not_found": "mlbug can’t see that channel. If it is private, invite mlbug first: /invite @mlbug.",
    "is_archived": "That channel is archived. Choose another one, or bring it back.",
    "not_in_channel": "mlbug is not in that channel. Invite it first: /invite @mlbug, then save again.",
    "missing_scope": "mlbug may not look at channels or user groups: grant the scopes channels:read, groups:read and "
    "usergroups:read, and install it again.",
    "no_such_subteam": "That user group was deleted or disabled. Choose another one.",
}


class SettingsDialog:
    """The listeners of the settings."""

    def __init__(self, context: Context) -> None:
        self._x = context

    def open(self, body: Body) -> Answer:
        """Open it, for admins; everybody else is told who may."""
        viewer = self._x.viewer(body)
        settings = self._x.setting.read(viewer)

        def job() -> None:
            self._learn_groups(viewer)
            try:
                self._x.open_dialog(viewer, body, self._page(viewer, PEOPLE, settings))
            except SlackFault:
                self._x.whisper(body, TOO_LATE)

        return Answer(then=(job,))

    def turn(self, body: Body) -> Answer:
        """To another page. What was not saved on this one is let go."""
        viewer = self._x.viewer(body)
        page, shown = str(body["actions"][0]["action_id"]), body["view"]
        view = self._page(viewer, page, self._x.setting.read(viewer))
        return Answer(then=(lambda: self._x.gateway.update_view(viewer.workspace, shown["id"], view),))

    def groups(self, body: Body) -> Answer:
        """User groups for the type-ahead. For admins alone, like the dialog."""
        viewer = self._x.viewer(body)
        self._x.setting.read(viewer)
        labels = self._x.roster.groups.labels(viewer.workspace)
        return Answer({"options": group_options(labels, str(body.get("value") or ""))})

    def submitted(self, body: Body) -> Answer:
        """Check what can be checked at once; what Slack has to be asked about is looked at beside the request, then kept."""
        viewer, view = self._x.viewer(body), body["view"]
        now = self._x.setting.read(viewer)
        wanted, problems = _entered(now, view)
        try:
            self._x.setting.check(viewer, wanted)
        except FieldErrors as wrong:
            problems = wrong.fields | problems
        if problems:
            # A problem of another page's is said under the first field of this one.
            fields = {b["element"]["action_id"]: b["block_id"] for b in view["blocks"] if b["type"] == "input"}
            first = next(iter(fields.values()))
            errors = {fields.get(name, first): sentence for name, sentence in problems.items()}
            return Answer({"response_action": "errors", "errors": errors})
        if not _outside(now, wanted):
            self._save(viewer, wanted)
            return Answer({"response_action": "update", "view": screens.notice_only(SAVED)})

        name = self._x.new_id()

        def job() -> None:
            self._x.settle(viewer.workspace, name, self._after_look(viewer, now, wanted, view))

        return Answer({"response_action": "update", "view": screens.busy(name)}, (job,))

    def _page(self, viewer: Viewer, page: str, settings: WorkspaceSettings, problem: str = "") -> dict[str, Any]:
        def label(group: str) -> str:
            return self._x.roster.groups.label(viewer.workspace, group)

        return settings_page(page, settings, self._x.new_id(), label, problem)

    def _learn_groups(self, viewer: Viewer) -> None:
        """Ask which user groups there are; without an answer they go by their ids, and there are none to choose."""
        with suppress(SlackFault):
            self._x.roster.groups.learn(viewer.workspace)

    def _after_look(
        self, viewer: Viewer, now: WorkspaceSettings, wanted: WorkspaceSettings, view: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Save where everything can be reached; else the page again, as it was filled in, with the reasons."""
        try:
            if problems := list(filter(None, (self._look(viewer, each) for each in sorted(_outside(now, wanted))))):
                return self._page(viewer, str(view["callback_id"]), wanted, " ".join(problems))
            self._save(viewer, wanted)
        except MlbugError as told:
            return screens.notice_only(told.message)
        return screens.notice_only(SAVED)

    def _look(self, viewer: Viewer, thing: str) -> str:
        """What is wrong with a channel, a user group or a person; empty where it can be reached."""
        if is_person(thing):
            person = self._x.roster.meet(viewer.workspace, thing)
            return f"{mention(thing)} is a guest, an app, or has left: choose members." if person.is_outsider else ""
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

    def _save(self, viewer: Viewer, wanted: WorkspaceSettings) -> None:
        self._x.setting.save(viewer, wanted)
        self._x.settings.forget(viewer.workspace)
        self._x.nudge()
        self._x.later(lambda: self._x.roster.refresh(viewer.workspace))


def _entered(now: WorkspaceSettings, view: Mapping[str, Any]) -> tuple[WorkspaceSettings, dict[str, str]]:
    """The settings with one page's fields put in, and a sentence for each field that can't be read at all."""
    values = {name: held for block in view["state"]["values"].values() for name, held in block.items()}

    def text(name: str) -> str:
        return str(values.get(name, {}).get("value") or "").strip()

    def channel(name: str) -> str:
        return str(values.get(name, {}).get("selected_conversation") or "")

    def chosen(people: str, groups: str) -> frozenset[str]:
        options = values.get(groups, {}).get("selected_options") or ()
        return frozenset([*(values.get(people, {}).get("selected_users") or ()), *(str(o["value"]) for o in options)])

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
        return now.model_copy(update=changes), {}
    if view["callback_id"] == RULES:
        deadlines = {u.upper(): int(days) for u, days in _DAYS.findall(text("deadlines"))}
        left_over = _DAYS.sub("", text("deadlines")).strip(" ,;")
        problems = {"deadlines": "Write it like “P0 5, P1 14”."} if left_over else {}
        return now.model_copy(update={"deadlines": deadlines, "webhook": text("webhook")}), problems
    changes = {
        "triage_channel": channel("triage_channel"),
        "triagers": chosen("triagers", GROUPS),
        "admins": chosen("admins", ADMIN_GROUPS),
    }
    return now.model_copy(update=changes), {}


def _outside(now: WorkspaceSettings, wanted: WorkspaceSettings) -> set[str]:
    """Channels, groups and people that were not there before: Slack has to be asked whether they are what they should be."""
    channels = {wanted.triage_channel, wanted.digest_channel} - {now.triage_channel, now.digest_channel, ""}
    return channels | ((wanted.triagers | wanted.admins) - now.triagers - now.admins)
