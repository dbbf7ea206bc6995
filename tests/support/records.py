"""Small records to file: real cases, scored by the built-in bar."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from stores import START

from triage.access import Role, Viewer
from triage.bars import builtin
from triage.case import Case
from triage.ports import Work, WorkPlace
from triage.reports import Draft, Entries, Event, EventKind, Report, Scored, State, Step
from triage.scoring import score

WORKSPACE = "T1"
REPORTER = "U1"

MEMBER = Viewer(WORKSPACE, "U2")
AUTHOR = Viewer(WORKSPACE, REPORTER)
TRIAGER = Viewer(WORKSPACE, "U3", Role.TRIAGER)
ADMIN = Viewer(WORKSPACE, "U4", admin=True)
GUEST = Viewer(WORKSPACE, "U5", Role.OUTSIDER)
STRANGER = Viewer("T2", "U6", Role.TRIAGER)


@cache
def a_case(blast: str = "one") -> Case:
    return Case.model_validate(
        {
            "gates": {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"},
            "threats": [
                {
                    "threat": "data_poisoning",
                    "variant": "targeted",
                    "answers": {"control": "chosen", "decision": "automated", "blast": blast},
                }
            ],
            "urgency": {"maturity": "shown"},
        }
    )


@cache
def a_scored(blast: str = "one", minutes: int = 0, by: str = REPORTER) -> Scored:
    """A verdict of the built-in bar."""
    case = a_case(blast)
    verdict = score(builtin(), case)
    return Scored(case.canonical(), verdict.canonical(), builtin().hash, START + timedelta(minutes=minutes), by)


def a_report(draft: str = "d1", **changes: Any) -> Report:
    """A report, not filed yet."""
    scored = changes.get("scored", a_scored())
    verdict = scored.parsed()
    report = Report(
        workspace=WORKSPACE,
        number=0,
        draft=draft,
        title="Labels can be bought",
        description="Anyone can label the training data of the spam filter.",
        system="Spam filter",
        reporter=REPORTER,
        created_at=START,
        state=State.NEW,
        restricted=False,
        scored=scored,
        severity=verdict.severity,
        severity_low=verdict.severity_low,
        urgency=verdict.urgency,
        threat=verdict.threat,
        rule=verdict.rule,
        outcome=verdict.outcome,
        route=verdict.route,
    )
    return replace(report, **changes)


def a_draft(draft_id: str = "d1", **changes: Any) -> Draft:
    draft = Draft(
        id=draft_id,
        workspace=WORKSPACE,
        user=REPORTER,
        step=Step.GATES,
        entries=Entries(title="Labels can be bought", gates={"ml_target": "yes"}, asked=("data_poisoning",)),
        updated_at=START,
    )
    return replace(draft, **changes)


def an_event(**changes: Any) -> Event:
    return replace(Event(EventKind.FILED, START, REPORTER, now="Critical"), **changes)


def add(work: Work, report: Report) -> Report:
    """File in a work that is open; the bar is kept first."""
    work.bars.keep(builtin())
    return work.reports.add(report)


def file(place: WorkPlace, report: Report) -> Report:
    """File and commit."""
    with place.write() as work:
        filed = add(work, report)
        work.commit()
    return filed
