"""The decision: what is called the same, what only looks like it, and what order candidates come in."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from triage.calibration import BY_MEANING, BY_WORDS, LIKE_FROM
from triage.likeness import Comparer, Nearness, Question, Statistics, fingerprint
from triage.repeats import MEANT_MAX, Candidate, Judged, Meant, judge

WORDS = [
    "model",
    "poisoned",
    "torch.load",
    "the",
    "label",
    "index",
    "leak",
    "chat",
    "prompt",
    "gateway",
    "scanner",
    "loop",
]
PAST = (
    ("Labels can be bought", "Anyone with an account can sell labels for the training data of the spam filter."),
    ("Chat tells other people's mail", "The assistant repeats mail of other customers when it is asked for a summary."),
    ("Model file runs code", "Loading the checkpoint through torch.load runs what is pickled in it."),
    ("Scores show who was in the data", "The public score endpoint gives confidences that tell members apart."),
    ("Stickers blind the sorter", "A printed sticker makes the waste sorter take batteries for paper."),
)


def ask(
    text: str,
    past: tuple[tuple[str, str], ...] = PAST,
    limit: int = 10,
    meant: Meant | None = None,
    **same: bool,
) -> list[Judged]:
    prints = [fingerprint(*one) for one in past]
    question = Question.of(text)
    holding = {term: sum(term in one.terms for one in prints) for term in question.counts}
    mean = sum(one.length for one in prints) / max(1, len(prints))
    candidates = [Candidate(number, number, one) for number, one in enumerate(prints, 1)]
    if same:
        candidates[-1] = replace(candidates[-1], **same)
    return judge(Comparer(question, Statistics(len(prints), mean, holding)), candidates, limit, meant)


def test_the_same_words_again_are_a_repeat() -> None:
    best, *others = ask(
        "\n".join(PAST[0]), past=PAST * 1 + tuple((f"Report {n}", f"About thing{n}.") for n in range(40))
    )
    assert best.number == 1
    assert best.repeat
    assert not any(other.repeat for other in others)


def test_a_question_about_something_else_is_no_repeat() -> None:
    assert not any(one.repeat for one in ask("Where is the canteen's menu for the model railway club?"))


def test_the_only_one_that_shares_some_words_is_not_worth_showing_for_being_alone() -> None:
    plates = (
        "Stickers make the gate camera read another plate\n"
        "A small printed sticker on the bumper makes the plate reader return another number. The gate opens."
    )
    ticket = (
        "Support bot mails a customer's invoices after reading a crafted ticket",
        "A ticket with hidden instructions makes the support assistant look up another customer and mail their last "
        "invoices to the address in the ticket. Nobody has to open the ticket; the nightly summary run is enough.",
    )

    for past in ((ticket,), (ticket, PAST[0]), (ticket, PAST[0], PAST[3])):
        assert not any(one.like for one in ask(plates, past))
    assert ask("Hidden instructions in a ticket make the support bot mail invoices to the address in it", (ticket,))[
        0
    ].like


def test_a_word_in_passing_is_not_worth_showing() -> None:
    assert not any(one.like for one in ask("Which data centre is nearest?"))


def test_two_rivals_that_compare_alike_are_no_repeat_of_either() -> None:
    twins = (("Overflow in alpha kernel", "Heap overflow."), ("Overflow in beta kernel", "Heap overflow."))
    first, second = ask("Overflow in a kernel", past=PAST + twins)[:2]
    assert {first.number, second.number} == {6, 7}
    assert not first.repeat


def test_a_second_copy_is_no_rival() -> None:
    filler = tuple((f"Report {n}", f"About thing{n}.") for n in range(40))
    alone = ask(PAST[2][1], past=PAST + filler)[0]
    copied = ask(PAST[2][1], past=(*PAST, PAST[2], *filler))[:2]
    assert alone.repeat
    assert [one.number for one in copied] == [3, 6]
    assert copied[0].repeat


def test_the_same_system_breaks_a_tie() -> None:
    twins = (("Overflow in a kernel", "Heap overflow."), ("Overflow in a kernel", "Heap overflow."))
    assert ask("kernel overflow", past=twins)[0].number == 1
    assert ask("kernel overflow", past=twins, same_system=True)[0].number == 2
    assert ask("kernel overflow", past=twins, same_threat=True)[0].number == 2


def test_nothing_is_found_in_an_empty_history_or_with_an_empty_question() -> None:
    assert ask("Labels can be bought", past=()) == []
    assert ask("") == []
    assert ask("is it the") == []


def test_a_young_history_is_not_sure_of_itself() -> None:
    # One report that shares a word has no rival: that alone must not make it the same.
    assert not any(one.repeat for one in ask("The labels on my jar fell off", past=PAST[:1]))


RIVALS = (("Filter of spam", "Its company is for sale."), ("Filter of spam", "Its labels are for sale."))


def nearer(plain: float, number: int) -> Meant:
    """One of the reports is near by meaning, the others are not."""
    return lambda numbers: Nearness(tuple(0.9 if each == number else 0.1 for each in numbers), plain)


def test_of_two_that_the_words_can_not_tell_apart_the_one_that_is_nearer_by_meaning_comes_first() -> None:
    assert [one.number for one in ask("tags of the filter for spam", RIVALS)] == [1, 2]
    assert [one.number for one in ask("tags of the filter for spam", RIVALS, meant=nearer(1.0, 2))] == [2, 1]


def test_meaning_does_not_move_a_question_of_names() -> None:
    for plain in (0.0, 0.5, 0.7):
        assert [one.number for one in ask("tags of the filter for spam", RIVALS, meant=nearer(plain, 2))] == [1, 2]


def test_where_meaning_can_not_tell_the_words_decide_alone() -> None:
    assert ask(PAST[2][1], meant=lambda _numbers: None) == ask(PAST[2][1])


def test_the_same_words_again_are_a_repeat_by_meaning_too() -> None:
    past = PAST + tuple((f"Report {n}", f"About thing{n} and labels.") for n in range(40))
    best, *others = ask("\n".join(PAST[0]), past, meant=nearer(0.9, 1))
    assert best.number == 1
    assert best.repeat
    assert not any(other.repeat for other in others)


def test_meaning_alone_makes_no_repeat() -> None:
    alone = ask("The labels on my jar fell off", PAST[:1], meant=lambda _numbers: Nearness((0.6,), 1.0))
    assert not any(one.repeat for one in alone)


def test_the_only_one_that_shares_a_word_is_not_worth_showing_for_being_a_little_near_by_meaning() -> None:
    alone = ask("The labels on my jar fell off", PAST[:1], meant=lambda _numbers: Nearness((0.49,), 1.0))
    assert not any(one.like for one in alone)


def test_the_best_by_words_are_compared_by_meaning_and_no_more() -> None:
    asked: list[int] = []

    def meant(numbers: Sequence[int]) -> Nearness:
        asked.extend(numbers)
        return Nearness((0.5,) * len(numbers), 1.0)

    many = tuple((f"Report {n}", "Labels can be bought. " * (n == 31)) for n in range(40))
    found = ask("labels report bought", many, limit=40, meant=meant)
    assert len(asked) == MEANT_MAX
    assert asked[0] == found[0].number == 32
    assert len(found) == 40


def test_the_thresholds_are_in_order() -> None:
    assert 0 < LIKE_FROM < BY_WORDS.repeat_from < 1
    assert LIKE_FROM < BY_MEANING.repeat_from < 1


def test_each_calibration_has_the_numbers_that_it_is_computed_from() -> None:
    assert (len(BY_WORDS.weights), len(BY_MEANING.weights)) == (8, 9)


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.integers(1, 5))
def test_scores_are_probabilities_and_fall_strictly(text: str, limit: int) -> None:
    judged = ask(text, limit=limit)
    scores = [one.score for one in judged]
    assert len(judged) <= limit
    assert all(0 < score < 1 for score in scores)
    assert all(one > other for one, other in pairwise(scores))
    assert sum(one.repeat for one in judged) <= 1
