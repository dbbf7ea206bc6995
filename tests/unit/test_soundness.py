import time
from collections.abc import Callable
from typing import Any

import pytest
from bar_cases import Content, broken, question_in, rule_in, threat_in

from triage import soundness
from triage.bar import BarError, parse_bar
from triage.bars import builtin, builtin_text


def problems_of(change: Callable[[Content], object]) -> set[tuple[str, str]]:
    with pytest.raises(BarError) as refused:
        broken(change)
    assert all(problem.message for problem in refused.value.problems)
    return {(problem.code, problem.where) for problem in refused.value.problems}


def in_rule(rule_id: str, **when: str) -> Callable[[Content], object]:
    return lambda content: rule_in(content, rule_id)["when"].update(when)


def test_the_built_in_bar_is_sound() -> None:
    assert soundness.problems(builtin()) == []


def test_reading_and_proving_the_built_in_bar_takes_a_fraction_of_a_second() -> None:
    text = builtin_text()
    took = []
    for _ in range(3):
        begun = time.process_time()
        parse_bar(text)
        took.append(time.process_time() - begun)
    assert min(took) < 0.3


BREAKS: list[tuple[str, str, str, Callable[[Content], Any]]] = [
    ("a field is missing", "schema", "data_poisoning.name", lambda c: threat_in(c, "data_poisoning").pop("name")),
    ("a field is misspelt", "schema", "data_poisoning.nmae", lambda c: threat_in(c, "data_poisoning").update(nmae="x")),
    ("a severity is none", "schema", "data_poisoning.DP-C1.severity", lambda c: rule_in(c, "DP-C1").update(severity="Bad")),
    ("a range is upside down", "schema", "data_poisoning.range",
     lambda c: threat_in(c, "data_poisoning").update(range=["Critical", "Important"])),
    ("a rule asks nothing", "schema", "data_poisoning.DP-C1.when", lambda c: rule_in(c, "DP-C1").update(when={})),
    ("a gate is missing", "schema", "gates", lambda c: c["gates"].pop(0)),
    ("a gate nobody can answer", "schema", "fourth",
     lambda c: c["gates"].append({**c["gates"][0], "id": "fourth", "code": "G4"})),
    ("a gate leads nowhere", "schema", "ml_target.no", lambda c: c["gates"][0]["options"][0].update(route="nowhere")),
    ("a gate cannot be passed", "schema", "ml_target", lambda c: c["gates"][0]["options"].reverse()),
    ("a co-route is unknown", "schema", "model_inversion.also", lambda c: threat_in(c, "model_inversion").update(also=["no"])),
    ("a badge is unknown", "schema", "data_poisoning.targeted",
     lambda c: threat_in(c, "data_poisoning")["variants"][0].update(badge="no")),
    ("a handover leads nowhere", "schema", "physical_adversarial_example.qualifier",
     lambda c: threat_in(c, "physical_adversarial_example")["qualifier"].update(otherwise="nothing")),
    ("a handover leaves by no route", "schema", "ml_supply_chain.qualifier",
     lambda c: threat_in(c, "ml_supply_chain")["qualifier"].update(otherwise="out_of_scope:nowhere")),
    ("handovers go in a circle", "schema", "ml_supply_chain.qualifier",
     lambda c: threat_in(c, "ml_supply_chain")["qualifier"].update(otherwise="malicious_provider_backdoor")),
    ("a severity has no urgency", "schema", "urgency.table.Moderate", lambda c: c["urgency"]["table"].pop("Moderate")),
    ("an urgency is missing", "schema", "urgency.table.Moderate",
     lambda c: c["urgency"]["table"]["Moderate"].pop("theory")),
    ("an urgency has no clocks", "schema", "sla", lambda c: c["sla"].pop("P3")),
    ("an urgency question is not asked", "schema", "urgency", lambda c: c["urgency"]["questions"].pop(1)),
    ("a rule names no question", "unknown-question", "data_poisoning.DP-C1", in_rule("DP-C1", nothing="chosen")),
    ("a qualifier names no question", "unknown-question", "ml_supply_chain.qualifier",
     lambda c: threat_in(c, "ml_supply_chain")["qualifier"].update(question="nothing")),
    ("an escalator names no question", "unknown-question", "urgency.escalators.nothing",
     lambda c: c["urgency"]["escalators"][0].update(question="nothing")),
    ("the urgency hangs on no question", "unknown-question", "urgency.by", lambda c: c["urgency"].update(by="nothing")),
    ("the urgency is assumed from no gate", "unknown-question", "urgency.assumed_from",
     lambda c: c["urgency"].update(assumed_from="nothing")),
    ("a rule names no option", "unknown-option", "data_poisoning.DP-C1", in_rule("DP-C1", control="nothing")),
    ("a rule asks for unknown", "unknown-option", "data_poisoning.DP-C1", in_rule("DP-C1", control="unknown")),
    ("a qualifier names no option", "unknown-option", "ml_supply_chain.qualifier",
     lambda c: threat_in(c, "ml_supply_chain")["qualifier"].update(min="nothing")),
    ("an escalator names no option", "unknown-option", "urgency.escalators.decision",
     lambda c: c["urgency"]["escalators"][0].update(min="nothing")),
    ("an urgency names no option", "unknown-option", "urgency.table.Critical",
     lambda c: c["urgency"]["table"]["Critical"].update(nothing="P0")),
    ("an assumption names no option", "unknown-option", "urgency.assumed.demonstrated",
     lambda c: c["urgency"]["assumed"].update(demonstrated="nothing")),
    ("two threats share an id", "duplicate-id", "threats", lambda c: threat_in(c, "model_stealing").update(id="data_poisoning")),
    ("two questions share an id", "duplicate-id", "data_poisoning",
     lambda c: question_in(c, "data_poisoning", "blast").update(id="access")),
    ("two options share an id", "duplicate-id", "data_poisoning.control",
     lambda c: question_in(c, "data_poisoning", "control")["options"][0].update(id="steered")),
    ("unknown is an option", "duplicate-id", "data_poisoning.control",
     lambda c: question_in(c, "data_poisoning", "control")["options"][0].update(id="unknown")),
    ("two rules share an id", "duplicate-id", "rules", lambda c: rule_in(c, "DP-C1").update(id="DP-C2")),
    ("two variants share an id", "duplicate-id", "data_poisoning.variants",
     lambda c: threat_in(c, "data_poisoning")["variants"][0].update(id="indiscriminate")),
    ("two gates share an id", "duplicate-id", "gates", lambda c: c["gates"][0].update(id="intent")),
    ("two failure modes share a number", "duplicate-id", "failure_modes", lambda c: c["failure_modes"][0].update(number=13)),
    ("two threats share a code", "duplicate-code", "threats", lambda c: threat_in(c, "model_stealing").update(code="DP")),
    ("two questions share a code", "duplicate-code", "data_poisoning",
     lambda c: question_in(c, "data_poisoning", "blast").update(code="AC")),
    ("two gates share a code", "duplicate-code", "gates and urgency", lambda c: c["gates"][0].update(code="G2")),
    ("a question has the code of a gate", "duplicate-code", "data_poisoning.blast",
     lambda c: question_in(c, "data_poisoning", "blast").update(code="G1")),
    ("a question has a code of the vector's own", "duplicate-code", "data_poisoning.blast",
     lambda c: question_in(c, "data_poisoning", "blast").update(code="TH")),
    ("a rule leaves the range", "outside-range", "data_poisoning.DP-C1", lambda c: rule_in(c, "DP-C1").update(severity="Low")),
    ("a default leaves the range", "outside-range", "ml_supply_chain.SC-C",
     lambda c: threat_in(c, "ml_supply_chain")["default"].update(severity="Important")),
    ("a severity is never reached", "severity-unreachable", "data_poisoning",
     lambda c: threat_in(c, "data_poisoning").update(range=["Moderate", "Critical"])),
    ("the top is never reached", "severity-unreachable", "model_inversion",
     lambda c: threat_in(c, "model_inversion").pop("rules")),
    ("a rule is milder than the default", "not-monotone", "membership_inference.power",
     lambda c: threat_in(c, "membership_inference")["default"].update(severity="Critical")),
    ("a handover leads to something graver", "not-monotone", "physical_adversarial_example.qualifier",
     lambda c: (threat_in(c, "physical_adversarial_example").update(range=["Important", "Important"]),
                threat_in(c, "physical_adversarial_example")["default"].update(severity="Important"))),
    ("worse maturity is less urgent", "not-monotone", "urgency.table.Critical",
     lambda c: c["urgency"]["table"]["Critical"].update(in_the_wild="P3")),
    ("a graver severity is less urgent", "not-monotone", "urgency.table.Critical",
     lambda c: c["urgency"]["table"]["Critical"].update(theory="P4", shown="P4", in_the_wild="P4")),
    ("a question changes nothing", "idle-question", "data_poisoning.blast",
     lambda c: threat_in(c, "data_poisoning")["rules"].pop(2)),
    ("a rule is covered by another", "redundant-rule", "data_poisoning.DP-C2",
     in_rule("DP-C2", control="chosen")),
    ("a rule is there twice", "redundant-rule", "data_poisoning.DP-C9",
     lambda c: threat_in(c, "data_poisoning")["rules"].append({**rule_in(c, "DP-C1"), "id": "DP-C9"})),
    ("a rule gives what the default gives", "redundant-rule", "data_poisoning.DP-C9",
     lambda c: threat_in(c, "data_poisoning")["rules"].append(
         {"id": "DP-C9", "severity": "Important", "when": {"blast": "many"}, "why": "Many."})),
    ("a milder rule is covered by a graver one", "redundant-rule", "membership_inference.MB-I2",
     lambda c: rule_in(c, "MB-I2").update(when={"meaning": "special_category", "power": "new_fact",
        "confidence": "clear", "access": "authenticated", "mitigation": "partial"})),
    ("a label is too long", "too-long-for-slack", "data_poisoning.control.random",
     lambda c: question_in(c, "data_poisoning", "control")["options"][0].update(label="x" * 76)),
    ("a help is too long", "too-long-for-slack", "data_poisoning.control.random",
     lambda c: question_in(c, "data_poisoning", "control")["options"][0].update(help="x" * 76)),
    ("a question is too long", "too-long-for-slack", "data_poisoning.control",
     lambda c: question_in(c, "data_poisoning", "control").update(ask="x" * 2001)),
    ("a hint is too long", "too-long-for-slack", "data_poisoning.control",
     lambda c: question_in(c, "data_poisoning", "control").update(hint="x" * 2001)),
    ("a threat's name is too long", "too-long-for-slack", "data_poisoning",
     lambda c: threat_in(c, "data_poisoning").update(name="x" * 76)),
    ("a variant is too long", "too-long-for-slack", "data_poisoning.targeted",
     lambda c: threat_in(c, "data_poisoning")["variants"][0].update(label="x" * 76)),
    ("a gate's option is too long", "too-long-for-slack", "ml_target.no",
     lambda c: c["gates"][0]["options"][0].update(label="x" * 76)),
    ("an urgency option is too long", "too-long-for-slack", "urgency.maturity.theory",
     lambda c: c["urgency"]["questions"][0]["options"][0].update(help="x" * 76)),
    ("a failure mode is too long", "too-long-for-slack", "failure_modes.side_effects",
     lambda c: c["failure_modes"][1].update(label="x" * 76)),
    ("a question has ten options", "too-long-for-slack", "data_poisoning.control",
     lambda c: question_in(c, "data_poisoning", "control")["options"].extend(
         {"id": f"more_{n}", "label": "More", "help": "More"} for n in range(7))),
    ("a threat has six questions", "too-long-for-slack", "data_poisoning",
     lambda c: threat_in(c, "data_poisoning")["questions"].append(
         {**question_in(c, "data_poisoning", "blast"), "id": "sixth", "code": "ZZ"})),
    ("a screen is too heavy", "too-long-for-slack", "data_poisoning",
     lambda c: [question.update(hint="x" * 2000) for question in threat_in(c, "data_poisoning")["questions"]]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "where", "change"), [row[1:] for row in BREAKS], ids=[row[0] for row in BREAKS])
def test_a_broken_bar_is_refused_with_the_code_and_the_place(
    code: str, where: str, change: Callable[[Content], object]
) -> None:
    assert (code, where) in problems_of(change)


def test_every_code_that_scripts_rely_on_is_broken_once() -> None:
    assert {code for _, code, _, _ in BREAKS} == {
        "schema", "unknown-question", "unknown-option", "duplicate-id", "duplicate-code", "outside-range",
        "severity-unreachable", "not-monotone", "idle-question", "redundant-rule", "too-long-for-slack",
    }  # fmt: skip


def test_all_problems_are_told_at_once_even_beside_a_wrong_shape() -> None:
    def spoil(content: Content) -> None:
        threat_in(content, "model_stealing").pop("name")
        rule_in(content, "DP-C1")["when"]["nothing"] = "chosen"
        rule_in(content, "AP-C1").update(severity="Low")
        question_in(content, "membership_inference", "power")["options"][0].update(label="x" * 80)

    assert {
        ("schema", "model_stealing.name"),
        ("unknown-question", "data_poisoning.DP-C1"),
        ("outside-range", "adversarial_perturbation.AP-C1"),
        ("too-long-for-slack", "membership_inference.power.dataset_level"),
    } <= problems_of(spoil)


def test_a_threat_with_too_many_rows_to_walk_is_refused_quickly() -> None:
    def swell(content: Content) -> None:
        for question in threat_in(content, "data_poisoning")["questions"]:
            question["options"] += [{"id": f"more_{n}", "label": "More", "help": "More"} for n in range(20)]

    assert ("schema", "data_poisoning") in problems_of(swell)


def test_questions_of_a_threat_with_one_severity_may_change_nothing() -> None:
    threat = builtin().threat("physical_adversarial_example")
    assert threat.rules == ()
    assert soundness.threat_problems(threat) == []
