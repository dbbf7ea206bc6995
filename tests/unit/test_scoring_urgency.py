import pytest
from bar_cases import cases, one
from hypothesis import given, settings

from triage.bars import builtin
from triage.scoring import Case, Gates, ThreatCase, Urgency, score

QUIET = {"control": "random", "decision": "advisory", "reach": "reaches_production", "blast": "one", "access": "open"}
LOUD = {**QUIET, "control": "chosen", "decision": "automated"}


@pytest.mark.parametrize(
    ("answers", "maturity", "urgency"),
    [
        (LOUD, "theory", "P2"),
        (LOUD, "shown", "P1"),
        (LOUD, "in_the_wild", "P0"),
        (QUIET, "theory", "P3"),
        (QUIET, "shown", "P2"),
        (QUIET, "in_the_wild", "P1"),
    ],
)
def test_urgency_is_severity_by_maturity(answers: dict[str, str], maturity: str, urgency: str) -> None:
    verdict = score(builtin(), one("data_poisoning", answers, urgency=Urgency(maturity=maturity, detect="alerted")))
    assert verdict.urgency == urgency


@pytest.mark.parametrize("maturity", ["theory", "shown", "in_the_wild"])
@pytest.mark.parametrize("detect", ["alerted", "traceable", "blind"])
def test_urgency_never_touches_the_severity(maturity: str, detect: str) -> None:
    verdict = score(builtin(), one("data_poisoning", QUIET, urgency=Urgency(maturity=maturity, detect=detect)))
    assert verdict.severity == "Important"


@pytest.mark.parametrize(
    ("threat", "answers"),
    [
        ("data_poisoning", {**QUIET, "decision": "safety", "reach": "stopped_before_training"}),
        ("data_poisoning", {**QUIET, "blast": "ecosystem", "reach": "stopped_before_training"}),
        ("neural_net_reprogramming", {"harm": "bodily_harm", "interaction": "extensive"}),
        ("model_inversion", {"data": "special", "mitigation": "blocks"}),
    ],
)
def test_what_is_at_stake_makes_it_one_step_more_urgent(threat: str, answers: dict[str, str]) -> None:
    verdict = score(builtin(), one(threat, answers, urgency=Urgency(maturity="shown", detect="alerted")))
    assert (verdict.severity, verdict.urgency) == ("Important", "P1")
    assert any(note.startswith("One step more urgent") for note in verdict.notes)


def test_membership_of_a_special_category_makes_it_one_step_more_urgent() -> None:
    answers = {"meaning": "special_category", "mitigation": "blocks"}
    verdict = score(
        builtin(), one("membership_inference", answers, urgency=Urgency(maturity="theory", detect="alerted"))
    )
    assert (verdict.severity, verdict.urgency) == ("Moderate", "P3")


def test_several_reasons_make_it_one_step_more_urgent_and_no_more() -> None:
    answers = {**QUIET, "decision": "safety", "blast": "ecosystem", "reach": "stopped_before_training"}
    verdict = score(builtin(), one("data_poisoning", answers, urgency=Urgency(maturity="theory", detect="blind")))
    assert verdict.urgency == "P2"


def test_nothing_is_more_urgent_than_p0() -> None:
    verdict = score(builtin(), one("data_poisoning", LOUD, urgency=Urgency(maturity="in_the_wild", detect="blind")))
    assert verdict.urgency == "P0"


def test_not_knowing_whether_it_would_be_noticed_does_not_push_it_up() -> None:
    verdict = score(builtin(), one("data_poisoning", LOUD, urgency=Urgency(maturity="shown")))
    assert verdict.urgency == "P1"


@pytest.mark.parametrize(("intent", "urgency"), [("demonstrated", "P1"), ("malicious", "P0"), ("unknown", "P0")])
def test_an_unknown_maturity_counts_as_shown_by_a_researcher_and_else_as_the_worst(intent: str, urgency: str) -> None:
    gates = Gates(ml_target="yes", intent=intent, others_affected="yes")
    verdict = score(builtin(), one("data_poisoning", LOUD, gates=gates))
    assert verdict.urgency == urgency
    assert any("for the urgency it counts as" in note for note in verdict.notes)


def test_the_high_end_sets_the_urgency() -> None:
    answers = {"control": "chosen", "decision": "automated"}
    verdict = score(builtin(), one("data_poisoning", answers, urgency=Urgency(maturity="theory", detect="alerted")))
    assert (verdict.severity_low, verdict.severity, verdict.urgency) == ("Important", "Critical", "P2")


def test_the_most_urgent_threat_sets_the_urgency() -> None:
    calm = ThreatCase(threat="data_poisoning", answers=LOUD)
    stakes = ThreatCase(threat="ml_supply_chain", answers={"artefact": "shared_ml_artefact", "blast": "ecosystem"})
    urgency = Urgency(maturity="shown", detect="alerted")
    verdict = score(builtin(), Case(threats=(calm, stakes), urgency=urgency))
    assert [one.urgency for one in verdict.assessments] == ["P1", "P0"]
    assert (verdict.threat, verdict.urgency) == ("data_poisoning", "P0")


def test_clocks_are_hours_from_the_table() -> None:
    urgent = score(builtin(), one("data_poisoning", LOUD, urgency=Urgency(maturity="shown", detect="alerted"))).deadline
    calm = score(builtin(), one("data_poisoning", QUIET, urgency=Urgency(maturity="theory", detect="alerted"))).deadline
    assert urgent is not None
    assert calm is not None
    assert (urgent.first_response_h, urgent.contain_h, urgent.fix_h) == (24, 72, 14 * 24)
    assert (calm.first_response_h, calm.contain_h, calm.fix_h) == (120, None, 90 * 24)


@given(cases(gates=False, most_threats=1))
@settings(max_examples=200, deadline=None)
def test_a_more_mature_attack_is_never_less_urgent(case: Case) -> None:
    urgencies = [
        score(
            builtin(), case.model_copy(update={"urgency": Urgency(maturity=maturity, detect=case.urgency.detect)})
        ).urgency
        for maturity in ("theory", "shown", "in_the_wild")
    ]
    assert urgencies == sorted(urgencies, key=str, reverse=True)
