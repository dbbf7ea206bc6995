"""The search in memory: every report that the viewer may see is compared. What an index in a database must come to, too."""

from collections import Counter
from collections.abc import Iterable, Sequence

from triage.access import Viewer
from triage.history import Hit
from triage.likeness import READ_MAX, Comparer, Nearness, Question, Statistics, as_read, fingerprint
from triage.ports import Meaning
from triage.repeats import Candidate, Judged, judge
from triage.reports import Report
from triage.words import is_common


def similar(
    viewer: Viewer,
    visible: Sequence[Report],
    text: str,
    limit: int,
    *,
    threat: str = "",
    system: str = "",
    besides: int = 0,
    meaning: Meaning | None = None,
) -> list[Hit]:
    """The answer from `visible`, the reports that the viewer may see."""
    question = Question.of(text, system)
    if all(map(is_common, question.counts)):
        return []
    prints = {one.number: fingerprint(one.title, one.description, one.system) for one in visible}
    counted = [prints[one.number] for one in visible if viewer.is_triager or not one.restricted]
    holding = Counter(term for one in counted for term in one.terms)
    mean = sum(one.length for one in counted) / max(1, len(counted))
    candidates = [
        Candidate(
            number=one.number,
            issue=one.duplicate_of if one.duplicate_of in prints else one.number,
            fingerprint=prints[one.number],
            same_system=bool(system) and one.system.casefold() == system.casefold(),
            same_threat=bool(threat) and one.threat == threat,
        )
        for one in visible
        if one.number != besides
    ]
    comparer = Comparer(question, Statistics(len(counted), mean, holding))

    def meant(numbers: Sequence[int]) -> Nearness | None:
        assert meaning is not None
        texts = [as_read(one.title, one.description) for number in numbers for one in visible if one.number == number]
        return meaning.compare(text.strip()[:READ_MAX], texts)

    return _hits(judge(comparer, candidates, limit, meant if meaning else None), visible)


def _hits(judged: Iterable[Judged], visible: Sequence[Report]) -> list[Hit]:
    reports = {one.number: one for one in visible}
    return [
        Hit(
            number=one.issue,
            matched=one.number,
            score=one.score,
            repeat=one.repeat,
            title=reports[one.issue].title,
            system=reports[one.issue].system,
            state=reports[one.issue].state,
            severity=reports[one.issue].effective,
            overridden=reports[one.issue].override is not None,
            threat=reports[one.issue].threat,
            rule=reports[one.issue].rule,
            reporter=reports[one.issue].reporter,
            owner=reports[one.issue].owner,
            created_at=reports[one.issue].created_at,
            closed_at=reports[one.issue].closed_at,
            restricted=reports[one.issue].restricted,
        )
        for one in judged
    ]
