"""What another bar would say of old reports, ids that went included."""

from hypothesis import given, settings
from hypothesis import strategies as st

from triage import bars
from triage.bar import BugBar
from triage.case import Case
from triage.renaming import translated
from triage.rescore import Stored, differences
from triage.scoring import score

BASE = bars.builtin()
HEAD = 'base = "aiml-2019"\nid = "ours"\nversion = "1.0.0"\nname = "Ours"\n'


def a_case(threat: str = "data_poisoning", **answers: str) -> Case:
    gates = {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"}
    return Case.model_validate({"gates": gates, "threats": [{"threat": threat, "answers": answers}]})


def stored(case: Case, number: int = 1) -> Stored:
    verdict = score(BASE, case)
    return Stored("T1", number, str(verdict.severity) if verdict.severity else None, verdict.rule, case.canonical())


@st.composite
def cases(draw: st.DrawFn) -> Case:
    threat = draw(st.sampled_from(BASE.threats))
    answers = {
        question.id: draw(st.sampled_from(["unknown", *(option.id for option in question.options)]))
        for question in threat.questions
    }
    gates = {gate.id: draw(st.sampled_from(["unknown", *(o.id for o in gate.options)])) for gate in BASE.gates}
    urgency = {q.id: draw(st.sampled_from(["unknown", *(o.id for o in q.options)])) for q in BASE.urgency.questions}
    return Case.model_validate(
        {"gates": gates, "threats": [{"threat": threat.id, "answers": answers}], "urgency": urgency}
    )


@given(case=cases())
@settings(max_examples=60)
def test_the_same_bar_differs_in_nothing(case: Case) -> None:
    assert list(differences(BASE, [stored(case)])) == []
    assert score(BASE, translated(BASE, case)) == score(BASE, case)


def reworded() -> BugBar:
    question = '[[threats.questions]]\nid = "control"\nask = "Who says what it gets wrong?"\n'
    return bars.read(HEAD + '[[threats]]\nid = "data_poisoning"\n' + question)


def test_a_changed_wording_changes_no_verdict() -> None:
    assert list(differences(reworded(), [stored(a_case(control="chosen", decision="automated"))])) == []


def renamed() -> BugBar:
    """A bar in which a threat, a question and an option have other names."""
    text = bars.builtin_text()
    assert text.count('"data_poisoning"') >= 1
    text = text.replace('id = "aiml-2019"', 'id = "ours"').replace('"data_poisoning"', '"poisoning"')
    deprecated = '[deprecated]\n"data_poisoning" = "poisoning"\n'
    return bars.read(text + "\n" + deprecated)


def test_a_threat_that_was_renamed_is_still_understood() -> None:
    case = a_case(control="chosen", decision="automated")

    assert translated(renamed(), case).threats[0].threat == "poisoning"
    assert list(differences(renamed(), [stored(case)])) == []


def test_an_answer_that_is_gone_counts_as_not_known() -> None:
    case = Case.model_validate({"threats": [{"threat": "data_poisoning", "answers": {"control": "gone", "x": "y"}}]})

    assert translated(BASE, case).threats[0].answers == {"control": "unknown"}


def test_a_threat_that_is_gone_is_left_out() -> None:
    assert translated(BASE, a_case("nowhere", control="chosen")).threats == ()
