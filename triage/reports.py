"""What the history is made of: drafts, reports, verdicts as filed, and the events that changed them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from triage.bar import Severity
from triage.case import Case, Gates, ThreatCase, Urgency
from triage.verdict import Verdict

TITLE_MAX = 150
DESCRIPTION_MAX = 3000
SYSTEM_MAX = 75
UNSURE = "unsure"  # stands for "Not sure, help me choose" where a threat's id would

_NUMBER = re.compile(r"\A(?:ML-?)?([0-9]{1,9})\Z", re.IGNORECASE)


def report_name(number: int) -> str:
    """`42` -> `ML-42`."""
    return f"ML-{number}"


def parse_report_name(text: str) -> int | None:
    """`ML-42`, `ml42` or `42` -> `42`; anything else -> None."""
    found = _NUMBER.match(text.strip())
    return int(found.group(1)) if found else None


class State(StrEnum):
    """Where a report stands."""

    NEW = "new"
    ACCEPTED = "accepted"
    FIXED = "fixed"
    RISK_ACCEPTED = "risk accepted"
    DECLINED = "declined"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out of scope"
    WITHDRAWN = "withdrawn"


OPEN_STATES = frozenset({State.NEW, State.ACCEPTED})


class Step(StrEnum):
    """The screen of the dialog that somebody is on. `QUESTIONS` comes once a threat."""

    WHAT = "what"
    GATES = "gates"
    FAILURE = "failure"
    QUESTIONS = "questions"
    FILED = "filed"


class Entries(BaseModel):
    """Everything that a person entered in the dialog so far, as the draft keeps it. Empty means not asked yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    description: str = ""
    system: str = ""
    restricted: bool = False
    threat: str = ""  # a threat's id, or UNSURE
    second: str = ""  # a threat's id, or ""
    chosen: str = ""  # the threat chosen on the second screen by somebody who was unsure
    gates: dict[str, str] = Field(default_factory=dict)  # gate id -> option id
    failure_mode: str = ""
    variants: dict[str, str] = Field(default_factory=dict)  # threat id -> variant id
    answers: dict[str, dict[str, str]] = Field(default_factory=dict)  # threat id -> question id -> option id
    asked: tuple[str, ...] = ()  # threats whose questions were shown and submitted
    urgency: dict[str, str] = Field(default_factory=dict)
    source: str = ""  # a permalink to the message that the report began with

    @property
    def threats(self) -> tuple[str, ...]:
        """The threats to score, primary first, none twice; empty while the person is unsure."""
        first = self.chosen if self.threat == UNSURE else self.threat
        return tuple(dict.fromkeys(t for t in (first, self.second) if t))

    def case(self, threats: Sequence[str] | None = None) -> Case:
        """What the engine is asked: gates, threats with answers, urgency. What was not answered is left out.

        `threats` are those that were asked (`interview.threats_to_ask`), where a qualifier added one to those chosen.
        """
        return Case(
            gates=Gates.model_validate(self.gates),
            threats=tuple(
                ThreatCase(threat=t, variant=self.variants.get(t), answers=self.answers.get(t, {}))
                for t in (self.threats if threats is None else threats)
            ),
            urgency=Urgency.model_validate(self.urgency),
            failure_mode=self.failure_mode or None,
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished report. `id` is made when the dialog opens, so that the first save needs no round trip."""

    id: str
    workspace: str
    user: str
    step: Step
    entries: Entries
    updated_at: datetime
    report: int | None = None  # the report's number, once filed


@dataclass(frozen=True, slots=True)
class Scored:
    """A verdict as it was given: the case, the verdict, and the bar (by content hash) that gives it again byte for byte."""

    case: str  # canonical JSON of the Case
    verdict: str  # canonical JSON of the Verdict
    bar_hash: str
    at: datetime
    by: str

    def parsed(self) -> Verdict:
        """The verdict as a value."""
        return _parsed(self.verdict)


@lru_cache(maxsize=512)  # the same text comes again: for a card, for its thread, for whoever looks
def _parsed(verdict: str) -> Verdict:
    return Verdict.model_validate_json(verdict)


@dataclass(frozen=True, slots=True)
class Report:
    """A filed report with its present verdict.

    `severity` is what the bar says (the high end; None out of scope); `override` is what a triager said instead.
    `urgency` goes with the severity that counts. `due_at` is frozen when the report is accepted (`accepted_at`).
    """

    workspace: str
    number: int
    draft: str
    title: str
    description: str
    system: str
    reporter: str
    created_at: datetime
    state: State
    restricted: bool
    scored: Scored
    severity: Severity | None
    severity_low: Severity | None
    urgency: str | None
    threat: str | None
    rule: str | None
    outcome: str
    route: str | None
    named: frozenset[str] = frozenset()
    owner: str | None = None
    override: Severity | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    accepted_at: datetime | None = None
    duplicate_of: int | None = None  # the earlier report's number
    risk_until: datetime | None = None  # the end of an accepted risk
    wake_at: datetime | None = None  # when the clock has to look at it next: a reminder, or the end of an accepted risk
    asked: str = ""  # the question that waits for the reporter, `threat.question`
    source: str = ""
    version: int = 1  # grows with every change; a click that carries an older one is stale

    @property
    def name(self) -> str:
        """`ML-42`."""
        return report_name(self.number)

    @property
    def effective(self) -> Severity | None:
        """The severity that counts: the override where there is one."""
        return self.override or self.severity


class EventKind(StrEnum):
    """What happened to a report. `was` and `now` of the event are: severities, states, user ids or report names, as fits."""

    FILED = "filed"  # now: severity
    ANSWERS_CHANGED = "answers changed"  # was, now: severity
    ACCEPTED = "accepted"  # was, now: state
    OVERRIDDEN = "overridden"  # was, now: effective severity; the reason is the triager's; data: rule
    ASSIGNED = "assigned"  # was, now: user id or ""
    CLOSED = "closed"  # was, now: state; data: until (risk accepted until a date)
    REOPENED = "reopened"  # was, now: state
    LINKED = "linked"  # now: the earlier report's name; was: the state before
    UNLINKED = "unlinked"  # was: the earlier report's name
    RESTRICTED = "restricted"
    UNRESTRICTED = "unrestricted"
    VIEWER_ADDED = "viewer added"  # now: user id
    VIEWER_REMOVED = "viewer removed"  # was: user id
    ASKED = "asked"  # a question went to the reporter; data: threat, question
    ANSWERED = "answered"  # the reporter answered it; was, now: severity
    REMINDED = "reminded"
    SNOOZED = "snoozed"  # data: until


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a report's history; never changed, never deleted. `was` and `now` are words, `data` is ids only."""

    kind: EventKind
    at: datetime
    actor: str
    was: str = ""
    now: str = ""
    reason: str = ""
    data: dict[str, str] = field(default_factory=dict)
    seq: int = 0  # within the report, given by the store
