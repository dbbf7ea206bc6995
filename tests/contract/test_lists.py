"""Lists, saved settings and people: the same on every store."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import AUTHOR, GUEST, MEMBER, REPORTER, TRIAGER, WORKSPACE, a_report, add, file
from stores import START

from triage.access import Person, Viewer, may_see
from triage.listing import Cursor, Filter, Which, cursor_of, cursor_text, read_cursor
from triage.ports import WorkPlace
from triage.reports import State
from triage.severity import Severity
from triage.workspace import WorkspaceSettings

people = st.sampled_from(["U1", "U2", "U3"])
reports = st.lists(
    st.fixed_dictionaries(
        {
            "reporter": people,
            "restricted": st.booleans(),
            "named": st.frozensets(people, max_size=1),
            "state": st.sampled_from(State),
            "owner": st.none() | people,
            "due_at": st.none() | st.integers(-2, 2).map(lambda days: START + timedelta(days=days)),
            "override": st.none() | st.sampled_from(Severity),
            "asked": st.sampled_from(["", "data_poisoning.reach"]),
            "title": st.sampled_from(["Bad feed", "100% bad_feed", "Other"]),
        }
    ),
    min_size=1,
    max_size=8,
)
filters = st.sampled_from(
    [Filter(which) for which in Which if which not in {Which.SEVERITY, Which.THREAT, Which.TITLED, Which.REPEATS}]
    + [Filter(Which.SEVERITY, "Low"), Filter(Which.THREAT, "data_poisoning"), Filter(Which.REPEATS, "1")]
    + [Filter(Which.TITLED, "FEED"), Filter(Which.TITLED, "100%"), Filter(Which.TITLED, "d_f")]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_reports=reports,
    wanted=filters,
    viewer=st.sampled_from([MEMBER, AUTHOR, TRIAGER, GUEST]),
    size=st.integers(1, 4),
)
def test_pages_together_are_the_whole_list_of_what_may_be_seen(
    place: WorkPlace, given_reports, wanted: Filter, viewer: Viewer, size: int
) -> None:
    with place.write() as work:  # and rolled back
        filed = [add(work, a_report(f"d{n}", **one)) for n, one in enumerate(given_reports)]
        whole = list(work.lists.page(viewer, wanted, START, 100, None))
        paged, after = [], None
        while page := work.lists.page(viewer, wanted, START, size, after):
            paged += page
            after = read_cursor(cursor_text(cursor_of(wanted, page[-1])))

        assert paged == whole
        assert work.lists.count(viewer, wanted, START, 100) == len(whole)
        assert work.lists.count(viewer, wanted, START, 1) == min(1, len(whole))
        visible = {
            r.number
            for r in filed
            if may_see(viewer, workspace=WORKSPACE, reporter=r.reporter, restricted=r.restricted, named=r.named)
        }
        assert {row.number for row in whole} <= visible
        expected = {
            Which.ALL: visible,
            Which.OPEN: {r.number for r in filed if r.state in {State.NEW, State.ACCEPTED}},
            Which.OVERDUE: {r.number for r in filed if r.state is State.ACCEPTED and r.due_at and r.due_at < START},
            Which.OWNED: {r.number for r in filed if r.state is State.ACCEPTED and r.owner == viewer.user},
            Which.REPORTED: {r.number for r in filed if r.reporter == viewer.user},
        }
        if wanted.which in expected:
            assert {row.number for row in whole} == expected[wanted.which] & visible
        if wanted == Filter(Which.TITLED, "100%"):
            assert {row.title for row in whole} <= {"100% bad_feed"}


def test_a_page_begun_before_a_change_goes_on_without_a_gap_or_a_repeat(place: WorkPlace) -> None:
    for number in range(6):
        file(place, a_report(f"d{number}"))
    wanted = Filter(Which.OPEN)
    with place.read() as work:
        first = work.lists.page(MEMBER, wanted, START, 3, None)
    assert [row.number for row in first] == [6, 5, 4]

    file(place, a_report("d7"))
    with place.write() as work:
        closed = work.reports.get(TRIAGER, 5, lock=True)
        assert closed is not None
        work.reports.save(replace(closed, state=State.FIXED, version=2))
        work.commit()

    with place.read() as work:
        second = work.lists.page(MEMBER, wanted, START, 3, Cursor(4))
    assert [row.number for row in second] == [3, 2, 1]


def test_what_the_clock_has_to_look_at_comes_longest_due_first(place: WorkPlace) -> None:
    for number, hours in enumerate([3, -5, -1]):
        file(place, a_report(f"d{number}", wake_at=START + timedelta(hours=hours)))
    file(place, a_report("d9"))

    with place.read() as work:
        assert work.lists.woken(START, 10) == [(WORKSPACE, 2), (WORKSPACE, 3)]
        assert work.lists.woken(START, 1) == [(WORKSPACE, 2)]


def test_the_settings_saved_last_hold_and_are_their_workspaces_own(place: WorkPlace) -> None:
    first = WorkspaceSettings(triage_channel="C1", triagers=frozenset({"U1", "S1"}), deadlines={"P0": 3})
    with place.write() as work:
        assert work.settings.get(WORKSPACE) is None
        work.settings.put(WORKSPACE, first, START, "U4")
        work.settings.put(WORKSPACE, first.model_copy(update={"triage_channel": "C2"}), START, "U4")
        work.commit()

    with place.read() as work:
        kept = work.settings.get(WORKSPACE)
        assert kept is not None
        assert (kept.triage_channel, kept.triagers, kept.deadlines) == ("C2", first.triagers, {"P0": 3})
        assert work.settings.get("T2") is None


def test_people_are_known_by_workspace_and_the_last_look_counts(place: WorkPlace) -> None:
    person = Person(WORKSPACE, REPORTER, guest=True, gone=False, admin=False, seen_at=START)
    with place.write() as work:
        work.people.put(person)
        work.people.put(replace(person, guest=False, admin=True))
        work.commit()

    with place.read() as work:
        assert work.people.get(WORKSPACE, REPORTER) == replace(person, guest=False, admin=True)
        assert work.people.get("T2", REPORTER) is None
