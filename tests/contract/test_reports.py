"""Filed reports: numbered without gaps, once for a draft, changed by whoever read the newest version."""

from dataclasses import replace
from datetime import timedelta

import pytest
from records import AUTHOR, TRIAGER, WORKSPACE, a_report, a_scored, add, file
from stores import START

from triage.access import Role, Viewer
from triage.errors import AlreadyFiled, StaleState
from triage.ports import WorkPlace
from triage.reports import Report, State
from triage.severity import Severity


def get(place: WorkPlace, number: int = 1, viewer: Viewer = TRIAGER) -> Report:
    with place.read() as work:
        report = work.reports.get(viewer, number)
    assert report is not None
    return report


def save(place: WorkPlace, report: Report) -> bool:
    with place.write() as work:
        saved = work.reports.save(report)
        work.commit()
    return saved


def test_a_report_comes_back_as_it_was_filed(place: WorkPlace) -> None:
    report = a_report(
        named=frozenset({"U7", "U8"}),
        owner="U9",
        override=Severity.LOW,
        due_at=START + timedelta(days=7),
        closed_at=START + timedelta(days=3, microseconds=1),
        source="https://example.slack.com/archives/C1/p1",
        restricted=True,
        state=State.RISK_ACCEPTED,
    )

    filed = file(place, report)

    assert filed == replace(report, number=1)
    assert get(place) == filed


def test_an_out_of_scope_report_has_no_severity(place: WorkPlace) -> None:
    nothing = dict.fromkeys(("severity", "severity_low", "urgency", "threat", "rule"))
    report = a_report(outcome="out_of_scope", route="standard_sdl", state=State.OUT_OF_SCOPE, **nothing)

    filed = file(place, report)

    assert get(place) == filed
    assert filed.severity is None


def test_numbers_are_counted_per_workspace(place: WorkPlace) -> None:
    numbers = [file(place, a_report(f"d{n}", workspace=workspace)).number for n, workspace in enumerate("AABAB")]

    assert numbers == [1, 2, 1, 3, 2]


def test_the_number_that_was_given_is_ignored(place: WorkPlace) -> None:
    assert file(place, a_report(number=99)).number == 1


def test_a_filing_that_is_rolled_back_leaves_no_gap(place: WorkPlace) -> None:
    file(place, a_report("d1"))
    with place.write() as work:
        assert add(work, a_report("d2")).number == 2

    assert file(place, a_report("d3")).number == 2


def test_a_draft_is_filed_once(place: WorkPlace) -> None:
    file(place, a_report("d1"))

    with pytest.raises(AlreadyFiled) as refused, place.write() as work:
        add(work, a_report("d1"))

    assert isinstance(refused.value, StaleState)
    with place.read() as work:
        assert work.reports.get(TRIAGER, 2) is None


def test_the_same_draft_id_in_two_workspaces_is_two_reports(place: WorkPlace) -> None:
    assert file(place, a_report("d1", workspace="A")).number == 1
    assert file(place, a_report("d1", workspace="B")).number == 1


def test_after_a_doubled_filing_nothing_of_the_work_can_be_kept(place: WorkPlace) -> None:
    file(place, a_report("d1"))

    with place.write() as work:
        with pytest.raises(AlreadyFiled):
            add(work, a_report("d1"))
        with pytest.raises(RuntimeError, match="over"):
            work.commit()

    assert file(place, a_report("d2")).number == 2


def test_a_report_needs_its_bar_to_be_kept_before_it(place: WorkPlace) -> None:
    with place.write() as work:
        with pytest.raises(LookupError, match="bar"):
            work.reports.add(a_report())
        with pytest.raises(RuntimeError, match="over"):
            work.commit()


def test_a_change_is_written_back(place: WorkPlace) -> None:
    filed = file(place, a_report())
    changed = replace(
        filed,
        version=2,
        title="Another title",
        description="",
        system="Another system",
        state=State.ACCEPTED,
        restricted=True,
        owner="U9",
        override=Severity.MODERATE,
        due_at=START + timedelta(days=30),
        closed_at=START + timedelta(days=31),
        urgency="P3",
        named=frozenset({"U7"}),
    )

    assert save(place, changed)

    assert get(place) == changed
    assert get(place).effective is Severity.MODERATE


def test_what_was_filed_by_whom_and_when_is_never_changed(place: WorkPlace) -> None:
    filed = file(place, a_report())

    assert save(place, replace(filed, version=2, draft="d9", reporter="U9", created_at=START + timedelta(days=1)))

    assert get(place) == replace(filed, version=2)


def test_a_change_to_an_older_version_is_refused_and_changes_nothing(place: WorkPlace) -> None:
    filed = file(place, a_report())
    first = replace(filed, version=2, title="First", named=frozenset({"U7"}))
    second = replace(filed, version=2, title="Second", named=frozenset({"U8"}), scored=a_scored("many", minutes=5))
    assert save(place, first)

    assert not save(place, second)

    assert get(place) == first
    with place.read() as work:
        assert len(work.reports.verdicts(TRIAGER, 1)) == 1


def test_a_report_that_does_not_exist_is_not_saved(place: WorkPlace) -> None:
    assert not save(place, a_report(number=5, version=2))


@pytest.mark.parametrize(
    ("before", "after"), [((), ("U7",)), (("U7",), ()), (("U7", "U8"), ("U8", "U9")), (("U7",), ("U7",))]
)
def test_named_viewers_are_replaced(place: WorkPlace, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    filed = file(place, a_report(named=frozenset(before)))

    assert save(place, replace(filed, version=2, named=frozenset(after)))

    assert get(place).named == frozenset(after)


def test_a_locked_report_is_the_newest(place: WorkPlace) -> None:
    filed = file(place, a_report())

    with place.write() as work:
        assert work.reports.get(TRIAGER, 1, lock=True) == filed
        assert work.reports.save(replace(filed, version=2, title="Locked"))
        work.commit()

    assert get(place).title == "Locked"


@pytest.mark.parametrize("number", [0, -1, 2, 2**31 - 1])
def test_a_number_without_a_report_finds_nothing(place: WorkPlace, number: int) -> None:
    file(place, a_report())

    with place.read() as work:
        assert work.reports.get(TRIAGER, number) is None
        assert list(work.reports.verdicts(TRIAGER, number)) == []
        assert list(work.reports.events(TRIAGER, number)) == []


def test_the_reporter_needs_no_role(place: WorkPlace) -> None:
    filed = file(place, a_report(restricted=True))

    assert get(place, viewer=AUTHOR) == filed
    assert get(place, viewer=Viewer(WORKSPACE, "U7", Role.TRIAGER)) == filed
