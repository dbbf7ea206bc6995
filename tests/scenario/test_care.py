"""The care of a report, as triager, reporter and bystander live it."""

import pytest
from reporting import Office, file_report, worst

from triage.access import Role, Viewer
from triage.care import Care
from triage.reports import State


@pytest.fixture
def filed(office: Office) -> Office:
    """ML-1, filed by Ben."""
    file_report(
        office, office.person("ben"), "data_poisoning", worst(office.bar, "data_poisoning"), title="Bad feed"
    ).close()
    office.person("ben").sees("#triage", "ML-1")
    return office


def report(office: Office, number: int = 1):
    triager = Viewer(office.sandbox.team.id, office.person("ana").id, Role.TRIAGER)
    return office.assistant.desk.show(triager, number)


def test_a_triager_accepts_it_and_everybody_concerned_hears(filed: Office) -> None:
    ana, ben = filed.person("ana"), filed.person("ben")

    ana.sees("#triage", "ML-1").press("Accept")

    card = ana.sees("#triage", "State: accepted")
    assert "Fix due" in card.words
    assert "accepted it" in card.sees_reply("accepted it").words
    assert "ML-1 is accepted" in ben.reads_dm("mlbug", "ML-1 is accepted")[-1].words
    assert "Accept" not in card.buttons


def test_somebody_without_the_right_is_told_so_alone(filed: Office) -> None:
    mei, ana = filed.person("mei"), filed.person("ana")

    mei.sees("#triage", "ML-1").press("Accept")

    assert "Only triagers can accept it" in mei.sees_ephemeral("#triage", "Only triagers").words
    assert ana.ephemerals("#triage") == []
    assert report(filed).state is State.NEW


def test_an_override_needs_a_reason_and_keeps_what_the_bar_says(filed: Office) -> None:
    ana = filed.person("ana")
    ana.sees("#triage", "ML-1").press("Override…")
    modal = ana.modal("Override ML-1")
    assert "The bar says Critical" in modal.text

    modal.choose("Severity that counts", "Moderate").fill("Why is the bar wrong here?", "…").submit()
    assert "Say why the bar is wrong here" in str(ana.modal("Override ML-1").errors)
    modal.fill("Why is the bar wrong here?", "Only <!channel> a *test* feed").submit()

    ana.sees_no_modal()
    card = ana.sees("#triage", "Moderate (the bar says Critical)")
    assert "Moderate by override" in card.words
    told = card.sees_reply("overrode the severity: Critical → Moderate").words
    assert "Only <!channel> a" in told.replace("\u200b", "").replace("&lt;", "<").replace("&gt;", ">")
    assert report(filed).urgency == "P2"  # not P0 any more: it goes with the severity that counts


def test_an_owner_gets_it_by_name_and_may_close_it(filed: Office) -> None:
    ana, mei = filed.person("ana"), filed.person("mei")
    ana.sees("#triage", "ML-1").press("Accept")
    ana.sees("#triage", "State: accepted").press("Assign…")
    ana.modal("Assign ML-1").choose("Who fixes it", "mei").submit()

    mine = mei.reads_dm("mlbug", "ML-1 is yours to fix")[-1]
    mine.press("Close…")
    mei.modal("Close ML-1").choose("How does it end?", "Fixed").submit()

    assert "closed it as fixed" in ana.sees("#triage", "State: fixed").sees_reply("closed it as fixed").words
    assert "ML-1 is fixed" in filed.person("ben").reads_dm("mlbug", "ML-1 is fixed")[-1].words


def test_two_triagers_at_once_one_wins_and_the_other_is_told(filed: Office) -> None:
    ana = filed.person("ana")
    card = ana.sees("#triage", "ML-1")
    card.press("Override…")
    modal = ana.modal("Override ML-1")
    quicker = Viewer(filed.sandbox.team.id, "U0OTHER", Role.TRIAGER)
    Care(filed.assistant.desk.changes, filed.assistant.desk.bars).accept(quicker, 1)

    modal.choose("Severity that counts", "Low").fill("Why is the bar wrong here?", "It is a test").submit()

    assert "was changed since you looked at it" in ana.modal("Not saved").text
    assert report(filed).override is None


def test_a_question_goes_to_the_reporter_and_the_answer_scores_again(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    file_report(office, ben, "data_poisoning", {"control": "chosen", "decision": "automated"}).close()
    card = ana.sees("#triage", "Critical, could be Important")

    card.press("Ask the Reporter")

    assert "Asked about ML-1" in ana.sees_ephemeral("#triage", "Asked about").words
    asked = ben.reads_dm("mlbug", "A question about ML-1")[-1]
    key = report(office).asked
    threat, _, name = key.partition(".")
    question = office.bar.threat(threat).question(name)
    assert question.ask in asked.words
    asked.press(question.options[0].label)
    ben.reads_dm("mlbug", "Thank you.")
    assert report(office).asked == ""
    assert "answered" in ana.sees("#triage", "ML-1").sees_reply("answered").words
    assert office.assistant.desk.why(Viewer(office.sandbox.team.id, ben.id), 1).replayed


def test_a_duplicate_is_linked_on_both_cards_and_can_be_undone(filed: Office) -> None:
    ana, mei = filed.person("ana"), filed.person("mei")
    file_report(filed, mei, "data_poisoning", worst(filed.bar, "data_poisoning"), title="Same feed again").close()
    ana.sees("#triage", "ML-2").press("Duplicate of…")

    modal = ana.modal("Duplicate: ML-2")
    assert modal.search("The earlier report", "bad") == ["ML-1 Bad feed"]
    modal.choose("The earlier report", "ML-1 Bad feed").submit()

    assert "duplicate of ML-1" in ana.sees("#triage", "State: duplicate of ML-1").words
    assert "Repeats: ML-2" in ana.sees("#triage", "Repeats: ML-2").words
    ana.sees("#triage", "State: duplicate of ML-1").press("Not a Duplicate…")
    ana.modal().fill("Why is it no duplicate?", "Another feed").submit()
    ana.sees_no_modal()
    assert report(filed, 2).state is State.NEW


def test_a_restricted_report_is_a_number_to_everybody_else(filed: Office) -> None:
    ana, ben, mei = filed.person("ana"), filed.person("ben"), filed.person("mei")
    ana.sees("#triage", "ML-1").press("Override…")
    ana.modal().choose("Severity that counts", "Low").fill("Why is the bar wrong here?", "secret words").submit()
    thread = ana.sees("#triage", "ML-1").sees_reply("secret words")

    ana.sees("#triage", "Low (the bar").press("Restrict")

    card = mei.sees("#triage", "Restricted report")
    assert "Bad feed" not in card.words
    assert card.buttons == ["Show", "Why"]  # none that depends on the state
    thread.until("ML-1 was changed.")
    assert "secret" not in thread.words
    card.press("Show")
    assert "There is no ML-1 that you can see" in mei.sees_ephemeral("#triage", "There is no").words
    ben.sees("#triage", "Restricted report").press("Show")
    assert "Bad feed" in ben.sees_ephemeral("#triage", "Bad feed").words


def test_a_named_reader_sees_it_from_then_on(filed: Office) -> None:
    ana, mei = filed.person("ana"), filed.person("mei")
    ana.sees("#triage", "ML-1").press("Restrict")
    ana.sees("#triage", "Restricted report").press("Show")
    ana.sees_ephemeral("#triage", "Bad feed").press("Name a reader…")
    ana.modal("Name a reader").choose("Who may read it, too?", "mei").submit()

    assert "ML-1 is open to you" in mei.reads_dm("mlbug", "ML-1 is open to you")[-1].words
    mei.types("#general", "/mlbug show 1")
    assert "Bad feed" in mei.sees_ephemeral("#general", "Bad feed").words


def test_an_accepted_risk_needs_a_reason_and_a_day_ahead(filed: Office) -> None:
    ana = filed.person("ana")
    ana.sees("#triage", "ML-1").press("Close…")
    modal = (
        ana.modal("Close ML-1")
        .choose("How does it end?", "Risk accepted until…")
        .choose("Risk accepted until", "2020-01-01")
    )
    modal.submit()
    wrong = str(ana.modal("Close ML-1").errors)
    assert "Choose a day from today on" in wrong
    assert "Say why the risk is acceptable" in wrong

    modal.choose("Risk accepted until", "2027-03-01").fill("Reason", "The feed is closed in spring").submit()

    ana.sees_no_modal()
    card = ana.sees("#triage", "risk accepted until 2027-03-01")
    assert "accepted the risk until 2027-03-01" in card.sees_reply("accepted the risk").words
    told = filed.person("ben").reads_dm("mlbug", "accepted the risk")[-1]
    assert "ML-1 stays for now: risk accepted until 2027-03-01" in told.words


def test_the_reporter_takes_it_back_and_it_can_come_again(filed: Office) -> None:
    ben = filed.person("ben")
    ben.reads_dm("mlbug", "Your report is filed")[-1].press("Withdraw…")
    ben.modal("Withdraw ML-1").fill("Why do you take it back?", "Wrong model").submit()
    card = ben.sees("#triage", "State: withdrawn")

    filed.person("ana").sees("#triage", "State: withdrawn").press("Reopen…")
    filed.person("ana").modal("Reopen ML-1").fill("What is new?", "Right model after all").submit()

    card.until("State: new")


def test_an_old_button_on_a_closed_report_is_answered_not_obeyed(filed: Office) -> None:
    ben = filed.person("ben")
    message = ben.reads_dm("mlbug", "Your report is filed")[-1]
    message.press("Withdraw…")
    ben.modal().fill("Why do you take it back?", "Wrong model").submit()
    ben.sees("#triage", "State: withdrawn")

    message.press("Withdraw…")

    assert "ML-1 is withdrawn by now" in ben.sees_ephemeral("mlbug", "by now").words
