"""Text that people paste: kept as it is, except for what no database can keep."""

from dataclasses import replace

import pytest
from records import AUTHOR, TRIAGER, WORKSPACE, a_draft, a_report, an_event, file

from triage.ports import Errand, Queue, WorkPlace
from triage.reports import DESCRIPTION_MAX, SYSTEM_MAX, TITLE_MAX, Entries

KEPT = {
    "emoji": "🧨👩🏽‍💻🏳️‍🌈",
    "right to left": "שלום \u202eevil\u202c مرحبا",
    "mark-up": "<!channel> <@U1> *bold* `code` & &amp;",
    "sql": "Robert'); DROP TABLE reports;-- %s :name $1 {x}",
    "lines": "a\r\nb\tc\u2028d",
    "controls": "\x01\x1b[31m\x7f\ufeff\ufffe\uffff",
    "combining": "Z\u0351\u036b\u0343a\u0363",
    "spaces": "  both ends  ",
    "astral": "\U0001d54f\U0010ffff",
}
MENDED = {
    "NUL": ("a\x00b", "a\ufffdb"),
    "lone surrogates": ("a\ud83db\udc00", "a\ufffdb\ufffd"),
    "a pair in two halves": ("\ud83d\udca3", "\ufffd\ufffd"),
}


def round_trip(place: WorkPlace, text: str) -> list[str]:
    """The text as it comes back from each place where a person's text goes."""
    filed = file(place, a_report(title=text, description=text, system=text))
    with place.write() as work:
        work.reports.add_event(WORKSPACE, 1, an_event(was=text, now=text, reason=text, data={"a": text}))
        work.drafts.put(replace(a_draft(), entries=Entries.model_construct(title=text, gates={"g": text})))
        work.commit()
    with place.read() as work:
        report = work.reports.get(TRIAGER, 1)
        assert report is not None
        (event,) = work.reports.events(TRIAGER, 1)
        draft = work.drafts.get(AUTHOR, "d1")
    assert report == filed
    assert draft is not None
    back = [report.title, report.description, report.system, event.was, event.now, event.reason, event.data["a"]]
    return [*back, draft.entries.title, draft.entries.gates["g"]]


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_it_comes_back_as_it_was(place: WorkPlace, text: str) -> None:
    assert set(round_trip(place, text)) == {text}


@pytest.mark.parametrize(("text", "mended"), MENDED.values(), ids=MENDED)
def test_what_cannot_be_kept_becomes_a_replacement_character(place: WorkPlace, text: str, mended: str) -> None:
    assert set(round_trip(place, text)) == {mended}


@pytest.mark.parametrize("letter", ["x", "🧨", "ﷺ"])
def test_the_longest_texts_fit(place: WorkPlace, letter: str) -> None:
    longest = a_report(title=letter * TITLE_MAX, description=letter * DESCRIPTION_MAX, system=letter * SYSTEM_MAX)

    filed = file(place, longest)

    with place.read() as work:
        assert work.reports.get(TRIAGER, 1) == filed
        assert list(work.reports.systems(TRIAGER, letter, 5)) == [longest.system]


@pytest.mark.parametrize(
    "change", [{"title": "x" * (TITLE_MAX + 1)}, {"description": "x" * (DESCRIPTION_MAX + 1)}, {"system": "x" * 76}]
)
def test_a_text_that_is_too_long_is_refused_and_not_cut(place: WorkPlace, change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="characters where"):
        file(place, a_report(**change))

    with place.read() as work:
        assert work.reports.get(TRIAGER, 1) is None


def test_a_draft_of_the_longest_texts_fits(place: WorkPlace) -> None:
    entries = Entries(
        title="🧨" * TITLE_MAX,
        description='"\n' * (DESCRIPTION_MAX // 2),
        system="x" * SYSTEM_MAX,
        answers={f"threat{t}": {f"question{q}": "x" * 64 for q in range(6)} for t in range(9)},
        source="x" * 1000,
    )
    with place.write() as work:
        work.drafts.put(a_draft(entries=entries))
        work.commit()

    with place.read() as work:
        draft = work.drafts.get(AUTHOR, "d1")
    assert draft is not None
    assert draft.entries == entries


def test_an_errand_keeps_odd_data(place: WorkPlace, queue: Queue, store) -> None:
    with place.write() as work:
        work.errands.put(Errand("k", "card", WORKSPACE, 1, to="U1", data={"ü": "🧨", "nul": "\x00"}))
        work.commit()

    sending = queue.claim(store.clock(), 60)

    assert sending is not None
    assert sending.errand.data == {"ü": "🧨", "nul": "\ufffd"}


def test_an_error_message_of_any_length_is_kept(place: WorkPlace, queue: Queue, store) -> None:
    with place.write() as work:
        work.errands.put(Errand("k", "card", WORKSPACE, 1))
        work.commit()
    sending = queue.claim(store.clock(), 60)
    assert sending is not None

    assert queue.again(sending, store.clock(), reached=False, error="x\x00" * 5000)
