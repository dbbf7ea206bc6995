"""Nothing that a person typed is lost, doubled or filed twice."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from reporting import (
    Office,
    answer_gates,
    answer_questions,
    file_report,
    fill_what,
    open_office,
    worst,
)
from slack_bolt import BoltRequest

from triage.access import Viewer


def payloads(office: Office, kind: str) -> list[dict[str, Any]]:
    """What the sandbox sent of a kind (`command`, `view_submission`, ...), oldest first."""
    sent = [exchange for exchange in office.sandbox.traffic if exchange.direction == "to_app"]
    return [exchange.request for exchange in sent if exchange.name.split()[0] == kind]


def test_a_closed_window_is_offered_again_where_it_was(office: Office) -> None:
    ben = office.person("ben")
    bar = office.bar
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal(), "Data poisoning", title="Half done", description="Still writing")
    answer_gates(bar, ben.modal("Does the bar apply?"))
    half = ben.modal("How bad is it?")
    question = bar.threat("data_poisoning").questions[0]
    half.choose(question.ask, question.options[1].label)
    half.close()

    ben.types("#triage", "/mlbug")
    first = ben.modal("Report an ML bug")
    assert "Half done" in first.text
    first.press("Resume Draft")

    resumed = ben.modal("How bad is it?")
    assert resumed.value(question.ask) == question.options[1].label
    answer_questions(bar, resumed, "data_poisoning", worst(bar, "data_poisoning"))
    assert "Half done" in ben.modal("The verdict").text
    ben.modal("The verdict").close()
    ben.types("#triage", "/mlbug")
    assert "unfinished draft" not in ben.modal("Report an ML bug").text


def test_a_draft_survives_a_deploy(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        ben = office.person("ben")
        ben.types("#triage", "/mlbug")
        fill_what(ben.modal(), "Model stealing", title="Before the deploy")
        ben.modal("Does the bar apply?").close()
        workspace, user = office.sandbox.team.id, ben.id
    with open_office(tmp_path) as again:
        draft = again.assistant.desk.unfinished(Viewer(workspace, user))

        assert draft is not None
        assert draft.entries.title == "Before the deploy"


def test_back_keeps_both_screens(office: Office) -> None:
    ben = office.person("ben")
    gate = office.bar.gates[0]
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal(), "Data poisoning", title="To and fro", description="Words")
    ben.modal("Does the bar apply?").choose(gate.ask, gate.options[-1].label).press("Back")

    first = ben.modal("Report an ML bug")
    assert first.value("Title") == "To and fro"
    assert first.value("Description") == "Words"
    first.submit()
    assert ben.modal("Does the bar apply?").value(gate.ask) == gate.options[-1].label


def test_a_discarded_draft_is_gone_and_what_is_typed_stays(office: Office) -> None:
    ben = office.person("ben")
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal(), "Data poisoning", title="Not wanted")
    ben.modal("Does the bar apply?").close()
    ben.types("#triage", "/mlbug")
    modal = ben.modal("Report an ML bug").fill("Title", "The new one")

    modal.press("Discard Draft").until("The draft was deleted")

    assert modal.value("Title") == "The new one"
    assert "Not wanted" not in modal.text


def test_a_submit_after_the_draft_was_deleted_keeps_its_answers_and_says_so(office: Office) -> None:
    ben = office.person("ben")
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal(), "Data poisoning", title="Deleted elsewhere")
    gates = ben.modal("Does the bar apply?")
    office.assistant.desk.discard(Viewer(office.sandbox.team.id, ben.id), gates.view.body["private_metadata"])

    answer_gates(office.bar, gates)

    first = ben.modal("Report an ML bug")
    assert "deleted in another window" in first.text
    fill_what(first, "Data poisoning", title="Again")
    gate = office.bar.gates[0]
    assert ben.modal("Does the bar apply?").value(gate.ask) == gate.options[-1].label


def test_a_double_click_and_a_late_redelivery_file_one_report(office: Office) -> None:
    ben = office.person("ben")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning"))
    last = payloads(office, "view_submission")[-1]

    def again(_: int) -> int:
        return office.assistant.bolt.dispatch(BoltRequest(mode="socket_mode", body=last)).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(again, range(16))) == {200}

    ben.types("#triage", "/mlbug show ML-2")
    assert "There is no ML-2" in ben.sees_ephemeral("#triage", "ML-2").words
    assert len(ben.reads("#triage", "ML-1 · Critical")) == 1
    assert len(ben.reads_dm("mlbug", "ML-1 · Critical")) == 1


def test_two_last_clicks_at_once_file_one_report(office: Office) -> None:
    """The same last screen, sent eight times at once before any of them was answered."""
    ben = office.person("ben")
    bar = office.bar
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal(), "Data poisoning")
    answer_gates(bar, ben.modal("Does the bar apply?"))
    ben.modal("How bad is it?")
    body = payloads(office, "view_submission")[-1]
    view = ben.modal("How bad is it?").view
    last = body | {
        "view": body["view"] | {"callback_id": view.body["callback_id"], "state": {"values": {}}},
        "trigger_id": "1.2.3",
    }

    def click(_: int) -> Any:
        return office.assistant.bolt.dispatch(BoltRequest(mode="socket_mode", body=last)).body

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(click, range(8)))

    assert all("Filed as ML-1" in str(answer) for answer in answers)
    ben.types("#triage", "/mlbug show ML-2")
    assert "There is no ML-2" in ben.sees_ephemeral("#triage", "ML-2").words


def test_a_trigger_that_ran_out_is_told_and_what_was_typed_can_be_sent_again(office: Office) -> None:
    ben = office.person("ben")
    ben.types("#triage", "/mlbug Slow day")
    ben.modal().close()
    command = payloads(office, "command")[-1]
    office.expected.add("views.open: exchanged_trigger_id")

    office.assistant.bolt.dispatch(BoltRequest(mode="socket_mode", body=command))  # its trigger was used already

    assert "Type /mlbug again" in ben.sees_ephemeral("#triage", "dialog").words


def test_somebody_from_another_workspace_is_refused_with_a_sentence(office: Office) -> None:
    ben = office.person("ben")
    ben.types("#triage", "/mlbug show ML-1")
    ben.sees_ephemeral("#triage", "ML-1")
    command = payloads(office, "command")[-1]

    answer = office.assistant.bolt.dispatch(BoltRequest(mode="socket_mode", body=command | {"team_id": "T0FOREIGN"}))

    assert "for members of this workspace" in answer.body
