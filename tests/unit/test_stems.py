"""Words of one family have one stem; words of different ones do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.stems import SHORTEST, stem
from triage.words import terms


@pytest.mark.parametrize(
    "family",
    [
        "poison poisons poisoned poisoning",
        "classify classified classifier classifiers classification classifying",
        "deserialize deserialized deserializing deserialization deserialisation",
        "authenticate authenticated authentication",
        "vulnerable vulnerability vulnerabilities",
        "expose exposes exposed exposure",
        "execute executes executing execution",
        "adversary adversaries adversarial",
        "run runs running",
        "query queries querying",
        "inject injected injection injections",
        "leak leaks leaked leaking",
        "accessible access accesses",
    ],
)
def test_a_family_has_one_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("poison", "prison"), ("model", "mode"), ("string", "strip"), ("class", "clause")]
)
def test_words_of_different_families_stay_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize("word", ["", "a", "ml", "gpu", "v1.2", "数据", "bus", "css", "CSS"])
def test_what_is_no_longer_word_stays(word: str) -> None:
    assert stem(word) == word


def test_a_user_is_not_the_word_use() -> None:
    assert terms("user") != terms("use")


@given(st.text("abcdeginrsty", min_size=SHORTEST + 1))
def test_a_stem_begins_its_word_and_keeps_a_few_letters(word: str) -> None:
    found = stem(word)
    assert len(found) >= SHORTEST
    assert word.startswith(found[:-1])
