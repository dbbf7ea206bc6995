"""The queries' filter is `triage.access.may_see`, in every read."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import ADMIN, AUTHOR, GUEST, MEMBER, STRANGER, TRIAGER, WORKSPACE, a_report, add, an_event, file

from triage.access import Role, Viewer, may_see
from triage.ports import WorkPlace

workspaces = st.sampled_from(["T1", "T2"])
people = st.sampled_from(["U1", "U2", "U3", ""])
viewers = st.builds(Viewer, workspace=workspaces, user=people, role=st.sampled_from(Role), admin=st.booleans())
filings = st.lists(
    st.fixed_dictionaries(
        {
            "workspace": workspaces,
            "reporter": people,
            "restricted": st.booleans(),
            "named": st.frozensets(people, max_size=3),
        }
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filings=filings, viewer=viewers)
def test_every_read_shows_what_may_be_seen_and_nothing_else(place: WorkPlace, filings, viewer: Viewer) -> None:
    with place.write() as work:  # and rolled back: each example begins with nothing
        filed = [add(work, a_report(f"d{n}", system=f"System {n}", **filing)) for n, filing in enumerate(filings)]
        for report in filed:
            work.reports.add_event(report.workspace, report.number, an_event())
        seen = [
            report
            for report in filed
            if may_see(
                viewer,
                workspace=report.workspace,
                reporter=report.reporter,
                restricted=report.restricted,
                named=report.named,
            )
        ]

        numbers = sorted({report.number for report in filed})
        assert [work.reports.get(viewer, n) for n in numbers if work.reports.get(viewer, n)] == sorted(
            seen, key=lambda report: report.number
        )
        assert [n for n in numbers if work.reports.verdicts(viewer, n)] == sorted(report.number for report in seen)
        assert [n for n in numbers if work.reports.events(viewer, n)] == sorted(report.number for report in seen)
        assert sorted(work.reports.systems(viewer, "", 100)) == sorted(report.system for report in seen)


@pytest.mark.parametrize(
    "viewer", [MEMBER, ADMIN, GUEST, STRANGER], ids=["member", "admin", "guest", "other workspace"]
)
def test_a_restricted_report_is_in_no_read_of(place: WorkPlace, viewer: Viewer) -> None:
    filed = file(place, a_report(restricted=True, named=frozenset({"U7"})))
    with place.write() as work:
        work.reports.add_event(WORKSPACE, filed.number, an_event())
        work.commit()

    with place.write() as work:
        assert work.reports.get(viewer, filed.number) is None
        assert work.reports.get(viewer, filed.number, lock=True) is None
        assert list(work.reports.verdicts(viewer, filed.number)) == []
        assert list(work.reports.events(viewer, filed.number)) == []
        assert list(work.reports.systems(viewer, "", 100)) == []


@pytest.mark.parametrize("viewer", [AUTHOR, TRIAGER, Viewer(WORKSPACE, "U7")], ids=["reporter", "triager", "named"])
def test_a_restricted_report_is_in_every_read_of(place: WorkPlace, viewer: Viewer) -> None:
    filed = file(place, a_report(restricted=True, named=frozenset({"U7"})))
    with place.write() as work:
        work.reports.add_event(WORKSPACE, filed.number, an_event())
        work.commit()

    with place.read() as work:
        assert work.reports.get(viewer, filed.number) == filed
        assert len(work.reports.verdicts(viewer, filed.number)) == 1
        assert len(work.reports.events(viewer, filed.number)) == 1
        assert list(work.reports.systems(viewer, "", 100)) == [filed.system]
