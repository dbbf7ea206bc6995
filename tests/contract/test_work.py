"""A work is one transaction: kept by commit alone, over once committed, never written where it was begun to read."""

import pytest
from records import AUTHOR, WORKSPACE, a_draft, a_report, add, file

from triage.ports import Errand, Queue, Work, WorkPlace


def test_what_is_not_committed_is_not_kept(place: WorkPlace) -> None:
    with place.write() as work:
        work.drafts.put(a_draft())

    with place.read() as work:
        assert work.drafts.get(AUTHOR, "d1") is None


def test_an_exception_keeps_nothing_of_any_store(place: WorkPlace, queue: Queue, store) -> None:
    def fall(work: Work) -> None:
        work.drafts.put(a_draft())
        add(work, a_report())
        work.errands.put(Errand("ML-1:card", "card", WORKSPACE, 1))
        raise OSError("out of paper")

    with pytest.raises(OSError, match="out of paper"), place.write() as work:
        fall(work)

    with place.read() as work:
        assert work.drafts.get(AUTHOR, "d1") is None
        assert work.reports.get(AUTHOR, 1) is None
        assert work.bars.text(a_report().scored.bar_hash) is None
    assert queue.state(store.clock()).due == 0


def test_what_is_committed_is_there_for_the_next_work(place: WorkPlace) -> None:
    with place.write() as work:
        work.drafts.put(a_draft())
        work.commit()

    with place.read() as work:
        assert work.drafts.get(AUTHOR, "d1") == a_draft()


def test_a_work_sees_its_own_writes(place: WorkPlace) -> None:
    with place.write() as work:
        filed = add(work, a_report())

        assert work.reports.get(AUTHOR, filed.number) == filed


def test_a_committed_work_is_over(place: WorkPlace) -> None:
    with place.write() as work:
        work.drafts.put(a_draft())
        work.commit()

        with pytest.raises(RuntimeError, match="over"):
            work.drafts.put(a_draft("d2"))
        with pytest.raises(RuntimeError, match="over"):
            work.drafts.get(AUTHOR, "d1")
        with pytest.raises(RuntimeError, match="over"):
            work.commit()

    with place.read() as work:
        assert work.drafts.get(AUTHOR, "d2") is None


@pytest.mark.parametrize(
    "write",
    [
        lambda work: work.drafts.put(a_draft()),
        lambda work: work.drafts.delete(AUTHOR, "d1"),
        lambda work: work.drafts.get(AUTHOR, "d1", lock=True),
        lambda work: work.reports.add(a_report()),
        lambda work: work.reports.get(AUTHOR, 1, lock=True),
        lambda work: work.reports.save(a_report()),
        lambda work: work.errands.put(Errand("k", "card", WORKSPACE, 1)),
    ],
    ids=["put draft", "delete draft", "lock draft", "add report", "lock report", "save report", "put errand"],
)
def test_a_work_begun_to_read_refuses_to_write(place: WorkPlace, write) -> None:
    with place.read() as work, pytest.raises(RuntimeError, match="begin it with write"):
        write(work)


def test_a_reader_sees_one_moment_while_others_write(place: WorkPlace) -> None:
    file(place, a_report("d1"))
    with place.read() as reading:
        assert reading.reports.get(AUTHOR, 1) is not None

        file(place, a_report("d2"))  # and does not wait for the reader, nor the reader for it

        assert reading.reports.get(AUTHOR, 2) is None
    with place.read() as reading:
        assert reading.reports.get(AUTHOR, 2) is not None


def test_a_reader_does_not_wait_for_a_writer(place: WorkPlace) -> None:
    file(place, a_report("d1"))
    with place.write() as writing:
        add(writing, a_report("d2"))

        with place.read() as reading:
            assert reading.reports.get(AUTHOR, 1) is not None
            assert reading.reports.get(AUTHOR, 2) is None
