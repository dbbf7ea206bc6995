import pytest
from bar_cases import IN_BAR, one

from triage.bars import builtin
from triage.scoring import Case, Gates, ThreatCase, score

# ---- gates


@pytest.mark.parametrize(
    ("gates", "route"),
    [
        ({"ml_target": "no"}, "standard_sdl"),
        ({"intent": "accidental"}, "unintentional"),
        ({"others_affected": "no"}, "self_impact"),
        ({"ml_target": "no", "intent": "accidental", "others_affected": "no"}, "standard_sdl"),
    ],
)
def test_a_gate_leads_out_of_the_bar_with_a_route_and_no_severity(gates: dict[str, str], route: str) -> None:
    verdict = score(builtin(), one("data_poisoning", {"control": "chosen"}, gates=Gates(**gates)))
    assert (verdict.outcome, verdict.route, verdict.severity, verdict.threat) == ("out_of_scope", route, None, None)
    assert verdict.reason == builtin().route(route).why
    assert score(builtin(), Case(gates=Gates(**gates))).route == route


def test_an_accident_names_its_failure_mode() -> None:
    verdict = score(builtin(), Case(gates=Gates(intent="accidental"), failure_mode="distributional_shift"))
    assert verdict.failure_mode is not None
    assert verdict.failure_mode.number == 14


def test_unknown_gates_are_taken_as_in_the_bar_and_flagged() -> None:
    verdict = score(builtin(), one("data_poisoning", gates=Gates(ml_target="yes")))
    assert verdict.outcome == "in_bar"
    assert verdict.provisional
    assert sum("the bar is taken to apply" in note for note in verdict.notes) == 2
    assert not score(builtin(), one("data_poisoning")).provisional


# ---- qualifiers


def test_a_digital_input_is_rated_as_perturbation_with_the_answers_both_ask_for() -> None:
    filed = {"channel": "digital_only", "decision": "automated", "reliability": "reliable"}
    verdict = score(builtin(), one("physical_adversarial_example", filed))
    assert (verdict.threat, verdict.severity) == ("adversarial_perturbation", "Important")
    assert verdict.assessments[0].filed_as == "physical_adversarial_example"
    assert any("digital" in note for note in verdict.notes)


def test_an_unknown_channel_spans_both_threats() -> None:
    verdict = score(builtin(), one("physical_adversarial_example", {"decision": "automated"}))
    assert (verdict.threat, verdict.severity_low, verdict.severity) == (
        "physical_adversarial_example",
        "Important",
        "Critical",
    )
    assert verdict.provisional
    assert verdict.ask_next == "channel"


def test_tampered_plain_software_leaves_the_bar() -> None:
    verdict = score(builtin(), one("ml_supply_chain", {"artefact": "plain_software"}))
    assert (verdict.outcome, verdict.route) == ("out_of_scope", "standard_sdl")


def test_plain_software_beside_another_threat_is_told_but_does_not_lead() -> None:
    case = Case(
        gates=IN_BAR,
        threats=(
            ThreatCase(threat="ml_supply_chain", answers={"artefact": "plain_software"}),
            ThreatCase(threat="data_poisoning", answers={"reach": "stopped_before_training"}),
        ),
    )
    verdict = score(builtin(), case)
    assert (verdict.threat, verdict.severity) == ("data_poisoning", "Important")
    assert [(one.threat, one.severity, one.route) for one in verdict.assessments] == [
        ("ml_supply_chain", None, "standard_sdl"),
        ("data_poisoning", "Important", None),
    ]


def test_an_honest_provider_makes_it_a_matter_of_supply_chain() -> None:
    verdict = score(builtin(), one("malicious_provider_backdoor", {"relation": "third_party_acted"}))
    assert (verdict.threat, verdict.severity) == ("ml_supply_chain", "Critical")
    assert verdict.ask_next == "artefact"


def test_a_threat_handed_over_to_one_that_is_filed_too_is_answered_together_with_it() -> None:
    case = Case(
        gates=IN_BAR,
        threats=(
            ThreatCase(
                threat="physical_adversarial_example", answers={"channel": "digital_only", "decision": "automated"}
            ),
            ThreatCase(threat="adversarial_perturbation", answers={"control": "chosen"}),
        ),
    )
    verdict = score(builtin(), case)
    assert [one.threat for one in verdict.assessments] == ["adversarial_perturbation"]
    assert (verdict.severity_low, verdict.severity) == ("Important", "Important")
