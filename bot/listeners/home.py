"""The Home tab's listeners."""

from bot.answer import Answer, Body
from bot.context import Context
from bot.homes import Homes
from bot.render.blocks import section
from triage.changing import OUTSIDER
from triage.errors import Forbidden


class HomeTab:
    """Shows the tab when it is opened."""

    def __init__(self, context: Context, homes: Homes) -> None:
        self._x = context
        self._homes = homes

    def opened(self, body: Body) -> Answer:
        """Publish it beside the ack. Whoever is kept out reads why."""
        viewer = self._x.viewer(body)
        if body["event"].get("tab", "home") != "home":
            return Answer()
        if not viewer.is_member:
            raise Forbidden(OUTSIDER)
        self._homes.opened(viewer.workspace, viewer.user)
        return Answer()

    def excuse(self, body: Body, sentence: str) -> Answer:
        """An error, where the tab would be."""
        user = str(body["event"].get("user", ""))
        view = {"type": "home", "blocks": [section(sentence)]}
        return Answer(then=(lambda: self._x.gateway.publish_home(self._x.home(body), user, view),))
