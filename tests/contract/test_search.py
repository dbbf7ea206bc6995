"""What the history answers, on every store: found, ranked, decided, and only by those who may know."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from records import ADMIN, AUTHOR, GUEST, MEMBER, STRANGER, TRIAGER, a_report, add, file
from threads import at_once

from db import search
from db.search_index import SqlIndex
from db.work import SqlWork
from triage.access import Role, Viewer
from triage.history import Hit
from triage.ports import WorkPlace
from triage.reports import Report, State

PAST = (
    (
        "Labels can be bought",
        "Anyone with an account can sell labels for the training data of the spam filter.",
        "Spam filter",
    ),
    (
        "Chat repeats mail",
        "The assistant repeats mail of other customers when it is asked for a summary.",
        "Mail assistant",
    ),
    ("Checkpoint runs code", "Loading the file through torch.load runs what is pickled in it.", "Model registry"),
    (
        "Scores tell members apart",
        "The public score endpoint gives confidences that tell who was in the data.",
        "Score API",
    ),
    ("Stickers blind the sorter", "A printed sticker makes the waste sorter take batteries for paper.", "Waste sorter"),
)
QUESTIONS = (
    "Labels can be bought",
    "torch.load runs pickled code",
    "somebody sells labels\nfor the filter of spam",
    "the score endpoint of the assistant repeats stickers",
    "summary of mail",
    "nothing like that was ever seen",
)


def fold_at_each_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fold what lies loose before each commit, which `db.folding` does in time."""
    keep = SqlWork.commit

    def fold_and_keep(work: SqlWork) -> None:
        index = SqlIndex(work._transaction)
        for workspace in ("T1", "T2"):
            for hidden in (False, True):
                index.fold_loose(workspace, hidden=hidden, at_most=1000)
        keep(work)

    monkeypatch.setattr(SqlWork, "commit", fold_and_keep)


@pytest.fixture(params=["loose", "folded"])
def folding(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the posting lists know the reports must make no difference."""
    if request.param == "folded":
        fold_at_each_commit(monkeypatch)


def file_all(place: WorkPlace, *past: tuple[str, str, str], prefix: str = "d", **changes: object) -> list[Report]:
    with place.write() as work:
        filed = [
            add(work, a_report(f"{prefix}{at}", title=title, description=description, system=system, **changes))
            for at, (title, description, system) in enumerate(past)
        ]
        work.commit()
    return filed


def ask(place: WorkPlace, viewer: Viewer, text: str, limit: int = 5, **near: str) -> Sequence[Hit]:
    with place.read() as work:
        return work.history.similar(viewer, text, limit, **near)


def numbers(hits: Sequence[Hit]) -> list[int]:
    return [hit.number for hit in hits]


@pytest.mark.usefixtures("folding")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("buying a label", 1),
        ("torch.load", 3),
        ("TORCH.LOAD", 3),
        ("pickles", 3),
        ("mail assistant", 2),
        ("stickers!", 5),
        ("registry", 3),
    ],
)
def test_a_report_is_found_by_its_words_its_names_and_its_system(place: WorkPlace, text: str, number: int) -> None:
    file_all(place, *PAST)

    assert numbers(ask(place, MEMBER, text))[0] == number


@pytest.mark.usefixtures("folding")
def test_the_same_again_is_called_a_repeat_and_shown_with_what_became_of_it(place: WorkPlace) -> None:
    filler = tuple((f"Report {at}", f"Something about thing{at}.", "") for at in range(30))
    file_all(place, *PAST, *filler)

    best, *others = ask(
        place, MEMBER, "Checkpoint runs code\nLoading a file with torch.load runs what is pickled inside."
    )

    assert (best.number, best.matched, best.name, best.repeat, best.like) == (3, 3, "ML-3", True, True)
    assert (best.title, best.system, best.state) == ("Checkpoint runs code", "Model registry", State.NEW)
    assert (best.severity, best.threat, best.overridden) == (a_report().severity, "data_poisoning", False)
    assert best.score > max((other.score for other in others), default=0)
    assert not any(other.repeat for other in others)


@pytest.mark.usefixtures("folding")
def test_every_store_answers_alike(place: WorkPlace) -> None:
    file_all(place, *PAST)
    file_all(place, PAST[0], prefix="r", restricted=True)

    answers = [ask(place, viewer, text) for viewer in (MEMBER, AUTHOR, TRIAGER) for text in QUESTIONS]

    # Compared with the fake by the figures it gives: they are the same for all three.
    told = [[(hit.number, round(hit.score, 9), hit.repeat) for hit in hits] for hits in answers]
    with_fake = _of_fake()
    assert told == with_fake


def _of_fake() -> list[list[tuple[int, float, bool]]]:
    from fakes import MemoryPlace, MemoryStore  # noqa: PLC0415  # only here
    from stores import HandClock  # noqa: PLC0415

    place = MemoryPlace(MemoryStore(), HandClock())
    file_all(place, *PAST)
    file_all(place, PAST[0], prefix="r", restricted=True)
    answers = [ask(place, viewer, text) for viewer in (MEMBER, AUTHOR, TRIAGER) for text in QUESTIONS]
    return [[(hit.number, round(hit.score, 9), hit.repeat) for hit in hits] for hits in answers]


@pytest.mark.usefixtures("folding")
def test_what_a_member_is_told_is_as_if_restricted_reports_did_not_exist(place: WorkPlace) -> None:
    hidden = (
        *PAST,
        *(("Labels of jars", f"Labels, stickers and scores {at} of the assistant.", "Spam filter") for at in range(9)),
    )
    file_all(place, *PAST)
    before = [repr(ask(place, MEMBER, text, system="Spam filter")) for text in QUESTIONS]

    file_all(place, *hidden, prefix="r", restricted=True)

    assert [repr(ask(place, MEMBER, text, system="Spam filter")) for text in QUESTIONS] == before
    assert [repr(ask(place, ADMIN, text, system="Spam filter")) for text in QUESTIONS] == before


@pytest.mark.usefixtures("folding")
def test_restricting_a_report_hides_it_and_all_its_traces(place: WorkPlace) -> None:
    file_all(place, *PAST)
    before = [repr(ask(place, MEMBER, text)) for text in QUESTIONS]
    secret = file_all(place, ("Labels for sale", "torch.load, stickers and labels.", "Score API"), prefix="s")[0]
    assert secret.number in numbers(ask(place, MEMBER, "labels for sale"))

    change(place, secret, restricted=True)

    assert [repr(ask(place, MEMBER, text)) for text in QUESTIONS] == before
    assert secret.number in numbers(ask(place, TRIAGER, "labels for sale"))
    assert secret.number in numbers(ask(place, AUTHOR, "labels for sale"))


@pytest.mark.usefixtures("folding")
def test_a_named_viewer_finds_a_restricted_report_while_named(place: WorkPlace) -> None:
    file_all(place, *PAST)
    secret = file_all(place, ("Zither leaks", "It leaks.", ""), prefix="s", restricted=True, named=frozenset({"U2"}))[0]

    assert numbers(ask(place, MEMBER, "zither")) == [secret.number]
    change(place, secret, named=frozenset())
    assert numbers(ask(place, MEMBER, "zither")) == []


@pytest.mark.usefixtures("folding")
def test_nobody_else_finds_anything(place: WorkPlace) -> None:
    file_all(place, *PAST)

    for viewer in (GUEST, STRANGER, Viewer("T2", "U2")):
        assert ask(place, viewer, "Labels can be bought") == []


@pytest.mark.usefixtures("folding")
def test_workspaces_know_nothing_of_each_other(place: WorkPlace) -> None:
    file_all(place, *PAST)
    alone = [repr(ask(place, MEMBER, text)) for text in QUESTIONS]

    for at in range(3):
        file_all(place, *PAST, prefix=f"o{at}", workspace="T2")

    assert [repr(ask(place, MEMBER, text)) for text in QUESTIONS] == alone
    assert len(ask(place, Viewer("T2", "U9"), "torch.load")) == 3


@pytest.mark.usefixtures("folding")
def test_a_changed_report_is_found_as_it_is_now_only(place: WorkPlace) -> None:
    report = file_all(place, *PAST)[2]

    change(place, report, title="Zither plays", description="It plays by itself.")

    assert numbers(ask(place, MEMBER, "zither")) == [3]
    assert 3 not in numbers(ask(place, MEMBER, "torch.load pickled"))


@pytest.mark.usefixtures("folding")
def test_a_change_that_says_nothing_new_leaves_the_answers(place: WorkPlace) -> None:
    report = file_all(place, *PAST)[0]
    before = ask(place, MEMBER, "labels")

    change(place, report, state=State.ACCEPTED)

    assert [replace(hit, state=State.NEW) for hit in ask(place, MEMBER, "labels")] == before


def test_what_is_rolled_back_is_not_found(place: WorkPlace) -> None:
    file_all(place, *PAST)
    with place.write() as work:
        add(work, a_report("gone", title="Zither"))

    assert ask(place, TRIAGER, "zither") == []


@pytest.mark.usefixtures("folding")
def test_duplicates_answer_with_the_report_they_are_of_once(place: WorkPlace) -> None:
    first, *_ = file_all(place, *PAST)
    again = file_all(place, ("Labels are for sale", "They can be bought.", ""), prefix="a")[0]
    change(place, again, duplicate_of=first.number, state=State.DUPLICATE)

    hits = ask(place, MEMBER, "Labels are for sale\nThey can be bought.")

    assert numbers(hits).count(first.number) == 1
    assert again.number not in numbers(hits)
    assert (hits[0].number, hits[0].matched, hits[0].title) == (first.number, again.number, first.title)


@pytest.mark.usefixtures("folding")
def test_a_duplicate_of_a_report_that_the_viewer_may_not_see_answers_for_itself(place: WorkPlace) -> None:
    file_all(place, *PAST)
    secret = file_all(place, ("Zither", "Hidden.", ""), prefix="s", restricted=True)[0]
    again = file_all(place, ("Zither again", "Open.", ""), prefix="a")[0]
    change(place, again, duplicate_of=secret.number, state=State.DUPLICATE)

    assert numbers(ask(place, MEMBER, "zither")) == [again.number]
    assert numbers(ask(place, TRIAGER, "zither")) == [secret.number]


def test_the_same_system_or_threat_comes_nearer(place: WorkPlace) -> None:
    file_all(place, ("Overflow in a kernel", "Heap.", "Alpha"), ("Overflow in a kernel", "Heap.", "Beta"))

    assert numbers(ask(place, MEMBER, "kernel overflow"))[0] == 1
    assert numbers(ask(place, MEMBER, "kernel overflow", system="BETA"))[0] == 2


def test_a_report_is_left_out_of_its_own_answer(place: WorkPlace) -> None:
    file_all(place, *PAST)

    with place.read() as work:
        hits = work.history.similar(MEMBER, "torch.load stickers", 5, besides=3)

    assert numbers(hits) == [5]


@pytest.mark.usefixtures("folding")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "?!",
        "the how is it",
        "🔥👩‍🔬",
        "\x00",
        '"',
        "' OR 1=1 --",
        "title:x AND NOT y*",
        "NEAR(a b)",
        "%_\\",
        "数据",
        "\ud800",
    ],
)
def test_odd_questions_get_an_answer(place: WorkPlace, text: str) -> None:
    file_all(place, *PAST)

    assert isinstance(ask(place, MEMBER, text), Sequence)


def test_a_question_of_the_greatest_length_gets_an_answer(place: WorkPlace) -> None:
    file_all(place, *PAST)

    assert ask(place, MEMBER, "torch.load " * 300)[0].number == 3
    assert ask(place, MEMBER, " ".join(f"word{at}" for at in range(3000))) == []


def test_other_scripts_are_found(place: WorkPlace) -> None:
    file_all(place, *PAST, ("数据投毒攻击", "训练数据可以被购买。", ""), ("Отравление данных", "Метки продаются.", ""))

    assert numbers(ask(place, MEMBER, "投毒"))[0] == 6
    assert numbers(ask(place, MEMBER, "ОТРАВЛЕНИЕ"))[0] == 7


def test_a_rare_word_is_found_among_thousands_of_common_ones(place: WorkPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    fold_at_each_commit(monkeypatch)
    monkeypatch.setattr(search, "POSTINGS_MAX", 300)
    monkeypatch.setattr(search, "CANDIDATES_MAX", 20)
    crowd = tuple((f"Model {at}", f"The model answers number{at} badly.", "") for at in range(700))
    file_all(place, *crowd[:350], ("Model zither", "The model answers badly.", ""), *crowd[350:])

    assert numbers(ask(place, MEMBER, "the model zither answers badly"))[0] == 351
    assert len(ask(place, MEMBER, "the model answers badly")) == 5
    assert numbers(ask(place, MEMBER, "model number699"))[0] == 701


def change(place: WorkPlace, report: Report, **changes: object) -> None:
    with place.write() as work:
        now = work.reports.get(Viewer(report.workspace, "U3", Role.TRIAGER), report.number, lock=True)
        assert now is not None
        assert work.reports.save(replace(now, version=now.version + 1, **changes))  # type: ignore[arg-type]
        work.commit()


def test_one_report_at_a_time_is_found_at_once(place: WorkPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    fold_at_each_commit(monkeypatch)
    for at, (title, description, system) in enumerate(PAST, 1):
        file(place, a_report(f"d{at}", title=title, description=description, system=system))
        assert numbers(ask(place, MEMBER, title))[0] == at


def test_many_at_once_leave_lists_that_are_right(place: WorkPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    fold_at_each_commit(monkeypatch)
    filed = file_all(place, *PAST)

    def work(at: int) -> None:
        file(place, a_report(f"m{at}", title=f"Zither {at}", description="It plays.", restricted=at % 3 == 0))
        change(place, filed[at % len(filed)], title=f"Ragtime {at}")

    at_once(12, work)

    assert {hit.title for hit in ask(place, TRIAGER, "zither", 50)} == {f"Zither {at}" for at in range(12)}
    assert len(ask(place, TRIAGER, "ragtime", 50)) == len(PAST)
    assert ask(place, TRIAGER, "bought labels", 50)[0].title.startswith("Ragtime")
