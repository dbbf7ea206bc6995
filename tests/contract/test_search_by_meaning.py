"""With a model of meaning what the words found is ordered anew; on every store alike, and only what may be read is read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest
from databases import opened
from fake_meaning import FakeMeaning, MuteMeaning
from fakes import MemoryPlace, MemoryStore
from records import AUTHOR, GUEST, MEMBER, TRIAGER, a_report, add
from stores import HandClock

from db.folding import fold_some
from db.work import SqlWorkPlace
from triage.access import Viewer
from triage.history import Hit
from triage.likeness import READ_MAX
from triage.ports import Meaning, WorkPlace
from triage.repeats import MEANT_MAX

PAST = (
    ("Filter of spam", "Its company can be sold."),
    ("Filter of spam", "Its labels can be sold."),
    ("Chat repeats mail", "The assistant repeats mail of other customers."),
)
QUESTIONS = ("tags of the filter can be bought", "Labels\nsomebody sells tags for the filter of spam", "assistant")

Open = Callable[[Meaning | None], WorkPlace]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place_with(request: pytest.FixtureRequest) -> Iterator[Open]:
    """One history of each kind, opened with a model of meaning or without."""
    if request.param == "memory":
        store, clock = MemoryStore(), HandClock()
        yield lambda meaning: MemoryPlace(store, clock, meaning=meaning)
        return
    with ExitStack() as stack:
        engine = stack.enter_context(opened(request.getfixturevalue(f"{request.param}_url")))
        yield lambda meaning: SqlWorkPlace(engine, HandClock(), meaning=meaning)


def file_all(place: WorkPlace, *past: tuple[str, str], prefix: str = "d", **changes: object) -> None:
    with place.write() as work:
        for at, (title, description) in enumerate(past):
            add(work, a_report(f"{prefix}{at}", title=title, description=description, system="", **changes))
        work.commit()


def ask(place: WorkPlace, viewer: Viewer, text: str, limit: int = 5, **near: str) -> Sequence[Hit]:
    with place.read() as work:
        return work.history.similar(viewer, text, limit, **near)


def test_what_says_the_same_in_other_words_comes_first(place_with: Open) -> None:
    file_all(place_with(None), *PAST)

    by_words, by_meaning = (ask(place_with(meaning), MEMBER, QUESTIONS[0]) for meaning in (None, FakeMeaning()))

    assert [hit.number for hit in by_words] == [1, 2]
    assert [hit.number for hit in by_meaning] == [2, 1]
    assert by_meaning[0].score > by_meaning[1].score


def test_every_store_answers_alike(place_with: Open) -> None:
    memory = MemoryPlace(MemoryStore(), HandClock(), meaning=FakeMeaning())
    told = []
    for place in (memory, place_with(FakeMeaning())):
        file_all(place, *PAST)
        file_all(place, PAST[1], prefix="r", restricted=True)
        hits = [ask(place, viewer, text) for viewer in (MEMBER, AUTHOR, TRIAGER) for text in QUESTIONS]
        told.append([[(hit.number, round(hit.score, 9), hit.repeat) for hit in each] for each in hits])

    assert told[0] == told[1]


def test_a_model_that_can_not_tell_leaves_the_answers_as_they_are_without_one(place_with: Open) -> None:
    file_all(place_with(None), *PAST)

    answers = [
        [repr(ask(place_with(meaning), TRIAGER, text)) for text in QUESTIONS] for meaning in (None, MuteMeaning())
    ]

    assert answers[0] == answers[1]


def test_only_what_the_viewer_may_see_is_read(place_with: Open) -> None:
    file_all(place_with(None), *PAST)
    file_all(place_with(None), ("Hidden", "Tags of the filter."), prefix="r", restricted=True)
    shown: dict[str, str] = {}
    for viewer in (MEMBER, AUTHOR, TRIAGER, GUEST, Viewer("T2", "U2")):
        meaning = FakeMeaning()
        ask(place_with(meaning), viewer, QUESTIONS[0])
        shown[f"{viewer.workspace} {viewer.user} {viewer.role}"] = repr(meaning.shown)

    assert [("Hidden" in read, "labels" in read) for read in shown.values()] == [
        (False, True),
        (True, True),
        (True, True),
        (False, False),
        (False, False),
    ]


def test_texts_are_read_up_to_a_bound(place_with: Open) -> None:
    file_all(place_with(None), *((f"Filter {at}", "filter " * 400) for at in range(MEANT_MAX + 5)))
    meaning = FakeMeaning()

    ask(place_with(meaning), MEMBER, "filter\n" + "spam " * 3000)

    [(question, texts)] = meaning.shown
    assert len(texts) == MEANT_MAX
    assert max(map(len, (question, *texts))) <= READ_MAX + len("Filter 24\n")


def test_nothing_is_read_where_the_words_find_nothing(place_with: Open) -> None:
    file_all(place_with(None), *PAST)
    meaning = FakeMeaning()

    assert ask(place_with(meaning), MEMBER, "zither") == []
    assert meaning.shown == []


def test_it_goes_on_when_reports_are_folded(sqlite_url: str) -> None:
    with opened(sqlite_url) as engine:
        place = SqlWorkPlace(engine, HandClock(), meaning=FakeMeaning())
        file_all(place, *PAST)
        loose = [repr(ask(place, MEMBER, text)) for text in QUESTIONS]
        fold_some(engine, "T1")

        assert [repr(ask(place, MEMBER, text)) for text in QUESTIONS] == loose
