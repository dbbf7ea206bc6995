"""Groups, channels and people that are gone: a clear sentence each, and nothing is lost."""

from pathlib import Path

import pytest
from reporting import Office, file_report, open_office, worst

from bot.cli_run import serving
from triage.access import Role, Viewer
from triage.reports import State


def group_id(office: Office) -> str:
    return next(iter(office.sandbox.team.groups))


def two_reports(office: Office) -> None:
    for title in ("Feed one", "Feed two"):
        file_report(
            office, office.person("ben"), "data_poisoning", worst(office.bar, "data_poisoning"), title=title
        ).close()


def test_triagers_by_user_group_and_a_group_that_is_deleted(office: Office) -> None:
    ana, mei = office.person("ana"), office.person("mei")
    ana.types("#general", "/mlbug settings")
    modal = ana.modal("mlbug settings").choose("Triagers")
    assert modal.search("User groups of triagers", "") == ["@triagers"]
    assert modal.search("User groups of triagers", "nobody") == []
    modal.choose("User groups of triagers", "@triagers").submit()
    ana.modal(containing="Saved").close()
    team = office.sandbox.team.id
    two_reports(office)

    assert mei.id in office.assistant.roster.triagers(team)
    mei.sees("#triage", "Feed one").press("Accept")
    mei.sees("#triage", "State: accepted")

    group = group_id(office)
    office.sandbox.look(office.sandbox.team.groups.clear)
    office.expected.add("usergroups.users.list: no_such_subteam")
    office.assistant.roster.refresh(team, now=True)
    mei.sees("#triage", "Feed two").press("Accept")
    assert "Only triagers can accept it" in mei.sees_ephemeral("#triage", "Only triagers").words
    for _ in range(2):
        office.assistant.ticker.once()
    told = ana.reads_dm("mlbug", "can’t see the user group")
    assert len(told) == 1
    told[0].press("Open Settings…")
    assert group in ana.modal("mlbug settings").value("User groups of triagers")


def test_a_group_that_is_disabled_while_it_is_chosen_is_told_and_nothing_is_saved(office: Office) -> None:
    ana = office.person("ana")
    ana.types("#general", "/mlbug settings")
    modal = ana.modal("mlbug settings").choose("User groups of triagers", "@triagers")
    office.sandbox.faults.refuse("usergroups.users.list", "no_such_subteam")
    modal.submit()

    told = ana.modal(containing="Not saved.")
    assert "That user group was deleted or disabled" in told.text
    assert office.assistant.settings.of(office.sandbox.team.id).triagers == {ana.id}
    told.submit()  # it is kept in the field
    ana.modal(containing="Saved")
    assert group_id(office) in office.assistant.settings.of(office.sandbox.team.id).triagers


def test_admins_by_user_group_and_when_it_is_gone_nobody_gains_a_right(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        ana, mei = office.person("ana"), office.person("mei")
        ana.types("#general", "/mlbug settings")
        ana.modal("mlbug settings").choose("User groups of admins", "@triagers").submit()
        ana.modal(containing="Saved").close()
        mei.types("#general", "/mlbug settings")
        mei.modal("mlbug settings").close()

        office.sandbox.look(office.sandbox.team.groups.clear)
        office.assistant.roster.refresh(office.sandbox.team.id, now=True)

        for person in (ana, mei):  # Ana is an admin of the workspace itself, which counts for nothing here any more
            person.types("#triage", "/mlbug settings")
            assert "for mlbug’s admins" in person.sees_ephemeral("#triage", "admins").words


def test_those_whom_the_operator_named_can_mend_settings_that_leave_no_admin(tmp_path: Path) -> None:
    with open_office(tmp_path, mlbug_admins="") as bare:
        ana_id = bare.person("ana").id
    (tmp_path / "named").mkdir()
    with open_office(tmp_path / "named", mlbug_admins=ana_id) as office:
        ana, mei = office.person("ana"), office.person("mei")
        ana.types("#general", "/mlbug settings")
        ana.modal("mlbug settings").choose("Admins").choose("User groups of admins", "@triagers").submit()
        ana.modal(containing="Saved").close()
        office.sandbox.look(office.sandbox.team.groups.clear)
        office.assistant.roster.refresh(office.sandbox.team.id, now=True)

        mei.types("#general", "/mlbug settings")
        mei.sees_ephemeral("#general", "for mlbug’s admins")
        ana.types("#general", "/mlbug settings")
        ana.modal("mlbug settings").choose("User groups of admins").choose("Admins", "ana").submit()
        ana.modal(containing="Saved")


def test_a_process_that_just_began_asks_who_is_in_a_group_before_it_refuses_anybody(office: Office) -> None:
    ana, mei = office.person("ana"), office.person("mei")
    ana.types("#general", "/mlbug settings")
    ana.modal("mlbug settings").choose("User groups of triagers", "@triagers").submit()
    ana.modal(containing="Saved").close()
    two_reports(office)
    with serving(office.settings) as (_other, _socket):  # a second process, of which half of the clicks are
        for title in ("Feed one", "Feed two"):
            mei.sees("#triage", title).press("Accept")
            mei.sees("#triage", title).until("State: accepted")
    assert mei.ephemerals("#triage") == []


def test_people_who_can_not_be_triagers_are_told_before_anything_is_saved(office: Office) -> None:
    ana, mei = office.person("ana"), office.person("mei")
    office.sandbox.look(lambda: setattr(office.sandbox.team.users[mei.id], "is_guest", True))
    ana.types("#general", "/mlbug settings")

    ana.modal("mlbug settings").choose("Triagers", "ana", "mei").submit()

    assert "is a guest, an app, or has left" in ana.modal(containing="Not saved.").text


def test_somebody_who_left_can_not_become_the_owner(office: Office) -> None:
    ana, ben, mei = office.person("ana"), office.person("ben"), office.person("mei")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning")).close()
    office.sandbox.look(lambda: setattr(office.sandbox.team.users[mei.id], "is_deleted", True))

    ana.sees("#triage", "ML-1").press("Assign…")
    ana.modal("Assign ML-1").choose("Who fixes it", "mei").submit()

    assert "closed accounts can’t be chosen" in ana.modal(containing="closed accounts").text
    triager = Viewer(office.sandbox.team.id, ana.id, Role.TRIAGER)
    assert office.assistant.desk.show(triager, 1).owner is None


def test_a_number_that_is_not_there_is_told_so(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning")).close()
    ana.types("#general", "/mlbug show ML-999999999")
    assert "There is no ML-999999999" in ana.sees_ephemeral("#general", "There is no").words
    ana.sees("#triage", "ML-1").press("Duplicate of…")
    modal = ana.modal("Duplicate: ML-1")

    assert modal.search("The earlier report", "ML-77") == []
    assert modal.search("The earlier report", "1") == []  # itself is not offered
    triager = Viewer(office.sandbox.team.id, ana.id, Role.TRIAGER)
    assert office.assistant.desk.show(triager, 1).state is State.NEW


def test_reports_of_another_workspace_are_not_there(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        ben = office.person("ben")
        file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning")).close()
        elsewhere = Viewer("T0ELSEWHERE", ben.id, Role.TRIAGER)
        with pytest.raises(Exception, match="There is no ML-1 that you can see"):
            office.assistant.desk.show(elsewhere, 1)
