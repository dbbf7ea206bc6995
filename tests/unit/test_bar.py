import pytest
from bar_cases import broken, records

from triage import text_limits
from triage.bar import UNKNOWN, BarError, BugBar, Severity, parse_bar
from triage.bars import builtin, builtin_text


def test_the_built_in_bar_has_the_nine_threats_with_the_ranges_of_its_source() -> None:
    ranges = {threat.id: tuple(severity.value for severity in threat.range) for threat in builtin().threats}
    assert ranges == {
        "data_poisoning": ("Important", "Critical"),
        "model_stealing": ("Important", "Critical"),
        "model_inversion": ("Important", "Critical"),
        "physical_adversarial_example": ("Critical", "Critical"),
        "ml_supply_chain": ("Critical", "Critical"),
        "malicious_provider_backdoor": ("Critical", "Critical"),
        "neural_net_reprogramming": ("Important", "Critical"),
        "adversarial_perturbation": ("Important", "Critical"),
        "membership_inference": ("Moderate", "Critical"),
    }


def test_the_built_in_bar_asks_what_the_pins_answer() -> None:
    bar = builtin()
    for pin in records("pins.jsonl"):
        assert [question.id for question in bar.threat(pin["threat"]).questions] == list(pin["answers"])


def test_the_built_in_bar_names_its_source_and_that_the_page_has_no_severities_today() -> None:
    source = builtin().source
    assert source.revision == "0e7cbeed843afcdedb1de752cf6aa6c6a550d468"
    assert source.date == "2023-10-06"
    assert "no severities" in source.note


def test_a_bar_survives_its_canonical_text() -> None:
    bar = builtin()
    again = BugBar.from_canonical(bar.canonical())
    assert again == bar
    assert again.hash == bar.hash
    assert again.canonical() == bar.canonical()
    assert hash(again) == hash(bar)


def test_reading_the_same_text_gives_the_same_hash() -> None:
    assert parse_bar(builtin_text()).hash == builtin().hash
    assert builtin().hash.startswith("sha256:")
    assert len(builtin().hash) == len("sha256:") + 64


def test_a_changed_word_changes_the_hash() -> None:
    changed = broken(lambda content: content["source"].update(note="Other words."))
    assert changed.hash != builtin().hash
    assert changed != builtin()


def test_a_changed_copy_has_a_hash_of_its_own() -> None:
    original = builtin()
    copied = original.model_copy(update={"name": "Another bar"})
    assert copied.hash != original.hash
    assert copied != original
    assert original.model_copy() == original


def test_a_bar_is_read_from_json_as_it_is_shown() -> None:
    assert broken(lambda content: content.update(hash="sha256:whatever")).hash == builtin().hash


@pytest.mark.parametrize("text", ["not a bar", "[", "{", "{]", "id = 1\nid = 2"])
def test_what_is_no_toml_is_refused_with_a_schema_problem(text: str) -> None:
    with pytest.raises(BarError) as refused:
        parse_bar(text)
    assert {problem.code for problem in refused.value.problems} == {"schema"}


@pytest.mark.parametrize("text", ["{", "[]", "{}", '"text"'])
def test_a_stored_text_that_is_no_bar_is_refused(text: str) -> None:
    with pytest.raises(BarError):
        BugBar.from_canonical(text)


def test_an_empty_bar_is_told_every_part_that_it_lacks() -> None:
    with pytest.raises(BarError) as refused:
        parse_bar("")
    missing = {problem.where for problem in refused.value.problems}
    assert {"id", "version", "source", "gates", "threats", "urgency", "sla"} <= missing


def test_unknown_is_never_an_option_of_the_file() -> None:
    bar = builtin()
    asked = [*bar.gates, *bar.urgency.questions, *(question for threat in bar.threats for question in threat.questions)]
    for one in asked:
        assert UNKNOWN not in {option.id for option in one.options}
        assert one.has_option(UNKNOWN)


def test_looking_up_what_there_is_not_says_what_there_is() -> None:
    bar = builtin()
    with pytest.raises(KeyError, match="it has: data_poisoning"):
        bar.threat("nothing")
    with pytest.raises(KeyError, match="it has: control"):
        bar.threat("data_poisoning").question("nothing")
    with pytest.raises(KeyError, match="it has: random, steered, chosen"):
        bar.threat("data_poisoning").question("control").option("nothing")
    with pytest.raises(KeyError):
        bar.threat("data_poisoning").variant("nothing")
    with pytest.raises(KeyError):
        bar.threat("data_poisoning").rule("nothing")
    with pytest.raises(KeyError):
        bar.gate("nothing")


def test_options_rank_from_least_to_most_severe() -> None:
    decision = builtin().threat("data_poisoning").question("decision")
    assert [decision.rank(option) for option in ("advisory", "automated", "security_or_rights", "safety")] == [
        0,
        1,
        2,
        3,
    ]


def test_severities_compare_by_badness() -> None:
    assert Severity.LOW < Severity.MODERATE < Severity.IMPORTANT < Severity.CRITICAL
    assert sorted(["Moderate", "Critical", "Low"], key=Severity) == ["Low", "Moderate", "Critical"]
    assert Severity.CRITICAL >= "Important"
    assert max(Severity.IMPORTANT, Severity.CRITICAL) is Severity.CRITICAL
    with pytest.raises(ValueError, match="worse"):
        assert Severity.LOW < "worse"


def test_every_text_of_the_built_in_bar_fits_with_room_to_read() -> None:
    bar = builtin()
    for threat in bar.threats:
        assert len(threat.questions) <= text_limits.QUESTIONS_MAX
        assert text_limits.screen_bytes(threat) < 12_000
        for question in threat.questions:
            assert len(question.ask) <= 150
            assert len(question.hint or "") <= 300


def test_everything_that_is_named_in_a_catalogue_has_a_name() -> None:
    for threat in builtin().threats:
        assert threat.mitigations
        assert threat.mappings.atlas
        assert threat.mappings.nist
        for group in (threat.mappings.atlas, threat.mappings.cwe, threat.mappings.owasp_ml, threat.mitigations):
            assert all(named.name and named.name != named.id for named in group)
