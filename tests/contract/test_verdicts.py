"""Verdicts and bars are kept so that each verdict can be given again, byte for byte."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from records import TRIAGER, WORKSPACE, a_report, a_scored, an_event, file
from stores import START

from triage.bar import BugBar
from triage.bars import builtin
from triage.case import Case
from triage.ports import WorkPlace
from triage.reports import EventKind
from triage.scoring import score


def test_a_stored_verdict_can_be_replayed_byte_for_byte(place: WorkPlace) -> None:
    filed = file(place, a_report())

    with place.read() as work:
        report = work.reports.get(TRIAGER, filed.number)
        assert report is not None
        text = work.bars.text(report.scored.bar_hash)
    assert text is not None

    bar = BugBar.from_canonical(text)
    again = score(bar, Case.model_validate_json(report.scored.case))
    assert bar.hash == report.scored.bar_hash
    assert again.canonical() == report.scored.verdict == a_scored().verdict


@pytest.mark.parametrize("reason", ["Ünïcode ✓ 🧨 עברית", 'back\\slash \\u0000 "quoted"', "  spaces\n\tand lines  "])
def test_the_texts_come_back_byte_for_byte(place: WorkPlace, reason: str) -> None:
    said = json.loads(a_scored().verdict) | {"reason": reason}
    verdict = json.dumps(said, ensure_ascii=False)

    file(place, a_report(scored=replace(a_scored(), verdict=verdict)))

    with place.read() as work:
        assert [kept.verdict for kept in work.reports.verdicts(TRIAGER, 1)] == [verdict]


@pytest.mark.parametrize("hole", ["\x00", "\ud800"])
def test_a_verdict_that_could_not_come_back_is_refused(place: WorkPlace, hole: str) -> None:
    scored = replace(a_scored(), case=a_scored().case + hole)

    with pytest.raises(ValueError, match="byte for byte"):
        file(place, replace(a_report(), scored=scored))


def test_a_changed_verdict_follows_the_first_and_is_the_present_one(place: WorkPlace) -> None:
    filed = file(place, a_report())
    second = a_scored("many", minutes=5, by="U3")

    with place.write() as work:
        assert work.reports.save(replace(filed, version=2, scored=second))
        assert work.reports.add_verdict(WORKSPACE, 1, second) == 2  # was kept by `save`, and is kept once
        work.commit()

    with place.read() as work:
        report = work.reports.get(TRIAGER, 1)
        assert list(work.reports.verdicts(TRIAGER, 1)) == [filed.scored, second]
    assert report is not None
    assert report.scored == second


def test_the_newest_verdict_again_is_kept_once(place: WorkPlace) -> None:
    file(place, a_report())

    with place.write() as work:
        assert work.reports.add_verdict(WORKSPACE, 1, a_scored()) == 1
        assert work.reports.add_verdict(WORKSPACE, 1, a_scored(minutes=1)) == 2
        assert (
            work.reports.add_verdict(WORKSPACE, 1, a_scored()) == 3
        )  # back to the first answers is a verdict of its own
        work.commit()

    with place.read() as work:
        assert list(work.reports.verdicts(TRIAGER, 1)) == [a_scored(), a_scored(minutes=1), a_scored()]


def test_a_change_that_leaves_the_answers_keeps_no_verdict(place: WorkPlace) -> None:
    filed = file(place, a_report())

    with place.write() as work:
        assert work.reports.save(replace(filed, version=2, title="Another"))
        work.commit()

    with place.read() as work:
        assert len(work.reports.verdicts(TRIAGER, 1)) == 1


def test_a_bar_is_kept_once_and_by_its_hash(place: WorkPlace) -> None:
    bar = builtin()
    with place.write() as work:
        work.bars.keep(bar)
        work.bars.keep(bar)
        work.commit()
    with place.write() as work:
        work.bars.keep(bar)
        work.commit()

    with place.read() as work:
        assert work.bars.text(bar.hash) == bar.canonical()
        assert work.bars.text("sha256:none") is None


def test_a_bar_that_was_rolled_back_is_kept_the_next_time(place: WorkPlace) -> None:
    with place.write() as work:
        work.bars.keep(builtin())

    file(place, a_report())

    with place.read() as work:
        assert work.bars.text(builtin().hash) is not None


def test_events_come_back_in_order_with_their_place_in_it(place: WorkPlace) -> None:
    file(place, a_report("d1"))
    file(place, a_report("d2"))
    first = an_event(data={"b": "2", "a": "ünï"})
    second = an_event(
        kind=EventKind.ANSWERS_CHANGED, at=START - timedelta(days=1), actor="U3", was="Critical", now="Low", reason="…"
    )

    with place.write() as work:
        assert work.reports.add_event(WORKSPACE, 1, first) == 1
        assert work.reports.add_event(WORKSPACE, 2, first) == 1
        assert work.reports.add_event(WORKSPACE, 1, second) == 2
        work.commit()

    with place.read() as work:
        assert list(work.reports.events(TRIAGER, 1)) == [replace(first, seq=1), replace(second, seq=2)]
        assert list(work.reports.events(TRIAGER, 2)) == [replace(first, seq=1)]


def test_an_event_needs_its_report(place: WorkPlace) -> None:
    with place.write() as work, pytest.raises(LookupError, match="report"):
        work.reports.add_event(WORKSPACE, 1, an_event())
