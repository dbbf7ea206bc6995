from itertools import product

import pytest
from bar_cases import IN_BAR, cases, one, records, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.bar import SEVERITIES, UNKNOWN, BugBar, Severity, Threat
from triage.bars import builtin
from triage.scoring import Case, ThreatCase, Verdict, read_case, score, severity_of

EXAMPLE = {
    "gates": {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"},
    "threats": [
        {
            "threat": "data_poisoning",
            "variant": "targeted",
            "answers": {
                "control": "chosen",
                "decision": "automated",
                "reach": "unknown",
                "blast": "one",
                "access": "open",
            },
        }
    ],
    "urgency": {"maturity": "shown", "detect": "blind"},
}
THREATS = [threat.id for threat in builtin().threats]


def by_the_rules(threat: Threat, answers: dict[str, str]) -> Severity:
    """The severity of a full row of answers, read off the rules one by one: what the tables must agree with."""
    fired = [
        rule.severity
        for rule in threat.rules
        if all(threat.question(q).rank(answers[q]) >= threat.question(q).rank(o) for q, o in rule.when.items())
    ]
    return max(fired, default=threat.default.severity)


@pytest.mark.parametrize("pin", records("pins.jsonl"), ids=lambda pin: pin["id"])
def test_a_pin_holds(pin: dict[str, dict[str, str]]) -> None:
    verdict = score(builtin(), one(str(pin["threat"]), pin["answers"]))
    assert verdict.severity_low == verdict.severity == verdict.severity_high == pin["expected"]
    assert verdict.ask_next is None


def test_the_answered_cases_give_an_accepted_severity() -> None:
    answered = [case for case in records("cases.jsonl") if "answers" in case]
    accepted = 0
    for case in answered:
        verdict = score(builtin(), one(case["expected_threat"][0], case["answers"]))
        accepted += verdict.severity in case["expected_severity"]
    assert (accepted, len(answered)) == (44, 44)


def test_cases_answered_from_the_report_alone_are_nearly_always_accepted() -> None:
    blind = [case for case in records("cases.jsonl") if case["blind_answers"]]
    accepted = 0
    for case in blind:
        gates = dict(zip(("ml_target", "intent", "others_affected"), case["blind_gates"].values(), strict=True))
        verdict = score(builtin(), read_case({"gates": gates, "threats": case["blind_answers"]}))
        accepted += (verdict.severity or "none") in case["expected_severity"]
    assert (accepted, len(blind)) == (45, 47)


def test_accidents_among_the_cases_leave_the_bar() -> None:
    for case in records("cases.jsonl"):
        if case["intent"] == "accidental":
            verdict = score(builtin(), read_case({"gates": {"intent": "accidental"}}))
            assert verdict.route == "unintentional"
            assert case["expected_severity"] == ["none"]


@pytest.mark.parametrize("threat_id", THREATS)
def test_the_interval_of_every_set_of_answers_is_what_its_completions_span(threat_id: str) -> None:
    bar = builtin()
    threat = bar.threat(threat_id)
    known = {tuple(row.values()): by_the_rules(threat, row).rank for row in rows(threat) if _qualifies(threat, row)}
    for row in rows(threat, unknowns=True):
        if not _qualifies(threat, row):
            continue
        ways = product(*(_completions(threat, question_id, said) for question_id, said in row.items()))
        spanned = [known[way] for way in ways]
        assert severity_of(bar, threat_id, row) == (SEVERITIES[min(spanned)], SEVERITIES[max(spanned)])


def _qualifies(threat: Threat, row: dict[str, str]) -> bool:
    """Whether the threat is this one for sure; an open or failed qualifier has tests of its own."""
    if threat.qualifier is None:
        return True
    said = row[threat.qualifier.question]
    question = threat.question(threat.qualifier.question)
    return said != UNKNOWN and question.rank(said) >= question.rank(threat.qualifier.min)


def _completions(threat: Threat, question_id: str, said: str) -> list[str]:
    return [option.id for option in threat.question(question_id).options] if said == UNKNOWN else [said]


@pytest.mark.parametrize("threat_id", THREATS)
def test_one_worse_answer_never_lowers_the_severity(threat_id: str) -> None:
    bar = builtin()
    threat = bar.threat(threat_id)
    for row in rows(threat):
        before = _rank(severity_of(bar, threat_id, row)[1])
        for question in threat.questions:
            place = question.rank(row[question.id])
            if place + 1 < len(question.options):
                worse = {**row, question.id: question.options[place + 1].id}
                assert _rank(severity_of(bar, threat_id, worse)[1]) >= before


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else severity.rank


def test_1641_rows_are_walked() -> None:
    assert sum(1 for threat in builtin().threats for _ in rows(threat)) == 1641


def test_the_example_of_the_interface_is_answered_as_it_says() -> None:
    verdict = score(builtin(), read_case(EXAMPLE)).model_dump(mode="json")
    assert verdict["outcome"] == "in_bar"
    assert verdict["route"] is None
    assert (verdict["severity"], verdict["severity_low"], verdict["severity_high"]) == (
        "Critical",
        "Important",
        "Critical",
    )
    assert (verdict["threat"], verdict["rule"]) == ("data_poisoning", "DP-C1")
    assert verdict["fired"] == {"control": "chosen", "decision": "automated"}
    assert verdict["what_would_change"][0] == {
        "question": "control",
        "from": "chosen",
        "to": "steered",
        "severity": "Important",
    }
    assert verdict["ask_next"] == "reach"
    assert verdict["vector"] == "AIBB:1.0/TH:DP/CO:2/DE:1/RE:X/BL:0/AC:2/MA:1/DT:2"
    assert verdict["bar"] == {"id": "aiml-2019", "version": "1.0.0", "hash": builtin().hash}
    assert [(one["threat"], one["severity"]) for one in verdict["assessments"]] == [("data_poisoning", "Critical")]


def test_a_question_left_out_counts_as_unknown() -> None:
    answers = {"control": "chosen", "decision": "automated"}
    left_out = score(builtin(), one("data_poisoning", answers))
    said = score(builtin(), one("data_poisoning", {**answers, "reach": UNKNOWN, "blast": UNKNOWN}))
    assert left_out == said
    assert left_out.assumed == ("reach",)


def test_of_several_rules_the_one_that_assumes_least_gives_the_reason() -> None:
    verdict = score(builtin(), one("data_poisoning", {"decision": "safety", "reach": "reaches_production"}))
    assert verdict.rule == "DP-C2"
    assert verdict.fired == {"decision": "safety", "reach": "reaches_production"}
    assert verdict.assumed == ()
    assert verdict.severity_low == "Critical"


@given(cases())
@settings(max_examples=200, deadline=None)
def test_a_verdict_is_the_same_bytes_every_time_and_survives_its_own_text(case: Case) -> None:
    bar = builtin()
    first = score(bar, case)
    stored = BugBar.from_canonical(bar.canonical())
    again = score(stored, Case.model_validate_json(case.canonical()))
    assert again.canonical() == first.canonical()
    assert Verdict.model_validate_json(first.canonical()) == first


@given(cases())
@settings(max_examples=200, deadline=None)
def test_every_verdict_is_whole(case: Case) -> None:
    verdict = score(builtin(), case)
    severities = (
        verdict.severity,
        verdict.severity_low,
        verdict.severity_high,
        verdict.urgency,
        verdict.rule,
        verdict.threat,
    )
    if verdict.outcome == "out_of_scope":
        assert set(severities) == {None}
        assert verdict.route is not None
        assert verdict.deadline is None
        assert not verdict.what_would_change
        return
    assert None not in severities
    assert verdict.severity == verdict.severity_high
    assert verdict.severity_low is not None
    assert verdict.severity_high is not None
    assert verdict.severity_low <= verdict.severity_high
    assert verdict.reason
    assert verdict.severity == max(one.severity for one in verdict.assessments if one.severity)
    assert verdict.severity_low == max(one.severity_low for one in verdict.assessments if one.severity_low)
    if verdict.severity_low != verdict.severity_high:
        assert verdict.ask_next is not None


@given(cases(gates=False, most_threats=1), st.data())
@settings(max_examples=200, deadline=None)
def test_answering_the_question_asked_next_never_widens_the_interval(case: Case, data: st.DataObject) -> None:
    bar = builtin()
    before = score(bar, case)
    if before.ask_next is None or before.threat != case.threats[0].threat:
        return
    question = bar.threat(before.threat).question(before.ask_next)
    said = data.draw(st.sampled_from([option.id for option in question.options]))
    threat = case.threats[0]
    answered = threat.model_copy(update={"answers": {**threat.answers, question.id: said}})
    after = score(bar, case.model_copy(update={"threats": (answered,)}))
    if after.outcome == "in_bar" and after.threat == before.threat:
        assert before.severity_low is not None
        assert after.severity_low is not None
        assert after.severity is not None
        assert before.severity is not None
        assert before.severity_low <= after.severity_low <= after.severity <= before.severity


@pytest.mark.parametrize(
    ("threat", "answers", "asked"),
    [
        ("data_poisoning", {"decision": "safety", "control": "random", "access": "open"}, "reach"),
        ("model_stealing", {"fidelity": "exact", "decision": "security_or_rights", "follow_on": "none_shown"}, "asset"),
        ("physical_adversarial_example", {"decision": "safety"}, "channel"),
        ("ml_supply_chain", {"blast": "many"}, "artefact"),
        ("malicious_provider_backdoor", {}, "relation"),
        ("data_poisoning", {"control": "chosen", "decision": "automated", "reach": "reaches_production"}, None),
        ("data_poisoning", {"reach": "stopped_before_release"}, None),
        ("physical_adversarial_example", {"channel": "through_sensor"}, None),
    ],
)
def test_the_question_that_settles_most_is_asked_next(threat: str, answers: dict[str, str], asked: str | None) -> None:
    assert score(builtin(), one(threat, answers)).ask_next == asked


def test_open_questions_are_those_a_rule_still_waits_for_with_who_knows() -> None:
    verdict = score(builtin(), one("data_poisoning", {"control": "chosen", "decision": "automated"}))
    assert [(one.question, one.who) for one in verdict.open_questions] == [
        ("reach", "owner"),
        ("blast", "reporter"),
        ("access", "owner"),
    ]


# ---- several threats


def test_the_gravest_threat_leads_and_every_threat_is_assessed() -> None:
    case = Case(
        gates=IN_BAR,
        threats=(
            ThreatCase(threat="model_stealing", answers={"asset": "public", "follow_on": "none_shown"}),
            ThreatCase(
                threat="adversarial_perturbation",
                answers={"control": "chosen", "decision": "safety", "backstop": "none"},
            ),
        ),
    )
    verdict = score(builtin(), case)
    assert (verdict.threat, verdict.severity, verdict.severity_low) == (
        "adversarial_perturbation",
        "Critical",
        "Critical",
    )
    assert [(one.threat, one.severity) for one in verdict.assessments] == [
        ("model_stealing", "Important"),
        ("adversarial_perturbation", "Critical"),
    ]


def test_of_equally_grave_threats_the_surer_one_leads_then_the_first() -> None:
    open_one = ThreatCase(threat="data_poisoning")
    sure = ThreatCase(threat="model_stealing", answers={"follow_on": "private_data_recovered"})
    also_sure = ThreatCase(threat="ml_supply_chain", answers={"artefact": "shared_ml_artefact"})
    assert score(builtin(), Case(gates=IN_BAR, threats=(open_one, sure, also_sure))).threat == "model_stealing"
    assert score(builtin(), Case(gates=IN_BAR, threats=(also_sure, sure, open_one))).threat == "ml_supply_chain"


def test_a_surer_second_threat_raises_the_low_end() -> None:
    wide = ThreatCase(threat="membership_inference")
    firm = ThreatCase(threat="data_poisoning", answers={"reach": "stopped_before_training"})
    alone = score(builtin(), Case(gates=IN_BAR, threats=(wide,)))
    both = score(builtin(), Case(gates=IN_BAR, threats=(wide, firm)))
    assert (alone.severity_low, alone.severity) == ("Moderate", "Critical")
    assert (both.severity_low, both.severity) == ("Important", "Critical")


# ---- what stands beside the severity


def test_co_routes_badges_mitigations_and_mappings_come_from_the_bar() -> None:
    inversion = score(builtin(), one("model_inversion"))
    assert inversion.also == ("privacy",)
    injected = score(builtin(), one("neural_net_reprogramming", variant="instruction_injection_indirect"))
    assert injected.also == ("abuse", "account_takedown")
    assert [badge.id for badge in injected.badges] == ["prompt_injection"]
    assert not score(builtin(), one("neural_net_reprogramming", variant="crafted_query")).badges
    tool = score(builtin(), one("ml_supply_chain", variant="agent_tool_or_skill"))
    assert [badge.id for badge in tool.badges] == ["agent_tool"]
    assert [one.id for one in inversion.mitigations] == ["AML.M0002", "AML.M0004", "AML.M0019", "AML.M0024"]
    assert inversion.mappings == builtin().threat("model_inversion").mappings


@pytest.mark.parametrize(
    "threat",
    [
        "model_stealing",
        "model_inversion",
        "malicious_provider_backdoor",
        "membership_inference",
        "adversarial_perturbation",
    ],
)
def test_a_threat_on_which_the_sources_disagree_says_so(threat: str) -> None:
    assert any(note.startswith("Sources disagree") for note in score(builtin(), one(threat)).notes)


def test_severity_alone_leaves_the_bar_without_one() -> None:
    assert severity_of(builtin(), "ml_supply_chain", {"artefact": "plain_software"}) == (None, None)
    assert severity_of(builtin(), "data_poisoning", {}) == (Severity.IMPORTANT, Severity.CRITICAL)
