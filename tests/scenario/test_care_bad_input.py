"""Groups, channels and people that are gone: a clear sentence each, and nothing is lost."""

from datetime import timedelta
from pathlib import Path

import pytest
from databases import opened
from reporting import Office, answer_gates, answer_questions, file_report, open_office, worst

from bot.app import utc_now
from bot.cli_run import serving
from db.outbox import SqlQueue
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
    assert f"{group} (gone)" in ana.modal("mlbug settings").value("User groups of triagers")
    assert "It was deleted or disabled." in told[0].words


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


def leaves(office: Office, handle: str) -> None:
    """Somebody's account is closed, and a day later that is known."""
    user = office.person(handle).id
    office.sandbox.look(lambda: setattr(office.sandbox.team.users[user], "is_deleted", True))
    office.assistant.roster.meet(office.sandbox.team.id, user)


def test_a_reporter_who_left_is_not_written_to_and_can_not_be_asked(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    file_report(office, ben, "data_poisoning", {"control": "chosen", "decision": "automated"}).close()
    ben.reads_dm("mlbug", "Your report is filed")
    leaves(office, "ben")

    ana.sees("#triage", "ML-1").press("Ask the Reporter")
    assert "so nobody can be asked" in ana.sees_ephemeral("#triage", "nobody can be asked").words
    ana.sees("#triage", "ML-1").press("Accept")
    ana.sees("#triage", "State: accepted").sees_reply("accepted it")

    assert len(ben.reads_dm("mlbug")) == 1
    with opened(office.settings.database_url.get_secret_value()) as engine:
        assert SqlQueue(engine).state(office.assistant.desk.changes.clock()).dead == 0
    ben.types("#general", "/mlbug list")
    assert "for members of this workspace" in ben.sees_ephemeral("#general", "members").words


def test_an_owner_who_left_is_told_in_the_thread(office: Office) -> None:
    ana, ben, mei = office.person("ana"), office.person("ben"), office.person("mei")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning")).close()
    ana.sees("#triage", "ML-1").press("Accept")
    ana.sees("#triage", "State: accepted").press("Assign…")
    ana.modal("Assign ML-1").choose("Who fixes it", "mei").submit()
    mei.reads_dm("mlbug", "is yours to fix")
    leaves(office, "mei")
    office.assistant.desk.changes.clock = lambda: utc_now() + timedelta(days=6, hours=18)

    office.assistant.ticker.once()

    said = ana.sees("#triage", "State: accepted").sees_reply("no member here any more")
    assert "assign it to somebody else" in said.words
    assert len(mei.reads_dm("mlbug")) == 1


def test_a_named_reader_who_left_reads_nothing_and_nobody_who_left_can_be_named(office: Office) -> None:
    ana, mei = office.person("ana"), office.person("mei")
    file_report(office, office.person("ben"), "data_poisoning", worst(office.bar, "data_poisoning")).close()
    ana.sees("#triage", "ML-1").press("Restrict")
    ana.sees("#triage", "Restricted report").press("Show")
    ana.sees_ephemeral("#triage", "Model leaks").press("Name a reader…")
    ana.modal("Name a reader").choose("Who may read it, too?", "mei").submit()
    mei.reads_dm("mlbug", "is open to you")
    leaves(office, "mei")

    mei.types("#general", "/mlbug show 1")
    assert "for members of this workspace" in mei.sees_ephemeral("#general", "members").words
    ana.modal(containing="Done.").close()
    ana.sees("#triage", "Restricted report").press("Show")
    ana.sees_ephemeral("#triage", "Take a reader off").press("Take a reader off…")
    ana.modal("Take a reader off").choose("Who may not read it any more?", "mei").submit()
    ana.modal(containing="Done.").close()
    ana.sees("#triage", "Restricted report").press("Show")
    ana.sees_ephemeral("#triage", "off its readers").press("Name a reader…")
    modal = ana.modal("Name a reader").choose("Who may read it, too?", "mei")
    modal.submit()
    assert "closed accounts can’t be chosen" in str(modal.errors)


def test_an_admin_who_left_leaves_the_settings_to_those_whom_the_operator_named(tmp_path: Path) -> None:
    with open_office(tmp_path) as bare:
        ids = {handle: bare.person(handle).id for handle in ("ana", "mei")}
    (tmp_path / "named").mkdir()
    with open_office(tmp_path / "named", mlbug_admins=f"{ids['ana']},{ids['mei']}") as office:
        ana, mei = office.person("ana"), office.person("mei")
        ana.types("#general", "/mlbug settings")
        ana.modal("mlbug settings").choose("Admins", "ana").submit()
        ana.modal(containing="Saved").close()
        mei.types("#general", "/mlbug settings")
        mei.sees_ephemeral("#general", "for mlbug’s admins")

        leaves(office, "ana")
        mei.types("#general", "/mlbug settings")

        mei.modal("mlbug settings")


def test_a_message_where_the_app_is_not_is_triaged_and_the_person_told_that_no_answer_comes_there(
    office: Office,
) -> None:
    ben = office.person("ben")
    ben.types("#ml-platform", "The spam filter learns from anybody")
    ben.shortcut("Triage this message", ben.sees("#ml-platform", "learns from anybody"))
    modal = ben.modal("Report an ML bug")
    assert (
        "so it can’t answer in this message’s thread"
        in ben.sees_ephemeral("#ml-platform", "is not in this channel").words
    )
    modal.choose("Which threat is it?", "Data poisoning").submit()
    answer_gates(office.bar, ben.modal("Does the bar apply?"))
    answer_questions(office.bar, ben.modal("How bad is it?"), "data_poisoning", worst(office.bar, "data_poisoning"))

    ben.reads_dm("mlbug", "Your report is filed")
    ben.sees("#triage", "learns from anybody")
    office.expected.add("chat.postMessage: not_in_channel")
    with opened(office.settings.database_url.get_secret_value()) as engine:
        assert SqlQueue(engine).state(office.assistant.desk.changes.clock()).dead == 0


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
