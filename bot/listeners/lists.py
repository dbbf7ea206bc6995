"""`/mlbug list …` and its pages."""

from typing import Any

from bot.answer import Answer, Body
from bot.context import Context
from bot.render import lists
from bot.render.text import clip
from triage.access import Viewer
from triage.bar import BugBar, Threat
from triage.errors import Refused
from triage.listing import Filter, Which, read_cursor
from triage.severity import SEVERITIES

_NAMED = {"": Which.OPEN} | {w.value: w for w in (Which.OPEN, Which.MINE, Which.OVERDUE, Which.ALL, Which.NEW)}
_THREATS_NEED = (
    "There is no list “{typed}”. Lists are open, mine, overdue, new, all, a severity like critical, or a threat’s name."
)


class ReportLists:
    """The listeners of lists."""

    def __init__(self, context: Context) -> None:
        self._x = context

    def first(self, viewer: Viewer, typed: str) -> dict[str, Any]:
        """The first page of the list that was typed. Raises `Refused` where there is no such list."""
        bar = self._x.desk.bar_of(viewer.workspace)
        wanted = wanted_list(bar, typed)
        return lists.listed(self._x.browsing.page(viewer, wanted), bar, self._x.clock(), first=True)

    def next(self, body: Body) -> Answer:
        """The next page, in the place of the one before."""
        which, _, rest = str(body["actions"][0]["value"]).partition("|")
        value, _, after = rest.partition("|")
        viewer = self._x.viewer(body)
        page = self._x.browsing.page(viewer, Filter(Which(which), value), read_cursor(after))
        message = lists.listed(page, self._x.desk.bar_of(viewer.workspace), self._x.clock(), first=False)

        def job() -> None:
            self._x.gateway.respond(str(body["response_url"]), message | {"replace_original": True})

        return Answer(then=(job,))


def wanted_list(bar: BugBar, typed: str) -> Filter:
    """The list that somebody means: by its name, by a severity, or by a threat. Raises `Refused`."""
    word = typed.casefold().strip()
    if word in _NAMED:
        return Filter(_NAMED[word])
    severity = next((s for s in SEVERITIES if s.casefold() == word), None)
    if severity is not None:
        return Filter(Which.SEVERITY, str(severity))
    threat = find_threat(bar, typed)
    if threat is None:
        raise Refused(_THREATS_NEED.format(typed=clip(typed, 80)))
    return Filter(Which.THREAT, threat.id)


def find_threat(bar: BugBar, typed: str) -> Threat | None:
    """The threat that somebody means: by id, code or name, or the only one whose name contains the words."""
    asked = typed.casefold().replace("_", " ").strip()
    exact = [t for t in bar.threats if asked in {t.id.replace("_", " "), t.code.casefold(), t.name.casefold()}]
    close = exact or [t for t in bar.threats if all(word in f"{t.name} {t.id}".casefold() for word in asked.split())]
    return close[0] if len(close) == 1 or exact else None
