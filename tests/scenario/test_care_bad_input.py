"""Groups, channels and people that are gone: a clear sentence each, and nothing is lost."""

from pathlib import Path

import pytest
from reporting import Office, file_report, open_office, worst

from triage.access import Role, Viewer
from triage.reports import State


def group_id(office: Office) -> str:
    return next(iter(office.sandbox.team.groups))


def test_triagers_by_user_group_and_a_group_that_is_deleted(office: Office) -> None:
    ana, ben, mei = office.person("ana"), office.person("ben"), office.person("mei")
    ana.types("#general", "/mlbug settings")
    modal = ana.modal("mlbug settings").choose("Triagers").fill("User groups of triagers", "triagers")
    modal.submit()
    assert "no user group’s id" in str(modal.errors)
    modal.fill("User groups of triagers", "S0GONE999").submit()
    told = ana.modal(containing="Not saved.")
    assert "no such user group" in told.text
    office.expected.add("usergroups.users.list: no_such_subteam")
    told.fill("User groups of triagers", group_id(office)).submit()
    ana.modal(containing="Saved").close()
    team = office.sandbox.team.id
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning")).close()
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning"), title="Second").close()

    assert office.person("mei").id in office.assistant.roster.triagers(team)
    mei.sees("#triage", "Model leaks").press("Accept")
    mei.sees("#triage", "State: accepted")

    office.sandbox.look(office.sandbox.team.groups.clear)
    office.assistant.roster.refresh(team, now=True)
    mei.sees("#triage", "Second").press("Accept")
    assert "Only triagers can accept it" in mei.sees_ephemeral("#triage", "Only triagers").words


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
