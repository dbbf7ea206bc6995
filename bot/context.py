"""What every listener is handed: the desk, the gateway, and who is asking. The composition root makes it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from bot.answer import Body
from bot.gateway import Gateway
from bot.render.blocks import section
from bot.render.text import literal
from bot.who import Roster, viewer_of
from triage.access import Viewer
from triage.desk import Desk


@dataclass(frozen=True, slots=True)
class Context:
    """The listeners' surroundings. `nudge` tells the worker that there is something to send."""

    desk: Desk
    gateway: Gateway
    roster: Roster
    workspace: str
    nudge: Callable[[], None]
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex

    def viewer(self, body: Body) -> Viewer:
        """Who is asking."""
        return viewer_of(body, self.roster, self.workspace)

    def whisper(self, body: Body, sentence: str) -> None:
        """Tell the person behind a command or a click something that nobody else sees."""
        message = {"text": literal(sentence), "blocks": [section(literal(sentence))]}
        if url := body.get("response_url"):
            self.gateway.respond(str(url), message)
        elif channel := (body.get("channel") or {}).get("id"):
            viewer = self.viewer(body)
            self.gateway.whisper(viewer.workspace, str(channel), viewer.user, message)
