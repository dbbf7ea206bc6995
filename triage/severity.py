"""How bad: the four severities of the SDL bug bar, in their order."""

from enum import StrEnum


class Severity(StrEnum):
    """A severity of the bug bar; compares by badness, not by spelling: ``Severity.LOW < Severity.CRITICAL``.

    Comparing with a string that is no severity raises ``ValueError``.
    """

    LOW = "Low"
    MODERATE = "Moderate"
    IMPORTANT = "Important"
    CRITICAL = "Critical"

    @property
    def rank(self) -> int:
        """0 (Low) to 3 (Critical)."""
        return _RANK[self.value]

    @classmethod
    def at(cls, rank: int) -> "Severity":
        """Return the severity of a rank from 0 to 3; ``IndexError`` beyond."""
        return SEVERITIES[rank]

    def __lt__(self, other: str, /) -> bool:
        return self.rank < Severity(other).rank

    def __le__(self, other: str, /) -> bool:
        return self.rank <= Severity(other).rank

    def __gt__(self, other: str, /) -> bool:
        return self.rank > Severity(other).rank

    def __ge__(self, other: str, /) -> bool:
        return self.rank >= Severity(other).rank


SEVERITIES: tuple[Severity, ...] = tuple(Severity)
_RANK: dict[str, int] = {severity.value: rank for rank, severity in enumerate(SEVERITIES)}
