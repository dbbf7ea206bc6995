"""Modals behave as Slack's do, in both modes."""

from __future__ import annotations

import pytest

from bot.sandbox.errors import PersonError
from bot.sandbox.hands import TROUBLE


def filled(person, title="Broken model", threat="Model theft"):
    person.types("#triage", "/mlbug")
    return person.modal().fill("Title", title).choose("Which threat?", threat)


def test_a_command_opens_a_modal_with_the_text_as_title(ana):
    ana.types("#triage", "/mlbug broken model")
    modal = ana.modal("Report a bug")
    assert modal.value("Title") == "broken model"
    assert modal.labels[:3] == ["Title", "What happened?", "Which threat?"]
    assert modal.buttons == ["More", "Push"]
    assert "Somebody shapes what the model learns" in modal.text


def test_prefilled_values_are_submitted_untouched(ana):
    ana.types("#triage", "/mlbug broken model")
    ana.modal().choose("Which threat?", "Not sure").submit()
    assert "broken model" in ana.sees("#triage", "Critical").words


def test_required_fields_are_refused_before_the_app_hears_of_it(ana, sandbox):
    ana.types("#triage", "/mlbug")
    modal = ana.modal().submit()
    required = "Please complete this required field."
    assert modal.errors == {"Title": required, "Which threat?": required}
    assert not [each for each in sandbox.traffic if each.name.startswith("view_submission")]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("many", "Please enter a whole number."),
        ("1.5", "Please enter a whole number."),
        ("0", "Please enter a number of at least 1."),
        ("7", ""),
    ],
)
def test_numbers_are_checked_by_the_client(ana, typed, said):
    modal = filled(ana).fill("How many users?", typed).submit()
    assert modal.errors.get("How many users?", "") == said


def test_what_was_typed_survives_an_update_where_the_ids_stay(ana):
    modal = filled(ana).fill("What happened?", "It leaked.").choose("Also", "Privacy", "Abuse")
    before = modal.view.hash
    modal.press("More").until("More to say")
    assert modal.title == "More to say"
    assert modal.view.hash != before
    assert modal.value("Title") == "Broken model"
    assert modal.value("What happened?") == "It leaked."
    assert modal.value("Which threat?") == "Model theft"
    assert modal.value("Also") == ["Privacy", "Abuse"]


def test_field_errors_of_the_app_stand_under_the_field_and_keep_what_was_typed(ana):
    modal = filled(ana, "refuse").submit()
    assert modal.errors == {"Title": "Say what broke, in a few words."}
    assert modal.value("Title") == "refuse"
    modal.fill("Title", "better")
    assert modal.errors == {}


def test_an_answer_may_update_push_or_clear(ana):
    modal = filled(ana, "update").submit()
    assert modal.title == "Second screen"
    modal.fill("Title", "push").submit()
    top = ana.modal("On top")
    assert top.view.previous == modal.view.id
    assert top.view.root == modal.view.id
    top.close()
    assert ana.modal("Second screen").view is modal.view
    modal.fill("Title", "clear").submit()
    ana.sees_no_modal()


def test_an_empty_answer_closes_the_modal_and_the_one_below_is_seen_again(ana):
    filled(ana).press("Push")
    ana.modal("On top").close()
    assert ana.modal("Report a bug").is_open


@pytest.mark.parametrize("title", ["silent", "strange"])
def test_a_late_or_impossible_answer_is_trouble_and_keeps_what_was_typed(ana, title):
    modal = filled(ana, title).submit()
    assert modal.trouble == TROUBLE
    assert modal.value("Title") == title
    assert modal.is_open


def test_an_answer_of_20_kb_is_dropped_in_socket_mode_and_the_inspector_says_so(ana, sandbox):
    modal = filled(ana, "large").submit()
    if sandbox.mode == "socket":
        assert modal.trouble == TROUBLE
        assert any("20 kB" in each for each in sandbox.problems)
    else:
        assert modal.title == "Large"


def test_closing_tells_the_app_where_it_asked_to_be_told(ana):
    ana.types("#triage", "/mlbug")
    ana.modal().close()
    assert ana.reads_dm("mlbug", "Closed Report a bug, cleared: False")


def test_the_cross_closes_all_of_the_stack(ana):
    filled(ana).press("Push")
    ana.modal("On top").close_all()
    ana.sees_no_modal()
    assert ana.reads_dm("mlbug", "cleared: True", at_least=2)


def test_a_select_that_asks_the_app_offers_what_the_app_answers(ana):
    modal = filled(ana)
    assert modal.search("Affected system", "a") == ["Chat assistant", "Spam filter", "Face unlock"]
    assert modal.search("Affected system", "chat") == ["Chat assistant"]
    assert modal.choose("Affected system", "Chat assistant").value("Affected system") == "Chat assistant"


def test_people_and_dates_can_be_chosen(ana, ben):
    modal = filled(ana).choose("Owner", "ben").choose("Since", "2026-11-02")
    assert modal.value("Owner") == ben.id
    assert modal.value("Since") == "2026-11-02"


def test_each_person_has_a_stack_of_their_own(ana, ben):
    filled(ana)
    assert not ben.has_modal()
    ben.types("#general", "/mlbug mine")
    assert ben.modal().value("Title") == "mine"
    assert ana.modal().value("Title") == "Broken model"


def test_the_driver_says_what_was_on_the_screen(ana):
    modal = filled(ana)
    with pytest.raises(PersonError, match=r"0 fields are called 'Sevarity'. On the screen: Title; What happened\?"):
        modal.fill("Sevarity", "x")
    with pytest.raises(PersonError, match=r"0 buttons are called 'Go'. On the screen: More; Push."):
        modal.press("Go")
    with pytest.raises(PersonError, match="On the screen: Data poisoning; Model theft; Not sure"):
        modal.choose("Which threat?", "Prompt injection")
    ana.patience = 0.05
    with pytest.raises(PersonError, match=r"ana does not see a modal with 'Verdict'. It says:\nReport a bug"):
        ana.modal("Verdict")
