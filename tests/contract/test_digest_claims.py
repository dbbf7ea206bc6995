"""One digest a channel and week, however many want to post it, and what changes is put into its place once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from databases import opened
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from stores import HandClock

from db.digests import SqlDigestBook
from db.outbox import SqlQueue
from triage.digest import Posting
from triage.ports import Sending
from triage.weeks import Week

NOW = datetime(2026, 11, 23, 8, 0, 0, 5, tzinfo=UTC)
POSTING = Posting("T1", "C1", Week(2026, 47), "Europe/Berlin", NOW)


@pytest.fixture
def book(engine: Engine) -> SqlDigestBook:
    return SqlDigestBook(engine, HandClock(NOW))


def queued(engine: Engine) -> Iterator[Sending]:
    """What is sent, in the order in which it may be."""
    queue = SqlQueue(engine)
    while sending := queue.claim(NOW + timedelta(hours=1), 60):
        queue.sent(sending, NOW, "C1", f"{sending.id}.0")
        yield sending


def test_a_digest_is_the_message_and_then_the_details_in_its_thread(engine: Engine, book: SqlDigestBook) -> None:
    assert book.claim(POSTING, "a")

    assert [(s.errand.key, s.errand.kind, s.errand.follows) for s in queued(engine)] == [
        ("digest:C1:2026-W47", "digest", ""),
        ("digest:C1:2026-W47:details", "digest_details", "digest:C1:2026-W47"),
    ]


def test_the_second_claim_finds_it_taken_and_changes_nothing(engine: Engine, book: SqlDigestBook) -> None:
    book.claim(POSTING, "a")

    assert not book.claim(replace(POSTING, asof=NOW + timedelta(days=1)), "b")

    assert len(list(queued(engine))) == 2
    claimed = book.claimed("T1", POSTING.key)
    assert claimed is not None
    assert claimed.posting == POSTING


def test_another_channel_another_week_and_another_workspace_are_other_digests(book: SqlDigestBook) -> None:
    others = [replace(POSTING, channel="C2"), replace(POSTING, week=Week(2026, 48)), replace(POSTING, workspace="T2")]

    assert [book.claim(posting, "a") for posting in (POSTING, *others)] == [True] * 4


def test_it_is_sent_once_slack_has_it(engine: Engine, book: SqlDigestBook) -> None:
    assert book.claimed("T1", POSTING.key) is None
    book.claim(POSTING, "a")
    before = book.claimed("T1", POSTING.key)
    list(queued(engine))
    after = book.claimed("T1", POSTING.key)

    assert before is not None
    assert after is not None
    assert (before.sent, after.sent) == (False, True)


def test_only_what_says_something_else_is_an_edit_and_each_change_is_one(engine: Engine, book: SqlDigestBook) -> None:
    book.claim(POSTING, "a")
    list(queued(engine))

    said = [book.change(POSTING, mark) for mark in ("a", "b", "b", "a", "a", "b")]

    assert said == [False, True, False, True, False, True]  # there and back again is a change each time
    kinds = [s.errand.kind for s in queued(engine)]
    assert kinds.count("digest_edit") == kinds.count("digest_details_edit") == 3


def test_there_is_nothing_to_edit_where_nothing_was_claimed(book: SqlDigestBook) -> None:
    assert not book.change(POSTING, "b")


def test_a_channel_is_known_since_it_was_first_set_until_another_one_is(book: SqlDigestBook) -> None:
    later = NOW + timedelta(days=1)

    assert book.channel_since("T1", "C1", NOW) == NOW
    assert book.channel_since("T1", "C1", later) == NOW
    assert book.channel_since("T1", "", later) == later
    assert book.channel_since("T2", "C1", later) == later
    assert book.channel_since("T1", "C1", later + timedelta(days=1)) == later + timedelta(days=1)


def test_a_workspace_that_refused_charts_is_remembered(book: SqlDigestBook) -> None:
    assert book.charts_refused_at("T1") is None
    book.refused_charts("T1", NOW)
    book.refused_charts("T1", NOW + timedelta(days=40))

    assert book.charts_refused_at("T1") == NOW + timedelta(days=40)
    assert book.charts_refused_at("T2") is None


@settings(max_examples=50)
@given(
    week=st.dates().map(Week.of).filter(lambda week: 1000 <= week.year < 3000),
    moments=st.lists(st.datetimes(timezones=st.just(UTC)), min_size=3, max_size=3),
)
def test_a_posting_comes_back_out_of_its_errand(week: Week, moments: list[datetime]) -> None:
    posting = Posting("T1", "C1", week, "Asia/Kathmandu", *moments)

    assert Posting.of(posting.errands()[0]) == posting
    assert Posting.of(posting.edits(3)[1]) == posting


def test_of_five_at_once_one_claims_it(database_url: str) -> None:
    won: list[bool] = []
    ready = threading.Barrier(5)

    def claim() -> None:
        with opened(database_url) as mine:  # a connection pool of its own, as another process has
            book = SqlDigestBook(mine, HandClock(NOW))
            for number in range(1, 11):
                ready.wait()
                won.append(book.claim(replace(POSTING, week=Week(2026, number)), "a"))

    threads = [threading.Thread(target=claim) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (won.count(True), won.count(False)) == (10, 40)
