"""The use case of taking the history out: for admins, and of what each of them may see."""

from collections.abc import Iterator

from triage.access import Viewer
from triage.changing import must_be_member
from triage.errors import Forbidden
from triage.ports import WorkPlace
from triage.transfer import Exported

PAGE = 500


class Exporting:
    """Reports as records, with their histories."""

    def __init__(self, place: WorkPlace) -> None:
        self._place = place

    def reports(self, viewer: Viewer) -> Iterator[Exported]:
        """All reports that an admin may see, by number. Raises `Forbidden` for everybody else, before the first."""
        must_be_member(viewer)
        if not viewer.admin:
            raise Forbidden("Only admins of mlbug can export its history. Ask one of them, or look with /mlbug list.")
        return self._pages(viewer)

    def _pages(self, viewer: Viewer) -> Iterator[Exported]:
        after = 0
        while True:
            with self._place.read() as work:  # one a page: nobody waits for a reader who is slow to take it
                page = work.exchange.page(viewer, after, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].report.number
