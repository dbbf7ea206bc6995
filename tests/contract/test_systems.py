"""The type-ahead over systems seen before."""

import pytest
from records import MEMBER, TRIAGER, a_report, add

from triage.access import Viewer
from triage.ports import WorkPlace


@pytest.fixture
def used(place: WorkPlace) -> WorkPlace:
    names = ["Chat", "Spam filter", "spam FILTER", "Spam scorer", "", "Straße", "100%_sure", "Chat", "Spam filter"]
    with place.write() as work:
        for n, name in enumerate(names):
            add(work, a_report(f"d{n}", system=name))
        add(work, a_report("secret", system="Secret project", restricted=True))
        work.commit()
    return place


def systems(place: WorkPlace, typed: str, limit: int = 20, viewer: Viewer = MEMBER) -> list[str]:
    with place.read() as work:
        return list(work.reports.systems(viewer, typed, limit))


def test_the_most_used_come_first_and_then_the_newest(used: WorkPlace) -> None:
    assert systems(used, "") == ["Spam filter", "Chat", "100%_sure", "Straße", "Spam scorer"]


def test_names_that_differ_in_case_are_one_spelt_as_last(place: WorkPlace) -> None:
    with place.write() as work:
        for n, name in enumerate(["chat", "CHAT", "Chat"]):
            add(work, a_report(f"d{n}", system=name))
        work.commit()

    assert systems(place, "cHa") == ["Chat"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("spam", ["Spam filter", "Spam scorer"]),
        ("FILTER", ["Spam filter"]),
        ("STRASSE", ["Straße"]),
        ("%", ["100%_sure"]),
        ("_", ["100%_sure"]),
        ("\\", []),
        ("'", []),
        ("secret", []),
        ("\x00", []),
    ],
)
def test_what_was_typed_is_found_anywhere_in_the_name(used: WorkPlace, typed: str, found: list[str]) -> None:
    assert systems(used, typed) == found


def test_no_more_than_asked_for(used: WorkPlace) -> None:
    assert systems(used, "", limit=2) == ["Spam filter", "Chat"]


def test_a_system_of_restricted_reports_shows_to_those_who_see_them(used: WorkPlace) -> None:
    assert systems(used, "secret", viewer=TRIAGER) == ["Secret project"]


def test_systems_of_another_workspace_do_not_show(used: WorkPlace) -> None:
    assert systems(used, "", viewer=Viewer("T2", "U2")) == []
