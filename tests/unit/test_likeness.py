"""How reports compare with a question, alone: what counts more, and what is kept of a report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.likeness import Comparer, Fingerprint, Match, Question, Statistics, alike, fingerprint
from triage.words import terms

texts = st.text(max_size=200) | st.lists(
    st.sampled_from(["model", "poisoned", "torch.load", "the", "label", "数据投毒", "v1.2.3"]), max_size=30
).map(" ".join)


def compared(question: str, *reports: tuple[str, str]) -> list[Match | None]:
    prints = [fingerprint(*report) for report in reports]
    asked = Question.of(question)
    holding = {term: sum(term in one.terms for one in prints) for term in asked.counts}
    mean = sum(one.length for one in prints) / len(prints)
    comparer = Comparer(asked, Statistics(len(prints), mean, holding))
    return [comparer.compare(one) for one in prints]


def ranks(question: str, *reports: tuple[str, str]) -> list[float]:
    return [match.rank if match else 0.0 for match in compared(question, *reports)]


NOISE = (("Chat answers slowly", "The chat answers slowly in the evening."), ("Labels", "Labels are for sale."))


def test_a_report_with_the_rare_word_beats_one_with_the_common_word() -> None:
    rare, common, *_ = ranks(
        "labels in ragtime", ("Index", "ragtime index"), ("Other", "labels of jars"), *NOISE, ("Third", "labels again")
    )
    assert rare > common > 0


def test_a_word_in_the_title_counts_more_than_in_the_description() -> None:
    titled, described, *_ = ranks(
        "ragtime", ("ragtime fails", "It does every day."), ("It does every day", "ragtime fails."), *NOISE
    )
    assert titled > described


def test_the_first_line_of_a_question_counts_more_than_the_rest() -> None:
    first, second, *_ = ranks("ragtime\nzither", ("", "a ragtime"), ("", "a zither"), *NOISE)
    assert first > second


def test_what_is_said_again_in_the_question_counts_more() -> None:
    once, again, *_ = ranks("zither, ragtime and ragtime", ("", "zither here"), ("", "ragtime here"), *NOISE)
    assert again > once


def test_a_short_report_beats_a_long_one_that_says_it_in_passing() -> None:
    short, long, *_ = ranks(
        "ragtime", ("", "ragtime fails"), ("", "ragtime fails " + "and goes on elsewhere " * 30), *NOISE
    )
    assert short > long


def test_words_that_any_sentence_may_hold_are_no_likeness() -> None:
    assert compared("how do I make it do this", ("How to", "Do make it do this, please.")) == [None]


def test_nothing_in_common_is_no_likeness() -> None:
    assert compared("ragtime", NOISE[0]) == [None]


def test_the_same_text_is_found_whole() -> None:
    (same, *_) = compared(
        "Labels can be bought\nAnyone may sell them.", ("Labels can be bought", "Anyone may sell them."), *NOISE
    )
    assert same is not None
    assert (same.found, same.lead, same.report) == pytest.approx((1, 1, 1))
    assert same.bm25 > 0.9


def test_a_title_that_the_description_begins_with_is_not_counted_twice() -> None:
    whole = "Labels can be bought by anyone who has an account."
    assert fingerprint("Labels can be bought…", whole) == fingerprint("", whole)


def test_a_systems_name_is_found_too() -> None:
    assert set(terms("ragtime-index")) <= set(fingerprint("Slow", "It is slow.", "ragtime-index").terms)


def test_reports_under_one_title_or_nearly_in_the_same_words_are_alike() -> None:
    one = fingerprint("Index leaks", "First words about it.")
    assert alike(one, fingerprint("Index leaks", "Something else entirely."))
    assert alike(fingerprint("", "a b c d e f g h i jj"), fingerprint("", "a b c d e f g h i jj kk"))
    assert not alike(one, fingerprint("Index leaks slowly", "Something else entirely."))
    assert not alike(fingerprint("", "zither"), fingerprint("", "ragtime"))


def test_bytes_that_are_no_fingerprint_are_refused() -> None:
    for wrong in (b"", b"1234567", b"12345678901"):
        with pytest.raises(ValueError, match="no fingerprint"):
            Fingerprint.unpack(wrong)


@given(title=texts, description=texts, system=texts)
def test_a_fingerprint_comes_back_from_its_bytes(title: str, description: str, system: str) -> None:
    made = fingerprint(title, description, system)
    assert Fingerprint.unpack(made.pack()) == made


@given(question=texts, title=texts, description=texts)
def test_shares_are_shares_whatever_is_asked(question: str, title: str, description: str) -> None:
    for match in compared(question, (title, description), *NOISE):
        if match is not None:
            for share in (match.found, match.lead, match.in_title, match.report):
                assert -1e-9 <= share <= 1 + 1e-9
            assert match.rank >= match.bm25 >= 0


def test_a_worth_is_never_negative() -> None:
    everywhere = Statistics(2, 10.0, {7: 5})
    assert everywhere.worth(7) >= 0
    assert Statistics(0, 0.0, {}).worth(6) > 0
