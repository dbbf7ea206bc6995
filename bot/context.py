"""What every listener is handed: the use cases, the gateway, and who is asking. The composition root makes it."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.answer import Body
from bot.gateway import Gateway, RefusedBySlack
from bot.render.blocks import section
from bot.render.text import literal
from bot.render.words import Here
from bot.roster import Roster
from bot.saved_settings import SavedSettings, here
from bot.who import viewer_of
from triage.access import Viewer
from triage.asking import Asking
from triage.browsing import Browsing
from triage.care import Care
from triage.desk import Desk
from triage.digest import Overview
from triage.exporting import Exporting
from triage.ports import Clock
from triage.recalling import Recalling
from triage.setting import Setting

SETTLE_S = (0.2, 0.3, 0.5, 1.0, 1.5)  # an ack takes some milliseconds


@dataclass(frozen=True, slots=True)
class Context:
    """The listeners' surroundings.

    `home`: the workspace that a payload belongs to; raises `Forbidden`. `is_home_at_hand`: whether it is told, and Bolt is
    answered, from memory. `nudge`: there is something to send.
    `later`: run a job on the side pool.
    """

    desk: Desk
    care: Care
    asking: Asking
    browsing: Browsing
    recalling: Recalling
    exporting: Exporting
    setting: Setting
    settings: SavedSettings
    overview: Overview
    gateway: Gateway
    roster: Roster
    home: Callable[[Body], str]
    is_home_at_hand: Callable[[Body], bool]
    nudge: Callable[[], None]
    clock: Clock
    later: Callable[[Callable[[], None]], bool]
    sleep: Callable[[float], None] = time.sleep
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex

    def viewer(self, body: Body) -> Viewer:
        """Who is asking."""
        return viewer_of(body, self.roster, self.home(body))

    def is_at_hand(self, body: Body) -> bool:
        """Whether it is known from memory who types a command, so that nobody waits for that to be told."""
        return self.is_home_at_hand(body) and self.roster.is_at_hand(self.home(body), str(body.get("user_id", "")))

    def here(self, viewer: Viewer) -> Here:
        """What holds in the viewer's workspace now."""
        return here(self.settings.of(viewer.workspace), self.clock())

    def settle(self, workspace: str, name: str, view: Mapping[str, Any]) -> None:
        """Put `view` in the place of the busy one that an ack brings along.

        The two travel by different ways: a view that came before the ack would be overwritten by it. So the busy one has
        a name, and only where Slack knows the name already it is replaced.
        """
        for wait_s in SETTLE_S:
            self.sleep(wait_s)
            if self.replaced(workspace, name, view):
                return

    def replaced(self, workspace: str, name: str, view: Mapping[str, Any]) -> bool:
        """Put `view` in the place of the one named `name`; False where Slack does not know that name, yet or any more."""
        try:
            self.gateway.update_named(workspace, name, view)
        except RefusedBySlack as refused:
            if refused.error != "not_found":
                raise
            return False
        return True

    def open_dialog(self, viewer: Viewer, body: Body, view: Mapping[str, Any]) -> None:
        """Open a dialog after a click: on top of the one that it was in, if it was in one. Raises `SlackFault`."""
        in_modal = (body.get("view") or {}).get("type") == "modal"
        put = self.gateway.push_view if in_modal else self.gateway.open_view
        put(viewer.workspace, str(body["trigger_id"]), view)

    def whisper(self, body: Body, sentence: str) -> None:
        """Tell the person behind a command or a click something that nobody else sees."""
        message = {"text": literal(sentence), "blocks": [section(literal(sentence))]}
        if url := body.get("response_url"):
            self.gateway.respond(str(url), message)
        elif channel := (body.get("channel") or {}).get("id"):
            viewer = self.viewer(body)
            self.gateway.whisper(viewer.workspace, str(channel), viewer.user, message)
