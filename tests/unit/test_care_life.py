"""Any sequence of clicks, by anybody, with time passing: what must always hold of a report holds."""

from dataclasses import replace
from datetime import timedelta

from fakes import MemoryPlace, MemoryStore
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from records import REPORTER, WORKSPACE, a_case, a_report, an_event
from stores import START, HandClock

from triage import bars
from triage.access import Role, Viewer
from triage.asking import Asking
from triage.care import Care
from triage.case import Case
from triage.changing import Changes, KeptBars
from triage.errors import MlbugError
from triage.lifecycle import CLOSED_STATES, Deed, choices
from triage.reports import OPEN_STATES, EventKind, Scored, State
from triage.rounds import Rounds
from triage.scoring import score
from triage.severity import Severity
from triage.workspace import WorkspaceSettings

BAR = bars.builtin()
TRIAGER = Viewer(WORKSPACE, "U3", Role.TRIAGER)
PEOPLE = [TRIAGER, Viewer(WORKSPACE, REPORTER), Viewer(WORKSPACE, "U2"), Viewer(WORKSPACE, "U8")]
PEOPLE += [Viewer(WORKSPACE, "U9", Role.OUTSIDER), Viewer("T2", "U3", Role.TRIAGER)]

people = st.sampled_from([TRIAGER] * 8 + PEOPLE)  # most of the clicks by somebody who may do much
numbers = st.sampled_from([1, 1, 1, 2, 2, 3, 4])  # and few reports, so that they meet; there is no 4
owners = st.sampled_from(["", "U2", "U8"])
severities = st.none() | st.sampled_from(Severity)
reasons = st.sampled_from(["Because", "Because", "Because", "Because", "  ", "x" * 1001])
seens = st.sampled_from([0, 0, 0, 0, 0, 1, 2])


def scored_of(case: Case) -> Scored:
    return Scored(case.canonical(), score(BAR, case).canonical(), BAR.hash, START, REPORTER)


class Life(RuleBasedStateMachine):
    """Three reports, one of them outside the bar, and everybody who might click."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.store = MemoryStore()
        place = MemoryPlace(self.store, self.clock)
        self.place = place
        changes = Changes(place, self.clock, WorkspaceSettings(webhook="https://hooks.example.com/in"))
        self.care, self.rounds = Care(changes, KeptBars(BAR)), Rounds(changes)
        self.asking = Asking(changes, lambda _workspace: BAR)
        self.deadlines: dict[int, object] = {}

    @initialize()
    def filed(self) -> None:
        accident = a_case().model_copy(update={"gates": a_case().gates.model_copy(update={"ml_target": "no"})})
        open_case = Case.model_validate(
            {
                "gates": {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"},
                "threats": [{"threat": "data_poisoning", "answers": {"control": "chosen"}}],
            }
        )
        with self.place.write() as work:
            work.bars.keep(BAR)
            for n, case in enumerate((a_case(), open_case, accident)):
                report = a_report(f"d{n}", scored=scored_of(case))
                state = State.NEW if report.severity else State.OUT_OF_SCOPE
                filed = work.reports.add(replace(report, state=state))
                work.reports.add_event(WORKSPACE, filed.number, an_event())
            work.commit()

    def attempt(self, do, *arguments) -> None:
        """Do it; where it is refused nothing at all has changed."""
        before = self.store.data
        try:
            do(*arguments)
        except MlbugError:
            assert self.store.data is before

    @rule(who=people, number=numbers, seen=seens)
    def accept(self, who, number, seen) -> None:
        self.attempt(self.care.accept, who, number, seen)

    @rule(who=people, number=numbers, severity=severities, reason=reasons)
    def override(self, who, number, severity, reason) -> None:
        self.attempt(self.care.override, who, number, severity, reason)

    @rule(who=people, number=numbers, owner=owners)
    def assign(self, who, number, owner) -> None:
        self.attempt(self.care.assign, who, number, owner)

    @rule(who=people, number=numbers, earlier=numbers)
    def link(self, who, number, earlier) -> None:
        self.attempt(self.care.link, who, number, earlier)

    @rule(who=people, number=numbers, reason=reasons, seen=seens)
    def unlink(self, who, number, reason, seen) -> None:
        self.attempt(self.care.unlink, who, number, reason, seen)

    @rule(who=people, number=numbers, deed=st.sampled_from([Deed.FIX, Deed.DECLINE, Deed.WITHDRAW]), reason=reasons)
    def close(self, who, number, deed, reason) -> None:
        self.attempt(self.care.close, who, number, deed, reason)

    @rule(who=people, number=numbers, days=st.integers(-1, 400), reason=reasons)
    def accept_risk(self, who, number, days, reason) -> None:
        self.attempt(self.care.accept_risk, who, number, reason, (self.clock.now + timedelta(days=days)).date())

    @rule(who=people, number=numbers, reason=reasons)
    def reopen(self, who, number, reason) -> None:
        self.attempt(self.care.reopen, who, number, reason)

    @rule(who=people, number=numbers, do=st.sampled_from(["restrict", "unrestrict"]))
    def restrict(self, who, number, do) -> None:
        self.attempt(getattr(self.care, do), who, number, *(["Because"] if do == "unrestrict" else []))

    @rule(who=people, number=numbers, person=owners, do=st.sampled_from(["name", "unname"]))
    def name(self, who, number, person, do) -> None:
        self.attempt(getattr(self.care, do), who, number, person)

    @rule(who=people, number=numbers, days=st.integers(0, 31))
    def snooze(self, who, number, days) -> None:
        self.attempt(self.care.snooze, who, number, days)

    @rule(who=people, number=numbers)
    def ask(self, who, number) -> None:
        self.attempt(self.asking.ask, who, number)

    @rule(who=people, number=numbers, pick=st.integers(0, 9))
    def answer(self, who, number, pick) -> None:
        report = self.store.data.reports.get((WORKSPACE, number))
        key = report.asked if report and report.asked else "data_poisoning.reach"
        topic, _, name = key.partition(".")
        options = BAR.gate(name).options if topic == "gates" else BAR.threat(topic).question(name).options
        option = [*(o.id for o in options), "unknown"][pick % (len(options) + 1)]
        self.attempt(self.asking.answer, who, number, key, option)

    @precondition(lambda self: self.store.data.reports)
    @rule(hours=st.integers(1, 2000))
    def time_passes(self, hours) -> None:
        self.clock.forward(hours * 3600)
        while self.rounds.go():
            pass

    @invariant()
    def what_goes_with_the_state_is_there_and_nothing_else(self) -> None:
        for (workspace, number), report in self.store.data.reports.items():
            state = report.state
            assert (report.closed_at is not None) == (state in CLOSED_STATES)
            assert (report.duplicate_of is not None) == (state is State.DUPLICATE)
            assert (report.risk_until is not None) == (state is State.RISK_ACCEPTED)
            assert (state is State.OUT_OF_SCOPE) <= (report.effective is None)
            assert (state in OPEN_STATES) <= (report.effective is not None)
            assert (state is State.NEW) <= (report.accepted_at is None)
            assert (state is State.ACCEPTED) <= (report.accepted_at is not None and report.due_at is not None)
            assert (report.wake_at is not None) == (state in {State.ACCEPTED, State.RISK_ACCEPTED})
            assert bool(report.asked) <= (state in OPEN_STATES)
            assert (report.effective is None) == (report.urgency is None)
            if report.due_at is not None:  # frozen for good
                assert self.deadlines.setdefault(number, report.due_at) == report.due_at
            events = self.store.data.events[workspace, number]
            assert [event.seq for event in events] == list(range(1, report.version + 1))  # no change without its event
            assert self.store.data.verdicts[workspace, number][-1] == report.scored

    @invariant()
    def what_the_figures_read_from_a_report_is_what_its_events_say(self) -> None:
        ends = {EventKind.ASKED, EventKind.ANSWERED, EventKind.CLOSED, EventKind.LINKED}
        for key, report in self.store.data.reports.items():
            events = self.store.data.events.get(key, [])
            accepted = [event.at for event in events if event.kind is EventKind.ACCEPTED]
            assert accepted == ([report.accepted_at] if report.accepted_at else [])
            talk = [event.kind for event in events if event.kind in ends]
            assert bool(report.asked) <= (talk[-1:] == [EventKind.ASKED])

    @invariant()
    def duplicates_lead_to_an_end(self) -> None:
        for number, report in ((n, r) for (_, n), r in self.store.data.reports.items()):
            passed, at = {number}, report.duplicate_of
            while at is not None:
                assert at not in passed
                passed.add(at)
                at = self.store.data.reports[WORKSPACE, at].duplicate_of

    @invariant()
    def everything_told_was_done_by_somebody_who_may(self) -> None:
        for (_, number), events in self.store.data.events.items():
            report = self.store.data.reports[WORKSPACE, number]
            for event in events[1:]:
                may = {TRIAGER.user, REPORTER, ""} | {e.now for e in events if e.kind is EventKind.ASSIGNED}
                assert event.actor in may
            assert choices(PEOPLE[4], report) == choices(PEOPLE[5], report) == ()

    @invariant()
    def nobody_is_reminded_twice_a_day(self) -> None:
        keys = [key for _, key in self.store.data.outbox if key.startswith("reminder:")]
        assert len(keys) == len(set(keys))


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
