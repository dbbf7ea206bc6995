"""Two histories that differ in nothing but restricted reports: in one they are there, in the other only their numbers are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from records import a_draft, a_report, a_scored, add, an_event
from sqlalchemy import Engine
from stores import START, HandClock

from db.folding import fold_some
from db.report_statements import NEXT_NUMBER
from db.transaction import begin
from db.work import SqlWorkPlace
from triage.reports import Entries, Event, EventKind, Report, State
from triage.severity import Severity

SECRET = "XYZZYSECRET"
QUESTIONS = (
    "Anyone can label the training data of the spam filter",
    f"{SECRET} poisoned feed of labels",
    "poisoned feed",
    "Labels can be bought",
)
FIRST, LAST = 1, 8  # the numbers of the restricted ones


def furnish(engine: Engine, workspace: str, *, secret: bool, state: State = State.NEW, member: str = "U2") -> None:
    """File ML-1 to ML-8; `secret`: with the restricted ones, in `state`. The open ones are `member`'s and others'."""
    place = SqlWorkPlace(engine, HandClock())
    closed = START + timedelta(minutes=5) if state not in {State.NEW, State.ACCEPTED} else None
    hidden = a_report(
        "d1",
        title=f"{SECRET} poisoned feed",
        description=f"{SECRET} poisoned feed of labels for the spam filter",
        restricted=True,
        named=frozenset({"U7", "U8"}),
        owner="U8",
        state=state,
        accepted_at=START if state is State.ACCEPTED else None,
        due_at=START - timedelta(days=1) if state is State.ACCEPTED else None,
        closed_at=closed,
        duplicate_of=2 if state is State.DUPLICATE else None,
        asked="data_poisoning.reach" if state is State.NEW else "",
        override=Severity.LOW,
    )
    told = [an_event(kind=kind, reason=SECRET, now="ML-2", data={"rule": "DP-C1"}) for kind in EventKind]
    for number in range(FIRST, LAST + 1):
        if number not in {FIRST, LAST}:
            _file(
                place, replace(_open(number, member), workspace=workspace), [an_event(), an_event(kind=EventKind.ASKED)]
            )
        elif secret:
            one = hidden if number == FIRST else replace(hidden, draft="d8", system=SECRET, duplicate_of=None)
            _file(place, replace(one, workspace=workspace, state=state if number == FIRST else State.NEW), told)
        else:
            with begin(engine, writes=True) as transaction:
                transaction.put(NEXT_NUMBER, {"id": workspace, "next_report": 2})
                transaction.commit()
        if number == 4:  # what is folded by now, and what lies loose, are found in two ways
            fold_some(engine, workspace)
    if secret:
        with place.write() as work:
            entries = Entries(title=SECRET, description=SECRET, threat="data_poisoning")
            work.drafts.put(a_draft("d1", workspace=workspace, entries=entries, report=FIRST))
            work.drafts.put(a_draft("d9", workspace=workspace, entries=entries))
            work.commit()


def _open(number: int, member: str) -> Report:
    kinds = {
        2: {"state": State.ACCEPTED, "accepted_at": START, "due_at": START - timedelta(days=2), "owner": member},
        3: {"state": State.DUPLICATE, "duplicate_of": 2, "closed_at": START},
        4: {"state": State.FIXED, "closed_at": START, "system": "Feed reader"},
        5: {"title": "The feed is poisoned", "reporter": member, "system": ""},
        6: {"override": Severity.MODERATE, "description": "A feed of labels that somebody sells."},
        7: {"reporter": member, "scored": a_scored("many")},
    }
    return a_report(f"o{number}", **kinds[number])


def _file(place: SqlWorkPlace, report: Report, told: Sequence[Event]) -> None:
    with place.write() as work:
        filed = add(work, report)
        for event in told:
            work.reports.add_event(filed.workspace, filed.number, event)
        work.commit()
