"""The main job: from `/mlbug` to a filed, explained verdict, as a person lives it."""

import pytest
from reporting import Office, answer_gates, answer_questions, file_report, fill_what, worst

from triage import bars
from triage.access import Viewer

THREATS = [threat.id for threat in bars.builtin().threats]


@pytest.mark.parametrize("threat", THREATS)
def test_each_threat_is_filed_explained_told_and_kept(office: Office, threat: str) -> None:
    ben = office.person("ben")
    row = office.bar.threat(threat)

    verdict = file_report(office, ben, threat, worst(office.bar, threat), title=f"A case of {row.name}")

    assert "Filed as ML-1" in verdict.text
    assert f"ML-1 · {row.range[1]}" in verdict.text
    assert row.name in verdict.text
    card = ben.sees("#triage", "ML-1")
    assert f"A case of {row.name}" in card.words
    message = ben.reads_dm("mlbug", "Your report is filed")[-1]
    assert str(row.range[1]) in message.words
    assert office.assistant.desk.why(_viewer(office, "ben"), 1).replayed


@pytest.mark.parametrize(
    ("gates", "route"),
    [
        ({"ml_target": "no", "intent": "malicious", "others_affected": "yes"}, "standard_sdl"),
        ({"ml_target": "yes", "intent": "malicious", "others_affected": "no"}, "self_impact"),
    ],
)
def test_a_report_outside_the_bar_is_recorded_with_its_route(office: Office, gates: dict[str, str], route: str) -> None:
    ben = office.person("ben")
    ben.types("#triage", "/mlbug Admin port is open")
    fill_what(ben.modal(), office.bar.threats[0].name, title="Admin port is open")

    answer_gates(office.bar, ben.modal("Does the bar apply?"), gates)

    told = office.bar.route(route)
    assert told.label in ben.modal("The verdict").text
    assert told.advice in ben.reads_dm("mlbug", "does not cover it")[-1].words
    assert "out of scope" in ben.sees("#triage", "Outside the bar").words


def test_an_accident_goes_to_the_quality_queue_with_its_failure_mode(office: Office) -> None:
    ben = office.person("ben")
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal(), office.bar.threats[0].name)
    answer_gates(
        office.bar,
        ben.modal("Does the bar apply?"),
        {"ml_target": "yes", "intent": "accidental", "others_affected": "yes"},
    )
    mode = office.bar.failure_modes[-1]

    ben.modal("What kind of failure?").choose("What kind of failure was it?", mode.label).submit()

    text = ben.modal("The verdict").text
    assert mode.label in text
    assert str(mode.number) in text


def test_unknown_answers_give_an_interval_and_the_question_that_settles_it(office: Office) -> None:
    ben = office.person("ben")

    verdict = file_report(office, ben, "data_poisoning", {"control": "chosen", "decision": "automated"})

    assert "Critical, could be Important" in verdict.text
    assert "to settle it" in verdict.text


def test_two_threats_are_both_asked_and_the_higher_leads(office: Office) -> None:
    ben = office.person("ben")
    bar = office.bar
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal(), bar.threat("model_stealing").name, second=bar.threat("membership_inference").name)
    answer_gates(bar, ben.modal("Does the bar apply?"))
    low = {q.id: q.options[0].id for q in bar.threat("model_stealing").questions}
    answer_questions(bar, ben.modal(containing=bar.threat("model_stealing").summary), "model_stealing", low)
    answer_questions(
        bar,
        ben.modal(containing=bar.threat("membership_inference").summary),
        "membership_inference",
        worst(bar, "membership_inference"),
    )

    text = ben.modal("The verdict").text
    assert "ML-1 · Critical" in text
    assert f"{bar.threat('model_stealing').name}: Important" in text


def test_a_camera_attack_by_software_is_asked_again_as_the_digital_threat(office: Office) -> None:
    """The physical threat's qualifier fails, so the questions of the threat that it hands over to come next."""
    ben = office.person("ben")
    bar = office.bar
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal(), bar.threat("physical_adversarial_example").name)
    answer_gates(bar, ben.modal("Does the bar apply?"))
    answers = worst(bar, "physical_adversarial_example") | {"channel": "digital_only"}
    answer_questions(bar, ben.modal("How bad is it?"), "physical_adversarial_example", answers)

    heir = bar.threat("adversarial_perturbation")
    answer_questions(bar, ben.modal(containing=heir.summary), heir.id, {q.id: q.options[0].id for q in heir.questions})

    text = ben.modal("The verdict").text
    assert heir.name in text
    assert "ML-1 · Important" in text  # by the answers just given, not by an interval over unknown ones
    assert "could be" not in text


def test_somebody_unsure_is_shown_the_likeliest_threats_and_chooses(office: Office) -> None:
    ben = office.person("ben")
    bar = office.bar
    ben.types("#triage", "/mlbug")
    fill_what(
        ben.modal(),
        "Not sure, help me choose",
        title="Training data was poisoned",
        description="Somebody put poisoned samples into the training data of the spam model.",
    )
    modal = ben.modal("Does the bar apply?")
    assert "look" in modal.text
    assert bar.threat("data_poisoning").name in modal.text

    modal.choose("The threat that fits best", bar.threat("data_poisoning").name)
    answer_gates(bar, modal)

    assert bar.threat("data_poisoning").summary in ben.modal("How bad is it?").text


def test_answers_can_be_edited_after_filing_and_the_card_follows(office: Office) -> None:
    ben = office.person("ben")
    bar = office.bar
    verdict = file_report(office, ben, "model_inversion", worst(bar, "model_inversion"))
    assert "ML-1 · Critical" in verdict.text
    ben.sees("#triage", "Critical")

    verdict.press("Edit Answers")
    again = ben.modal("How bad is it?")
    question = bar.threat("model_inversion").question("data")
    assert again.value(question.ask) == question.options[-1].label  # what was answered stands there
    answer_questions(bar, again, "model_inversion", worst(bar, "model_inversion") | {"data": "public"})

    assert "ML-1 · Important" in ben.modal("The verdict").text
    card = ben.sees("#triage", "ML-1 · Important")
    assert "Critical → Important" in card.sees_reply("changed the answers").words


def test_why_show_bar_and_help_answer_only_the_asker(office: Office) -> None:
    ben, mei = office.person("ben"), office.person("mei")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning"), title="Poisoned feed").close()

    mei.types("#general", "/mlbug show ML-1")
    assert "Poisoned feed" in mei.sees_ephemeral("#general", "ML-1").words
    mei.types("#general", "/mlbug why 1")
    assert "DP-C" in mei.sees_ephemeral("#general", "Rule").words
    mei.types("#general", "/mlbug bar")
    assert all(t.name in mei.sees_ephemeral("#general", "The bug bar").words for t in office.bar.threats)
    mei.types("#general", "/mlbug bar poisoning")
    assert "DP-C1" in mei.sees_ephemeral("#general", "The rules:").words
    mei.types("#general", "/mlbug help")
    assert "/mlbug why ML-42" in mei.sees_ephemeral("#general", "/mlbug show").words
    assert ben.ephemerals("#general") == []


def test_the_card_explains_itself_on_a_click(office: Office) -> None:
    ben, mei = office.person("ben"), office.person("mei")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning")).close()

    mei.sees("#triage", "ML-1").press("Why")

    assert "What would change it" in mei.modal("Why ML-1").text


def _viewer(office: Office, handle: str) -> Viewer:
    return Viewer(office.sandbox.team.id, office.person(handle).id)
