"""Taking the history out: what somebody may see of it, and for whom that is a use case."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from triage.access import Viewer
from triage.changing import masked, must_be_member
from triage.errors import Forbidden
from triage.ports import Work, WorkPlace
from triage.transfer import Exported

PAGE = 500


def exported(
    place: WorkPlace, viewer: Viewer, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Exported]:
    """All reports that the viewer may see, filed from `since` to before `until`, by number, each with its history.

    Raises `Forbidden` for outsiders, with the first.
    """
    must_be_member(viewer)
    after = 0
    while True:
        with place.read() as work:  # one a page: nobody waits for a reader who is slow to take it
            page = _page(work, viewer, after, since, until)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].report.number


def _page(work: Work, viewer: Viewer, after: int, since: datetime | None, until: datetime | None) -> Sequence[Exported]:
    page = work.exchange.page(viewer, after, PAGE, since, until)
    if viewer.is_triager:
        return page
    return [replace(one, events=[masked(work, viewer, event) for event in one.events]) for one in page]


class Exporting:
    """Reports as records, for admins."""

    def __init__(self, place: WorkPlace) -> None:
        self._place = place

    def reports(self, viewer: Viewer) -> Iterator[Exported]:
        """All that an admin may see. Raises `Forbidden` for everybody else, before the first."""
        must_be_member(viewer)
        if not viewer.admin:
            raise Forbidden("Only admins of mlbug can export its history. Ask one of them, or look with /mlbug list.")
        return exported(self._place, viewer)
