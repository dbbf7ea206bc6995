"""Many people at once: one report for a draft, numbers without gaps, no lost change, no errand claimed twice."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from records import AUTHOR, REPORTER, TRIAGER, WORKSPACE, a_draft, a_report, a_scored, add, an_event, file
from stores import Store
from threads import at_once

from triage.errors import AlreadyFiled, StaleState
from triage.ports import Errand, WorkPlace
from triage.reports import Report

THREADS = 8


def test_a_draft_submitted_by_two_clicks_at_once_is_one_report(place: WorkPlace) -> None:
    with place.write() as work:
        work.drafts.put(a_draft())
        work.commit()

    def submit(_: int) -> int:
        with place.write() as work:
            draft = work.drafts.get(AUTHOR, "d1", lock=True)
            assert draft is not None
            if draft.report is not None:
                return draft.report
            filed = add(work, a_report(draft.id))
            work.drafts.put(replace(draft, report=filed.number))
            work.commit()
            return filed.number

    assert at_once(THREADS, submit) == [1] * THREADS
    with place.read() as work:
        assert work.reports.get(TRIAGER, 2) is None


def test_a_draft_filed_at_once_without_a_lock_is_still_one_report(place: WorkPlace) -> None:
    def submit(_: int) -> Report | None:
        try:
            return file(place, a_report("d1"))
        except AlreadyFiled:
            return None

    filed = [report for report in at_once(THREADS, submit) if report]

    assert [report.number for report in filed] == [1]
    assert file(place, a_report("d2")).number == 2


def test_numbers_are_unique_and_without_gaps(place: WorkPlace) -> None:
    each = 12

    def submit(thread: int) -> list[int]:
        numbers = []
        for n in range(each):
            with place.write() as work:
                filed = add(work, a_report(f"{thread}.{n}"))
                if n % 4 == 3:
                    continue  # changed their mind: rolled back
                work.commit()
            numbers.append(filed.number)
        return numbers

    numbers = [number for thread in at_once(THREADS, submit) for number in thread]

    assert sorted(numbers) == list(range(1, THREADS * each * 3 // 4 + 1))


def test_of_many_changes_to_one_version_one_is_kept(place: WorkPlace) -> None:
    filed = file(place, a_report())

    def change(n: int) -> bool:
        with place.write() as work:
            saved = work.reports.save(replace(filed, version=2, title=f"By {n}"))
            work.commit()
            return saved

    saved = at_once(THREADS, change)

    assert sorted(saved) == [False] * (THREADS - 1) + [True]
    with place.read() as work:
        report = work.reports.get(TRIAGER, 1)
    assert report is not None
    assert report.title == f"By {saved.index(True)}"


def test_changes_under_a_lock_are_all_kept(place: WorkPlace) -> None:
    file(place, a_report())

    def change(n: int) -> None:
        with place.write() as work:
            report = work.reports.get(TRIAGER, 1, lock=True)
            assert report is not None
            scored = a_scored(minutes=n, by=f"U{n}")
            assert work.reports.save(replace(report, version=report.version + 1, scored=scored))
            work.reports.add_event(WORKSPACE, 1, an_event(actor=f"U{n}"))
            work.commit()

    at_once(THREADS, change)

    with place.read() as work:
        events = work.reports.events(TRIAGER, 1)
        verdicts = work.reports.verdicts(TRIAGER, 1)
        report = work.reports.get(TRIAGER, 1)
    assert report is not None
    assert report.version == THREADS + 1
    assert report.scored == verdicts[-1]
    assert [event.seq for event in events] == list(range(1, THREADS + 1))
    assert {event.actor for event in events} == {f"U{n}" for n in range(THREADS)}


def test_events_added_at_once_without_a_lock_are_kept_or_refused(place: WorkPlace) -> None:
    file(place, a_report())

    def append(n: int) -> int | None:
        try:
            with place.write() as work:
                seq = work.reports.add_event(WORKSPACE, 1, an_event(actor=f"U{n}"))
                work.commit()
                return seq
        except StaleState:
            return None

    kept = sorted(seq for seq in at_once(THREADS, append) if seq)

    assert kept == list(range(1, len(kept) + 1))
    assert kept


def test_first_saves_of_one_draft_at_once_all_succeed(place: WorkPlace) -> None:
    def save(n: int) -> None:
        with place.write() as work:
            work.drafts.put(a_draft(updated_at=a_draft().updated_at + timedelta(seconds=n)))
            work.commit()

    at_once(THREADS, save)

    with place.read() as work:
        draft = work.drafts.latest(AUTHOR)
    assert draft is not None
    assert draft.user == REPORTER


def test_one_key_put_at_once_is_one_errand(store: Store) -> None:
    def put(_: int) -> None:
        with store.place.write() as work:
            work.errands.put(Errand("digest:C1:2026-W47", "digest", WORKSPACE, 0))
            work.commit()

    at_once(THREADS, put)

    assert store.queue.state(store.clock()).due == 1


def test_no_errand_is_claimed_twice(store: Store) -> None:
    errands = 120
    with store.place.write() as work:
        for n in range(errands):
            work.errands.put(Errand(f"{n}", "card", f"T{n % 5}", n))
        work.commit()

    def drain(_: int) -> list[tuple[str, str]]:
        found = []
        while sending := store.queue.claim(store.clock(), 60):
            found.append((sending.errand.workspace, sending.errand.key))
            assert store.queue.sent(sending, store.clock(), "C1", "1.1")
        return found

    claimed = Counter(key for thread in at_once(THREADS, drain) for key in thread)

    # A thread may find nothing while others hold what is left; nobody finds what another has.
    assert set(claimed.values()) == {1}
    assert store.queue.state(store.clock()).sent == len(claimed)
    while sending := store.queue.claim(store.clock(), 60):
        claimed[sending.errand.workspace, sending.errand.key] += 1
    assert len(claimed) == errands
    assert set(claimed.values()) == {1}


def test_replies_claimed_by_many_workers_are_sent_in_order(store: Store) -> None:
    replies = 24
    with store.place.write() as work:
        work.errands.put(Errand("card", "card", WORKSPACE, 1))
        for n in range(replies):
            work.errands.put(Errand(f"{n:02}", "thread", WORKSPACE, 1, follows="card"))
        work.commit()
    order: list[str] = []

    def drain(_: int) -> None:
        while len(order) <= replies:
            if sending := store.queue.claim(store.clock(), 60):
                order.append(sending.errand.key)
                assert store.queue.sent(sending, store.clock(), "C1", "1.1")

    at_once(4, drain)

    assert order == ["card", *(f"{n:02}" for n in range(replies))]
