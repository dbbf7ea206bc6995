"""Reports that came from elsewhere with a severity but without answers: the bar has not rated them, and says so."""

from triage.bar_parts import BugBar
from triage.case import Case
from triage.scoring import score
from triage.verdict import BarUsed, Verdict

REASON = "Imported without answers: the bar has not rated it."


def is_unrated(case: Case) -> bool:
    """Whether nothing was answered."""
    return case == Case()


def replayed(bar: BugBar, case: Case) -> Verdict:
    """The verdict that a stored case has by a bar: `score`, but for a case without any answer `unrated`. Raises `CaseError`."""
    return unrated(bar) if is_unrated(case) else score(bar, case)


def unrated(bar: BugBar) -> Verdict:
    """The verdict of a report without answers: in the bar as far as anybody knows, at no severity."""
    return Verdict(
        outcome="in_bar",
        route=None,
        severity=None,
        severity_low=None,
        severity_high=None,
        urgency=None,
        threat=None,
        rule=None,
        reason=REASON,
        fired={},
        what_would_change=(),
        ask_next=None,
        vector="",
        also=(),
        notes=(),
        bar=BarUsed(id=bar.id, version=bar.version, hash=bar.hash),
        assessments=(),
        assumed=(),
        open_questions=(),
        provisional=True,
        deadline=None,
        badges=(),
        mitigations=(),
        mappings=None,
        failure_mode=None,
    )
