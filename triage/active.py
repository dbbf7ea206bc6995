"""Which bar new verdicts are given by: the one that a workspace chose, else the installation's."""

from collections.abc import Callable

from triage.bar import BugBar
from triage.errors import Refused
from triage.ports import WorkPlace

BarOf = Callable[[str], BugBar]  # a workspace's id -> its bar


def nothing_chosen(workspace: str) -> str:
    """Every workspace has the installation's bar."""
    del workspace
    return ""


class ActiveBars:
    """`chosen` gives the content hash of the bar that a workspace chose, or nothing. A chosen bar is read once."""

    def __init__(self, place: WorkPlace, default: BugBar, chosen: Callable[[str], str] = nothing_chosen) -> None:
        self._place = place
        self._default = default
        self._chosen = chosen
        self._known = {default.hash: default}

    def of(self, workspace: str) -> BugBar:
        """The bar of a workspace. Raises `Refused` where the history lost it, and `Unavailable`."""
        wanted = self._chosen(workspace)
        if not wanted:
            return self._default
        if wanted not in self._known:
            with self._place.read() as work:
                text = work.bars.text(wanted)
            if text is None:
                raise Refused("The bar that this workspace uses is missing from the history. Tell whoever runs mlbug.")
            self._known[wanted] = BugBar.from_canonical(text)
        return self._known[wanted]
