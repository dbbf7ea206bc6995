"""The analyser: two people's words for one thing meet, whatever script, spelling or punctuation."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.words import CHUNK_MAX, TEXT_MAX, is_common, spellings, terms


def meets(one: str, other: str) -> bool:
    return bool(set(terms(one)) & set(terms(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("poisoning", "poisoned"),
        ("torch.load", "load"),
        ("torch.load", "Torch.Load"),
        ("SparseTensorToCSR", "sparsetensortocsr"),
        ("SparseTensorToCSR", "tensor"),
        ("anything-llm", "AnythingLLM"),
        ("e-mail", "email"),
        ("CVE-2024-12345", "cve-2024-12345"),
        ("lunary-ai/lunary", "lunary"),
        ("model_v2.safetensors", "safetensors"),
        ("conv2d", "Conv2D"),
        ("naïve", "naive"),
        ("ﬁle", "file"),
        ("\uff32\uff23\uff25", "rce"),  # full width
        ("the model’s weights", "model"),
        ("数据投毒攻击", "投毒"),
        ("ตัวแบบ", "แบบ"),
        ("отравление", "ОТРАВЛЕНИЕ"),
        ("https://example.com/a?b=1", "example.com"),
    ],
)
def test_two_spellings_of_one_thing_share_a_term(one: str, other: str) -> None:
    assert meets(one, other)


def test_a_name_is_kept_whole_beside_its_parts() -> None:
    assert spellings("torch.load") == ["torchload", "torch", "load"]


def test_versions_that_differ_in_their_dots_differ() -> None:
    assert spellings("1.10.2")[0] != spellings("1.1.02")[0]


def test_every_mention_counts() -> None:
    assert len(terms("model, model and Models")) == 4


def test_words_that_any_sentence_may_hold_are_known_in_every_form() -> None:
    assert all(map(is_common, terms("How do I make THE thing that you've used?")))
    assert not any(map(is_common, terms("backdoor checkpoint")))


@pytest.mark.parametrize("text", ["", "   ", "🔥👩‍🔬", "?!.,;:-()", "\x00", "---", "'", "_", "\ud800"])
def test_a_text_without_words_has_no_terms(text: str) -> None:
    assert terms(text) == []


def test_a_blob_is_one_term() -> None:
    assert len(terms("a" * (CHUNK_MAX + 1) + "1B")) == 1


def test_what_lies_beyond_the_limit_is_not_read() -> None:
    assert len(terms("word " * TEXT_MAX)) <= TEXT_MAX // 5 + 1


def test_terms_are_the_same_in_every_installation() -> None:
    # They are kept in databases: a change here needs a migration that indexes anew.
    assert terms("the torch.load") == [1_916_724_903, 3_424_395_948, 4_184_173_988, 505_300_790]


def test_threads_read_the_same() -> None:
    text = " ".join(f"trained{number}ly poisoning{number} hopefulness{number}" for number in range(300))
    alone = [spellings(f"{word}") for word in text.split()]
    seen: list[list[list[str]]] = []
    threads = [
        threading.Thread(target=lambda: seen.append([spellings(word) for word in text.split()])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [alone] * 4


@given(st.text())
def test_any_text_is_read_into_32_bit_terms_case_making_no_difference(text: str) -> None:
    found = terms(text)
    assert all(0 <= term < 2**32 for term in found)
    assert len(found) == len(spellings(text))


@given(
    st.lists(st.sampled_from(["model", "torch.load", "the", "数据投毒", "x-y"])),
    st.sampled_from([" ", "\n", " — ", ", "]),
)
def test_punctuation_between_words_makes_no_difference(words: list[str], between: str) -> None:
    assert terms(between.join(words)) == terms(" ".join(words))
