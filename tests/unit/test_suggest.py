import pytest
from bar_cases import broken, records, threat_in
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.bars import builtin
from triage.suggest import suggest, with_reports


def test_the_cases_find_their_threat_among_three() -> None:
    inside = [
        (f"{case['title']}. {case['description']}", wanted)
        for case in records("cases.jsonl")
        if (wanted := {threat for threat in case["expected_threat"] if not threat.startswith("out_of_scope")})
    ]
    first = among = 0
    for text, wanted in inside:
        found = [one.threat for one in suggest(builtin(), text)]
        first += bool(wanted & set(found[:1]))
        among += bool(wanted & set(found))
    assert len(inside) == 49
    assert first >= 45
    assert among >= 48


@pytest.mark.parametrize(
    ("text", "threat"),
    [
        ("Reviews written by bots poison what the recommender is retrained on every night.", "data_poisoning"),
        ("A rival clones our sentiment model by distilling the answers of its API.", "model_stealing"),
        ("The model completes a prefix with memorised phone numbers of real customers.", "model_inversion"),
        ("Stickers on the road sign make the car's camera read another speed limit.", "physical_adversarial_example"),
        ("A pickle in a checkpoint on the model hub runs code when it is loaded.", "ml_supply_chain"),
        ("The contractor who trained it for us left a backdoor with a secret trigger.", "malicious_provider_backdoor"),
        ("Hidden instructions in an e-mail make the assistant send out the inbox.", "neural_net_reprogramming"),
        ("Appending strings to malware evades the classifier.", "adversarial_perturbation"),
        ("One can tell whether a person's record was used to train the clinic's model.", "membership_inference"),
    ],
)
def test_each_threat_is_found_by_its_words(text: str, threat: str) -> None:
    assert suggest(builtin(), text)[0].threat == threat


def test_the_reason_quotes_what_was_written_as_it_was_written() -> None:
    found = suggest(builtin(), "Somebody POISONED our training data, I think.")[0]
    assert found.threat == "data_poisoning"
    assert found.reason == "you wrote “POISONED” and “training data”"


@pytest.mark.parametrize("text", ["", "   ", "Hello, how are you?", "🙂🙂🙂", "42"])
def test_nothing_is_suggested_where_nothing_fits(text: str) -> None:
    assert suggest(builtin(), text) == []


def test_an_earlier_report_that_looks_alike_counts_and_is_named() -> None:
    found = suggest(builtin(), "Somebody poisoned our training data, I think.")

    both = with_reports(found, [("ML-5", "model_stealing", 0.9), ("ML-7", found[0].threat, 0.3)])

    assert both[0].threat == found[0].threat
    assert both[0].reason == f"{found[0].reason}; ML-7 looks like it and was rated as this"
    assert [one.reason for one in both if one.threat == "model_stealing"] == [
        "ML-5 looks like it and was rated as this"
    ]
    assert with_reports([], [("ML-5", "model_stealing", 0.9)])[0].threat == "model_stealing"
    assert with_reports(found, []) == found


def test_at_most_as_many_as_asked_for_come_likeliest_first() -> None:
    text = "poisoned training data, a cloned model, stickers, a jailbreak and malware that evades the classifier"
    found = suggest(builtin(), text, limit=5)
    assert len(found) == 5
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert suggest(builtin(), text, limit=2) == found[:2]


def test_a_word_counts_once_however_often_it_is_written() -> None:
    once, often = (suggest(builtin(), "poisoned " * times)[0].score for times in (1, 50))
    assert once == often


def test_the_words_come_from_the_bar() -> None:
    other = broken(
        lambda content: threat_in(content, "model_stealing")["keywords"]["strong"].append("frobnicat* model*")
    )
    assert suggest(builtin(), "They frobnicated models.") == []
    assert [one.threat for one in suggest(other, "They frobnicated models.")] == ["model_stealing"]


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_the_same_suggestions_every_time_with_quotes_from_it(text: str) -> None:
    found = suggest(builtin(), text)
    assert found == suggest(builtin(), text)
    assert len({one.threat for one in found}) == len(found)
    for one in found:
        for quote in one.reason.split("“")[1:]:
            assert quote.split("”")[0] in " ".join(text.split())
