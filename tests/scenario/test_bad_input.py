"""What goes wrong at the keyboard: each a clear sentence, nothing lost, nothing shown live."""

import pytest
from reporting import Office, answer_gates, answer_questions, file_report, fill_what, worst

NASTY = "<!channel> <@U0AAAAAAA> <https://evil.example|click> *bold* _it_ ~no~ `code` :bug: & &lt; \u202eright to left\u202c"


def test_a_title_of_only_spaces_is_refused_under_its_field_and_keeps_the_rest(office: Office) -> None:
    ben = office.person("ben")
    ben.types("#triage", "/mlbug")
    modal = ben.modal()

    fill_what(modal, "Data poisoning", title="   \u200b ", description="Kept, word for word")

    assert list(modal.errors) == ["Title"]
    assert "Give the report a title" in modal.errors["Title"]
    assert modal.value("Description") == "Kept, word for word"


def test_all_wrong_fields_are_told_at_once(office: Office) -> None:
    ben = office.person("ben")
    ben.types("#triage", "/mlbug")
    modal = ben.modal()

    fill_what(modal, "Data poisoning", title="  ", description=" \n ", second="Data poisoning")

    assert set(modal.errors) == {"Title", "Description", "A second threat"}


def test_a_command_of_3000_characters_opens_the_dialog_and_loses_none_of_them(office: Office) -> None:
    ben = office.person("ben")
    text = " ".join(f"word{n}" for n in range(500))[:2990]

    ben.types("#triage", f"/mlbug {text}")

    modal = ben.modal()
    assert len(modal.value("Title")) <= 150
    assert modal.value("Description") == text


def test_markup_and_mentions_stay_text_on_every_screen_card_and_message(office: Office) -> None:
    ben, mei = office.person("ben"), office.person("mei")

    verdict = file_report(
        office, ben, "data_poisoning", worst(office.bar, "data_poisoning"), title=NASTY[:150], description=NASTY
    )

    assert NASTY[:60] in verdict.text
    card = mei.sees("#triage", "ML-1")
    assert "<!channel>" in card.words
    sent = [exchange for exchange in office.sandbox.traffic if "chat.postMessage" in str(exchange)]
    assert sent
    for message in (card.message, ben.reads_dm("mlbug", "ML-1")[-1].message):
        assert "<!channel>" not in message.text  # what Slack would parse
        assert "<@U0AAAAAAA>" not in message.text
        assert "<https://evil" not in message.text


@pytest.mark.parametrize("typed", ["show ML-404", "why 404", "show ML-0", "why ML-999999999"])
def test_an_unknown_report_number_is_told_to_the_asker(office: Office, typed: str) -> None:
    ben = office.person("ben")

    ben.types("#triage", f"/mlbug {typed}")

    assert "There is no ML-" in ben.sees_ephemeral("#triage", "that you can see").words


@pytest.mark.parametrize("typed", ["show", "why", "show me", "why not"])
def test_a_command_without_a_number_says_how_to_write_it(office: Office, typed: str) -> None:
    ben = office.person("ben")

    ben.types("#triage", f"/mlbug {typed}")

    assert "ML-42" in ben.sees_ephemeral("#triage", "number").words


def test_a_threat_that_the_bar_does_not_have_is_answered_with_those_it_has(office: Office) -> None:
    ben = office.person("ben")

    ben.types("#triage", "/mlbug bar <!here>")

    said = ben.sees_ephemeral("#triage", "has no threat")
    assert "Model stealing" in said.words
    assert "<!here>" not in said.message.text


def test_the_word_payload_is_a_title_like_any_other(office: Office) -> None:
    ben = office.person("ben")

    ben.types("#triage", "/mlbug the payload is too large")

    assert ben.modal().value("Title") == "the payload is too large"


def test_a_restricted_report_shows_its_number_and_nothing_else_to_others(office: Office) -> None:
    ben, mei, ana = office.person("ben"), office.person("mei"), office.person("ana")
    bar = office.bar
    ben.types("#triage", "/mlbug")
    modal = ben.modal().choose("Who may read it", "Restricted")
    fill_what(modal, "Data poisoning", title="Secret customer feed")
    answer_gates(bar, ben.modal("Does the bar apply?"))
    answer_questions(bar, ben.modal("How bad is it?"), "data_poisoning", worst(bar, "data_poisoning"))

    card = mei.sees("#triage", "ML-1 · Restricted report")
    assert "Secret" not in card.words + card.text
    card.press("Why")
    assert "There is no ML-1 that you can see" in mei.modal().text
    mei.types("#general", "/mlbug show ML-1")
    there = mei.sees_ephemeral("#general", "that you can see").words
    mei.types("#general", "/mlbug show ML-2")
    assert there.replace("ML-1", "ML-2") == mei.sees_ephemeral("#general", "ML-2").words
    ana.types("#general", "/mlbug show ML-1")
    assert "Secret customer feed" in ana.sees_ephemeral("#general", "ML-1").words
    assert "Secret customer feed" in ben.reads_dm("mlbug", "ML-1")[-1].words
