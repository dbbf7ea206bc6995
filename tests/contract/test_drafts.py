"""Drafts: each its writer's alone, the newest offered again, and once filed never unfiled."""

from dataclasses import replace
from datetime import timedelta

import pytest
from records import AUTHOR, GUEST, MEMBER, REPORTER, STRANGER, TRIAGER, WORKSPACE, a_draft
from stores import START

from triage.access import Role, Viewer
from triage.ports import WorkPlace
from triage.reports import Draft, Entries, Step


def put(place: WorkPlace, *drafts: Draft) -> None:
    with place.write() as work:
        for draft in drafts:
            work.drafts.put(draft)
        work.commit()


def latest(place: WorkPlace, viewer: Viewer = AUTHOR) -> Draft | None:
    with place.read() as work:
        return work.drafts.latest(viewer)


def get(place: WorkPlace, draft_id: str = "d1", viewer: Viewer = AUTHOR) -> Draft | None:
    with place.read() as work:
        return work.drafts.get(viewer, draft_id)


def test_a_draft_comes_back_as_it_was_saved(place: WorkPlace) -> None:
    draft = a_draft(
        entries=Entries(
            title="A title",
            restricted=True,
            threat="data_poisoning",
            gates={"ml_target": "yes"},
            answers={"data_poisoning": {"control": "chosen"}},
            asked=("data_poisoning",),
            urgency={"maturity": "shown"},
        ),
        step=Step.QUESTIONS,
        updated_at=START + timedelta(microseconds=123456),
    )

    put(place, draft)

    assert get(place) == draft


def test_saving_again_replaces(place: WorkPlace) -> None:
    put(place, a_draft())
    later = a_draft(step=Step.QUESTIONS, entries=Entries(title="Better"), updated_at=START + timedelta(minutes=1))

    put(place, later)

    assert get(place) == later


@pytest.mark.parametrize("viewer", [MEMBER, TRIAGER, GUEST, STRANGER, Viewer("T2", REPORTER)], ids=str)
def test_nobody_else_reads_or_deletes_a_draft(place: WorkPlace, viewer: Viewer) -> None:
    put(place, a_draft())

    assert get(place, viewer=viewer) is None
    assert latest(place, viewer) is None
    with place.write() as work:
        assert work.drafts.get(viewer, "d1", lock=True) is None
        assert not work.drafts.delete(viewer, "d1")
        work.commit()
    assert get(place) == a_draft()


def test_somebody_who_became_a_guest_has_no_drafts(place: WorkPlace) -> None:
    put(place, a_draft())
    guest = Viewer(WORKSPACE, REPORTER, Role.OUTSIDER)

    assert get(place, viewer=guest) is None
    assert latest(place, guest) is None
    with place.write() as work:
        assert not work.drafts.delete(guest, "d1")


def test_the_same_id_of_two_people_is_two_drafts(place: WorkPlace) -> None:
    other = a_draft(user=MEMBER.user, entries=Entries(title="Mine"))

    put(place, a_draft(), other)

    assert get(place) == a_draft()
    assert get(place, viewer=MEMBER) == other


def test_the_draft_saved_last_is_offered(place: WorkPlace) -> None:
    put(
        place,
        a_draft("d1", updated_at=START + timedelta(seconds=2)),
        a_draft("d2", updated_at=START + timedelta(seconds=3)),
        a_draft("d3", updated_at=START + timedelta(seconds=1)),
    )

    found = latest(place)

    assert found is not None
    assert found.id == "d2"


def test_a_filed_draft_is_offered_no_more_but_says_its_report(place: WorkPlace) -> None:
    put(place, a_draft("d1"), a_draft("d2", report=7, updated_at=START + timedelta(hours=1)))

    found, filed = latest(place), get(place, "d2")

    assert found is not None
    assert found.id == "d1"
    assert filed is not None
    assert filed.report == 7


def test_a_late_save_does_not_unfile(place: WorkPlace) -> None:
    put(place, a_draft(report=7))

    put(place, a_draft(report=None, entries=Entries(title="Late")))

    kept = get(place)
    assert kept is not None
    assert kept.report == 7
    assert latest(place) is None


def test_an_unfinished_draft_is_deleted_once(place: WorkPlace) -> None:
    put(place, a_draft())

    with place.write() as work:
        assert work.drafts.delete(AUTHOR, "d1")
        assert not work.drafts.delete(AUTHOR, "d1")
        work.commit()

    assert get(place) is None


def test_a_filed_draft_is_not_deleted(place: WorkPlace) -> None:
    put(place, a_draft(report=1))

    with place.write() as work:
        assert not work.drafts.delete(AUTHOR, "d1")
        work.commit()

    assert get(place) is not None


def test_a_time_without_a_zone_is_refused(place: WorkPlace) -> None:
    with place.write() as work, pytest.raises(ValueError, match="zone"):
        work.drafts.put(replace(a_draft(), updated_at=START.replace(tzinfo=None)))
