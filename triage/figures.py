"""Records and a window -> figures. The digest and every report on demand are made of these, so their numbers agree.

What counts, in one place:

- A report counts at the moment it was filed, under the severity that counts today: the override where there is one.
- Open at a moment is what was filed before it and not closed before it. A report that was reopened counts as never closed.
- To accept: from filing to acceptance, for those accepted in the window. To fix: from filing to the fix, for those that stand
  fixed and were closed in the window. A report is accepted once; an imported one that stands accepted was so nobody knows when:
  it does not wait to be accepted, and counts in no time.
- An answer is waited for until it comes, or the report is closed or linked.
- A repeat counts when it was linked, if it still is, under the report that it repeats.
- A rule's override rate: of the reports that were accepted or overridden in the span of the series, the share overridden;
  each counts under the rule that had rated it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from statistics import median
from typing import Protocol

from triage.access import Viewer
from triage.reports import State, report_name
from triage.severity import Severity
from triage.weeks import Window

AGES = ((7, "Under a week"), (28, "1 to 4 weeks"), (91, "1 to 3 months"), (None, "Over 3 months"))  # days, name
SYSTEMS = 5  # named; the others are summed up
SUSPECT_OVERRIDES, SUSPECT_RATE = 3, 0.3  # from both on a rule is shown as suspect
BANDS = ((3, "fewer than 3"), (10, "3 to 9"), (30, "10 to 29"), (100, "30 to 99"))
BEYOND = "100 or more"


@dataclass(frozen=True, slots=True)
class Channel:
    """Everybody who may read a channel of a workspace: restricted reports do not exist for them."""

    workspace: str


Audience = Viewer | Channel


@dataclass(frozen=True, slots=True)
class Mix:
    """Numbers of reports by the severity that counts; `outside` the bar."""

    critical: int = 0
    important: int = 0
    moderate: int = 0
    low: int = 0
    outside: int = 0

    @classmethod
    def of(cls, rows: Iterable[tuple[Severity | None, int]]) -> "Mix":
        """Sum up (severity, number) pairs."""
        sums = {"critical": 0, "important": 0, "moderate": 0, "low": 0, "outside": 0}
        for severity, number in rows:
            sums[severity.value.lower() if severity else "outside"] += number
        return cls(**sums)

    @property
    def total(self) -> int:
        """All of them."""
        return self.critical + self.important + self.moderate + self.low + self.outside

    def number(self, severity: Severity) -> int:
        """The number of one severity."""
        return int(getattr(self, severity.value.lower()))


@dataclass(frozen=True, slots=True)
class Listed:
    """A report as a list shows it. `since` is when it was asked, for one that waits for an answer."""

    number: int
    title: str
    severity: Severity | None
    state: State
    created_at: datetime
    owner: str | None = None
    due_at: datetime | None = None
    since: datetime | None = None

    @property
    def name(self) -> str:
        """`ML-42`."""
        return report_name(self.number)

    @property
    def open(self) -> bool:
        """Whether it still is."""
        return self.state in {State.NEW, State.ACCEPTED}


@dataclass(frozen=True, slots=True)
class Repeated:
    """A report that others repeat, and how many did in the window."""

    number: int
    title: str
    times: int

    @property
    def name(self) -> str:
        """`ML-42`."""
        return report_name(self.number)


@dataclass(frozen=True, slots=True)
class Records:
    """What the history says of a window to one audience: numbers already summed where there may be many, lists cut.

    `came_in` has the bucket of the series first. Durations are seconds. `agreed` and `overridden` are reports by rule.
    """

    came_in: Sequence[tuple[int, Severity | None, int]] = ()
    came_before: Sequence[tuple[Severity | None, int]] = ()
    new: Sequence[Listed] = ()  # Criticals and Importants of the window, worst first, then newest
    closed: Sequence[tuple[State, int]] = ()
    accept_s: Sequence[float] = ()
    fix_s: Sequence[float] = ()
    rated: int = 0  # filed in the window, in the bar, not overridden
    intervals: int = 0  # of these, with an open interval
    threats: Sequence[tuple[str, int]] = ()
    systems: Sequence[tuple[str, int]] = ()  # the most named ones
    named_systems: int = 0  # reports of the window that name a system
    open: Sequence[tuple[int, Severity | None, int]] = ()  # the place in AGES first
    overdue: Sequence[tuple[Severity | None, int]] = ()
    overdue_worst: Sequence[Listed] = ()
    unaccepted: int = 0
    unaccepted_since: datetime | None = None
    asked: int = 0
    asked_longest: Sequence[Listed] = ()
    repeats: int = 0
    repeated: Sequence[Repeated] = ()
    agreed: Sequence[tuple[str, int]] = ()
    overridden: Sequence[tuple[str, int]] = ()
    restricted: int = 0  # filed in the window: for a channel the hidden ones, for a viewer those counted here


class Ledger(Protocol):
    """Where figures come from."""

    def records(self, audience: Audience, window: Window, listed: int) -> Records:
        """What the audience may know of the window, at one moment; lists have at most `listed` entries."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in seconds: half took at most `median_s`, nine of ten at most `p90_s`; None where none did."""

    number: int = 0
    median_s: float | None = None
    p90_s: float | None = None

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        """Sum up; the p90 is the nearest rank."""
        if not seconds:
            return cls()
        ordered = sorted(seconds)
        return cls(len(ordered), float(median(ordered)), ordered[ceil(0.9 * len(ordered)) - 1])


@dataclass(frozen=True, slots=True)
class RuleRate:
    """How often people overrode a rule."""

    rule: str
    overridden: int
    decided: int

    @property
    def rate(self) -> float:
        """The share, 0 to 1."""
        return self.overridden / self.decided

    @property
    def suspect(self) -> bool:
        """Whether people overrode it so often that the rule itself is in question."""
        return self.overridden >= SUSPECT_OVERRIDES and self.rate >= SUSPECT_RATE


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a window for one audience."""

    window: Window
    came_in: Mix
    came_before: Mix
    series: tuple[Mix, ...]  # one a bucket of the window
    new: tuple[Listed, ...]
    closed: Mapping[State, int]
    accept: Times
    fix: Times
    rated: int
    intervals: int
    threats: tuple[tuple[str, int], ...]
    systems: tuple[tuple[str, int], ...]
    other_systems: int
    open: Mix
    open_by_age: tuple[Mix, ...]  # one an entry of AGES
    overdue: Mix
    overdue_worst: tuple[Listed, ...]
    unaccepted: int
    unaccepted_since: datetime | None
    asked: int
    asked_longest: tuple[Listed, ...]
    repeats: int
    repeated: tuple[Repeated, ...]
    rules: tuple[RuleRate, ...]  # those overridden at least once, most overridden first
    overridden: int
    decided: int
    restricted: int
    restricted_band: str = field(default="")

    @property
    def all_closed(self) -> int:
        """Reports closed in the window, however."""
        return sum(self.closed.values())

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell: nothing came in, nothing was accepted or closed, nothing waits or is overdue."""
        happened = self.came_in.total or self.all_closed or self.accept.number or self.repeats
        return not (happened or self.overdue.total or self.unaccepted or self.asked)


def figures(records: Records, window: Window) -> Figures:
    """What the records come to."""
    buckets = range(len(window.labels))
    series = tuple(Mix.of((s, n) for b, s, n in records.came_in if b == bucket) for bucket in buckets)
    # The window's own part of the series: its last week in a digest, all of it in a report.
    own = [(s, n) for b, s, n in records.came_in if window.edges[b] >= window.start]
    decided = dict(records.agreed)
    for rule, number in records.overridden:
        decided[rule] = decided.get(rule, 0) + number
    rules = [RuleRate(rule, number, decided[rule]) for rule, number in records.overridden if number]
    return Figures(
        window=window,
        came_in=Mix.of(own),
        came_before=Mix.of(records.came_before),
        series=series,
        new=tuple(records.new),
        closed=dict(sorted(records.closed)),
        accept=Times.of(records.accept_s),
        fix=Times.of(records.fix_s),
        rated=records.rated,
        intervals=records.intervals,
        threats=tuple(sorted(records.threats, key=lambda pair: (-pair[1], pair[0]))),
        systems=tuple(records.systems),
        other_systems=records.named_systems - sum(number for _, number in records.systems),
        open=Mix.of((s, n) for _, s, n in records.open),
        open_by_age=tuple(Mix.of((s, n) for a, s, n in records.open if a == age) for age in range(len(AGES))),
        overdue=Mix.of(records.overdue),
        overdue_worst=tuple(records.overdue_worst),
        unaccepted=records.unaccepted,
        unaccepted_since=records.unaccepted_since,
        asked=records.asked,
        asked_longest=tuple(records.asked_longest),
        repeats=records.repeats,
        repeated=tuple(records.repeated),
        rules=tuple(sorted(rules, key=lambda rate: (-rate.overridden, -rate.rate, rate.rule))),
        overridden=sum(number for _, number in records.overridden),
        decided=sum(decided.values()),
        restricted=records.restricted,
        restricted_band=band(records.restricted),
    )


def band(restricted: int) -> str:
    """A number of restricted reports, said so roughly that one more or less shows only where a band ends."""
    return next((words for bound, words in BANDS if restricted < bound), BEYOND)
