"""Lists with paging, and what stands on somebody's Home tab. Counts are reads, too: they count what the viewer may see."""

from dataclasses import dataclass

from triage.access import Viewer
from triage.changing import must_be_member
from triage.listing import Cursor, Filter, Listed, Page, Which, cursor_of
from triage.ports import Clock, Work, WorkPlace
from triage.reports import Draft, parse_report_name
from triage.severity import Severity

PAGE = 10
HOME_ROWS = 5
COUNT_TO = 100


@dataclass(frozen=True, slots=True)
class Part:
    """The first rows of a list, and how many there are (`COUNT_TO` at most)."""

    rows: tuple[Listed, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Home:
    """One person's Home tab. `new` is for triagers and empty for others."""

    asked: Part
    new: Part
    owned: Part
    reported: Part
    criticals: Part
    overdue: int
    draft: Draft | None


class Browsing:
    """The use cases. All raise `Forbidden` for outsiders and `Unavailable`."""

    def __init__(self, place: WorkPlace, clock: Clock) -> None:
        self._place = place
        self._clock = clock

    def page(self, viewer: Viewer, wanted: Filter, after: Cursor | None = None) -> Page:
        """One page of a list, behind `after`."""
        must_be_member(viewer)
        with self._place.read() as work:
            rows = work.lists.page(viewer, wanted, self._clock(), PAGE + 1, after)
        shown = tuple(rows[:PAGE])
        return Page(wanted, shown, cursor_of(wanted, shown[-1]) if len(rows) > PAGE else None)

    def home(self, viewer: Viewer) -> Home:
        """Everything on the Home tab, as of one moment."""
        must_be_member(viewer)
        with self._place.read() as work:
            return Home(
                asked=self._part(work, viewer, Filter(Which.ASKED)),
                new=self._part(work, viewer, Filter(Which.NEW)) if viewer.is_triager else Part((), 0),
                owned=self._part(work, viewer, Filter(Which.OWNED)),
                reported=self._part(work, viewer, Filter(Which.REPORTED)),
                criticals=self._part(work, viewer, Filter(Which.SEVERITY, Severity.CRITICAL)),
                overdue=work.lists.count(viewer, Filter(Which.OVERDUE), self._clock(), COUNT_TO),
                draft=work.drafts.latest(viewer),
            )

    def find(self, viewer: Viewer, typed: str, limit: int = 20) -> tuple[Listed, ...]:
        """Reports for a type-ahead: the one of that number, or the newest ones with these words in their titles."""
        must_be_member(viewer)
        number = parse_report_name(typed)
        wanted = Filter(Which.TITLED, " ".join(typed.split()))
        with self._place.read() as work:
            if number is None:
                return tuple(work.lists.page(viewer, wanted, self._clock(), limit, None))
            below = Cursor(number + 1)  # the list runs from new to old, so this is where it begins with `number`
            rows = work.lists.page(viewer, Filter(Which.ALL), self._clock(), 1, below)
        return tuple(row for row in rows if row.number == number)

    def due(self, viewer: Viewer) -> tuple[Listed, ...]:
        """The viewer's own reports with a deadline, for a reminder."""
        must_be_member(viewer)
        with self._place.read() as work:
            rows = work.lists.page(viewer, Filter(Which.OWNED), self._clock(), PAGE, None)
        return tuple(row for row in rows if row.due_at is not None)

    def _part(self, work: Work, viewer: Viewer, wanted: Filter) -> Part:
        now = self._clock()
        rows = tuple(work.lists.page(viewer, wanted, now, HOME_ROWS, None))
        more = len(rows) == HOME_ROWS
        return Part(rows, work.lists.count(viewer, wanted, now, COUNT_TO) if more else len(rows))
