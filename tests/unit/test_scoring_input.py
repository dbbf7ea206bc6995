import pytest

from triage.bars import builtin
from triage.scoring import CaseError, read_case, score


def _with_answer(question: str, option: str) -> dict[str, object]:
    return {"threats": [{"threat": "data_poisoning", "answers": {question: option}}]}


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ({"threats": [{"threat": "nothing"}]}, "unknown-threat", "threats[0].threat"),
        (_with_answer("nothing", "x"), "unknown-question", "threats[0].answers.nothing"),
        (_with_answer("control", "x"), "unknown-option", "threats[0].answers.control"),
        ({"threats": [{"threat": "data_poisoning", "variant": "x"}]}, "unknown-variant", "threats[0].variant"),
        ({"gates": {"ml_target": "maybe"}}, "unknown-option", "gates.ml_target"),
        ({"gates": {"intent": "no"}}, "unknown-option", "gates.intent"),
        ({"gates": {"other": "yes"}}, "unknown-field", "gates.other"),
        ({"urgency": {"maturity": "x"}, "gates": {"ml_target": "no"}}, "unknown-option", "urgency.maturity"),
        ({"failure_mode": "x", "gates": {"intent": "accidental"}}, "unknown-failure-mode", "failure_mode"),
        (
            {"threats": [{"threat": "data_poisoning"}, {"threat": "data_poisoning"}]},
            "duplicate-threat",
            "threats[1].threat",
        ),
        ({}, "missing", "threats"),
        ({"threats": []}, "missing", "threats"),
        ({"threats": [{}]}, "missing", "threats[0].threat"),
        ({"threats": [{"threat": 1}]}, "bad-value", "threats[0].threat"),
        (
            {"threats": [{"threat": "data_poisoning", "answers": {"control": 2}}]},
            "bad-value",
            "threats[0].answers.control",
        ),
        ({"threats": "data_poisoning"}, "bad-value", "threats"),
        ({"thread": []}, "unknown-field", "thread"),
        ([], "bad-value", ""),
        ("text", "bad-value", ""),
        (None, "bad-value", ""),
    ],
)
def test_wrong_input_names_the_field(data: object, code: str, field: str) -> None:
    with pytest.raises(CaseError) as wrong:
        score(builtin(), read_case(data))
    assert (wrong.value.code, wrong.value.field) == (code, field)
    assert wrong.value.message.endswith(".")


def test_wrong_input_lists_what_can_be_chosen_and_repeats_little_of_it() -> None:
    with pytest.raises(CaseError, match="Choose one of: random, steered, chosen, unknown") as wrong:
        score(builtin(), read_case(_with_answer("control", "x" * 10_000)))
    assert len(str(wrong.value)) < 300
