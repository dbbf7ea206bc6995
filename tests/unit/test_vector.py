import pytest
from bar_cases import broken, cases, one
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.bars import builtin
from triage.scoring import Case, CaseError, Gates, Urgency, score
from triage.vector import from_vector, to_vector

ANSWERS = {"control": "chosen", "decision": "automated", "reach": "unknown", "blast": "one", "access": "open"}
EXAMPLE = "AIBB:1.0/TH:DP/CO:2/DE:1/RE:X/BL:0/AC:2"


def test_the_example_of_the_interface_comes_out() -> None:
    assert to_vector(builtin(), one("data_poisoning", ANSWERS, variant="targeted")) == EXAMPLE


def test_urgency_is_added_only_where_it_was_answered() -> None:
    urgent = one("data_poisoning", ANSWERS, urgency=Urgency(maturity="shown", detect="blind"))
    assert to_vector(builtin(), urgent) == f"{EXAMPLE}/MA:1/DT:2"
    assert to_vector(builtin(), one("data_poisoning", ANSWERS, urgency=Urgency(detect="alerted"))) == f"{EXAMPLE}/DT:0"


def test_gates_are_added_only_where_they_say_something_else_than_that_the_bar_applies() -> None:
    shown = one("data_poisoning", ANSWERS, gates=Gates(ml_target="yes", intent="demonstrated", others_affected="yes"))
    assert to_vector(builtin(), shown) == f"{EXAMPLE}/G2:1"
    assert to_vector(builtin(), one("data_poisoning", ANSWERS, gates=Gates())) == f"{EXAMPLE}/G1:X/G2:X/G3:X"


def test_an_accident_is_a_vector_without_threats() -> None:
    case = Case(gates=Gates(ml_target="yes", intent="accidental", others_affected="yes"), failure_mode="side_effects")
    assert to_vector(builtin(), case) == "AIBB:1.0/G2:0/FM:13"
    assert from_vector(builtin(), "AIBB:1.0/G2:0/FM:13") == case


def test_a_variant_is_added_where_a_badge_hangs_on_it() -> None:
    injected = one("neural_net_reprogramming", {"harm": "bodily_harm"}, variant="instruction_injection_direct")
    assert to_vector(builtin(), injected) == "AIBB:1.0/TH:RP/HA:3/UI:X/BL:X/PE:X/VA:2"


@given(cases())
@settings(max_examples=200, deadline=None)
def test_there_and_back(case: Case) -> None:
    vector = to_vector(builtin(), case, variants=True)
    assert from_vector(builtin(), vector) == case.without_unknowns()
    assert to_vector(builtin(), from_vector(builtin(), vector), variants=True) == vector


@given(cases())
@settings(max_examples=200, deadline=None)
def test_the_vector_of_a_verdict_gives_that_verdict_again(case: Case) -> None:
    verdict = score(builtin(), case)
    again = score(builtin(), from_vector(builtin(), verdict.vector))
    left_out = {"assessments"}  # they repeat the variants, and only those with a badge are in the vector
    assert again.model_dump(exclude=left_out) == verdict.model_dump(exclude=left_out)
    assert [(one.threat, one.severity, one.rule) for one in again.assessments] == [
        (one.threat, one.severity, one.rule) for one in verdict.assessments
    ]


def test_what_is_left_out_of_a_vector_is_unknown() -> None:
    assert from_vector(builtin(), "AIBB:1.0/TH:DP/CO:2") == one("data_poisoning", {"control": "chosen"})


def test_space_around_a_vector_does_not_matter() -> None:
    assert from_vector(builtin(), f"  {EXAMPLE}\n") == from_vector(builtin(), EXAMPLE)


@pytest.mark.parametrize(
    ("vector", "part"),
    [
        ("", ""),
        ("CVSS:4.0/AV:N", "CVSS:4.0"),
        ("AIBB:2.0/TH:DP", "AIBB:2.0"),
        ("AIBB:1.0/TH:ZZ", "TH:ZZ"),
        ("AIBB:1.0/TH:DP/CO:3", "CO:3"),
        ("AIBB:1.0/TH:DP/CO:-1", "CO:-1"),
        ("AIBB:1.0/TH:DP/CO:", "CO:"),
        ("AIBB:1.0/TH:DP/CO:²", "CO:²"),
        ("AIBB:1.0/TH:DP/CO:" + "9" * 5000, "CO:" + "9" * 5000),
        ("AIBB:1.0/TH:DP/CO", "CO"),
        ("AIBB:1.0/TH:DP/", ""),
        ("AIBB:1.0/TH:DP/AS:1", "AS:1"),
        ("AIBB:1.0/CO:1", "CO:1"),
        ("AIBB:1.0/TH:DP/CO:1/CO:2", "CO:2"),
        ("AIBB:1.0/TH:DP/TH:DP", "TH:DP"),
        ("AIBB:1.0/TH:DP/VA:9", "VA:9"),
        ("AIBB:1.0/TH:DP/MA:7", "MA:7"),
        ("AIBB:1.0/TH:DP/G1:2", "G1:2"),
        ("AIBB:1.0/G2:0/FM:11", "FM:11"),
        ("aibb:1.0/th:dp", "aibb:1.0"),
    ],
)
def test_a_wrong_vector_is_refused_by_the_part_that_is_wrong(vector: str, part: str) -> None:
    with pytest.raises(CaseError) as wrong:
        from_vector(builtin(), vector)
    assert (wrong.value.code, wrong.value.field) == ("bad-vector", part[:60])


@given(st.text(alphabet="AIB:1.0/THDPCOREX29 ", max_size=60))
@settings(deadline=None)
def test_any_text_is_a_case_or_a_refusal(text: str) -> None:
    try:
        case = from_vector(builtin(), f"AIBB:1.0/{text}")
    except CaseError:
        return
    assert to_vector(builtin(), case).startswith("AIBB:1.0")


def test_a_vector_belongs_to_the_bar_with_its_prefix() -> None:
    other = broken(lambda content: content.update(vector="OURS:2.1"))
    assert to_vector(other, one("data_poisoning", ANSWERS)).startswith("OURS:2.1/TH:DP/")
    with pytest.raises(CaseError):
        from_vector(other, EXAMPLE)
