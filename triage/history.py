"""What the history answers: an earlier report that is, or looks like, what somebody asks about."""

from dataclasses import dataclass
from datetime import datetime

from triage.calibration import LIKE_FROM
from triage.reports import State, report_name
from triage.severity import Severity


@dataclass(frozen=True, slots=True)
class Hit:
    """An earlier report that the viewer may see, with what is shown of it.

    `score` is the calibrated probability that it is the one asked about; `repeat` is the decision to say so. Where what matched
    is a duplicate of a report that the viewer may see, the hit is that report, and `matched` the duplicate's number.
    `severity` is the one that counts; `overridden` says that a triager chose it. `key` is its id in the system it was imported
    from.
    """

    number: int
    matched: int
    score: float
    repeat: bool
    title: str
    system: str
    state: State
    severity: Severity | None
    overridden: bool
    threat: str | None
    rule: str | None
    reporter: str
    owner: str | None
    created_at: datetime
    closed_at: datetime | None
    restricted: bool
    key: str = ""

    @property
    def name(self) -> str:
        """`ML-42`."""
        return report_name(self.number)

    @property
    def like(self) -> bool:
        """Whether it is near enough to be shown as "looks like"; a repeat always is."""
        return self.score >= LIKE_FROM
