"""The weekly digest as a channel lives it: busy, quiet, empty, restricted, edited, and without charts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from digesting import DigestOffice, due, inside, new
from records import a_report, add
from reporting import settings_for
from told import Told

from bot.cli_run import serving
from bot.manifest import manifest
from bot.sandbox.definition import AppDefinition
from bot.sandbox.driver import Person
from bot.sandbox.screens import Said
from bot.sandbox.server import Sandbox
from db.work import SqlWorkPlace
from triage.reports import Event, EventKind, State
from triage.severity import Severity
from triage.weeks import Slot

BAIT = "<!channel> *all* <@U1> `rm` & <https://evil.example|click>"


def busy(slot: Slot) -> list[Told]:
    at = inside(slot)
    before = at - timedelta(days=8)
    accepted = Event(EventKind.ACCEPTED, at + timedelta(hours=5), "UANA")
    asked = Event(EventKind.ASKED, at + timedelta(hours=6), "UANA")
    overridden = Event(EventKind.OVERRIDDEN, at, "UANA", data={"rule": "DP-C1"})
    return [
        new(slot, system="mail-filter", events=(accepted, overridden)),
        new(slot, severity=Severity.IMPORTANT, state=State.ACCEPTED, events=(accepted, overridden)),
        new(slot, severity=Severity.LOW, events=(asked, overridden)),
        new(slot, state=State.DUPLICATE, closed_at=at, events=(Event(EventKind.LINKED, at, "UANA", now="ML-5"),)),
        Told(before, state=State.ACCEPTED, owner="UMEI", due_at=at, events=(accepted,)),
        Told(before, severity=Severity.MODERATE, state=State.FIXED, closed_at=at),
        new(slot, restricted=True, owner="UMEI", due_at=at, system="secret-system"),
    ]


def digest_of(person: Person, words: str = "Security digest, week") -> Said:
    return person.sees("#general", words)


def all_words(said: Said) -> str:
    return "\n".join([said.words, said.text, *(reply.words for reply in said.thread)])


def kinds(said: Said) -> list[str]:
    return [block["type"] for block in said.message.blocks]


def test_a_missed_digest_comes_once_says_that_it_is_late_and_has_its_details_in_its_thread(tmp_path: Path) -> None:
    with due(tmp_path, busy) as there:
        ana = there.office.person("ana")
        said = digest_of(ana)

        assert f"week {there.slot.week.number} (" in said.words
        assert "4 reports came in, 2 the week before. 2 Critical, 1 Important, 1 Low." in said.words.replace(
            " so far", ""
        )
        assert "Posted late: it was due" in said.words
        assert "Critical | 2 | 1 | 2 | 1" in said.words  # came in, before, open, overdue
        assert "ML-5 · Critical" in said.words
        assert "People keep overriding this rule, so it is suspect: DP-C1 (3 of 4)" in said.words
        assert kinds(said).count("data_visualization") == 2
        assert kinds(said).count("data_table") == 1
        details = said.sees_reply("Details of Security digest")
        assert "Waiting for an answer from the reporter" in details.words
        assert "ML-3" in details.words
        assert there.another_process(timedelta(0)).look() == 0
        assert len(ana.reads("#general", "Security digest, week")) == 1


def test_the_text_tells_all_of_it_to_whoever_does_not_see_the_blocks(tmp_path: Path) -> None:
    with due(tmp_path, busy) as there:
        text = digest_of(there.office.person("ana")).text

        for told in ("4 reports came in", "Filed per week", "ML-1, Critical", "Overdue:", "ML-5", "Asked again"):
            assert told in text


def test_nobody_is_mentioned_but_the_owner_of_what_is_overdue(tmp_path: Path) -> None:
    with due(tmp_path, busy) as there:
        said = digest_of(there.office.person("ana"))
        said.sees_reply("Details")

        assert mentions([said.message.blocks, said.message.text]) == {"UMEI"}
        assert mentions([[reply.message.blocks, reply.message.text] for reply in said.thread]) == set()


def test_restricted_reports_are_one_band_and_nothing_else(tmp_path: Path) -> None:
    with due(tmp_path, busy) as there:
        said = digest_of(there.office.person("ana"))
        said.sees_reply("Details")
        words = all_words(said)

        assert "Restricted reports: fewer than 3, not counted here." in words
        assert "ML-7" not in words
        assert "Case 7" not in words
        assert "secret-system" not in words


@pytest.mark.parametrize(
    "history",
    [lambda _slot: [], lambda slot: [new(slot, restricted=True), new(slot, restricted=True, due_at=inside(slot))]],
    ids=["nothing at all", "only restricted reports"],
)
def test_a_week_with_nothing_to_tell_is_one_line_and_reads_the_same_whatever_is_hidden(
    tmp_path: Path, history: Callable[[Slot], list[Told]]
) -> None:
    with due(tmp_path, history) as there:
        said = digest_of(there.office.person("ana"))

        assert "a quiet week. Nothing came in, nothing waits, nothing is overdue." in said.words
        assert "Restricted reports: fewer than 3" in said.words
        assert kinds(said) == ["section", "context"]
        assert said.thread == []


def test_five_hundred_new_criticals_with_live_looking_titles_are_told_within_limits_and_dead(tmp_path: Path) -> None:
    def many(slot: Slot) -> list[Told]:
        return [new(slot, title=(BAIT * 4)[:150], due_at=inside(slot), owner=f"U{n % 90}") for n in range(500)]

    with due(tmp_path, many) as there:
        said = digest_of(there.office.person("ana"))

        assert "500 reports came in" in said.words
        assert "and 492 more: see the thread." in said.words
        assert "<!channel>" in said.words  # as letters, in rich text
        assert "<!channel>" not in said.message.text
        assert len(said.message.text) <= 4000
        assert "and 475 more" in said.sees_reply("Details").words


def test_what_changes_within_the_week_is_put_in_its_place(tmp_path: Path) -> None:
    with due(tmp_path, busy) as there:
        ana = there.office.person("ana")
        before = digest_of(ana)
        before.sees_reply("Details")
        assert there.another_process().look() == 0  # nothing has changed
        file_one_more(there)

        assert there.another_process().look() == 1

        after = ana.sees("#general", "5 reports came in")
        assert after.ts == before.ts
        assert after.is_edited
        assert "Figures changed after it was posted" in after.words
        assert len(ana.reads("#general", "Security digest, week")) == 1
        assert there.another_process().look() == 0


def test_a_workspace_without_charts_gets_words_and_is_remembered(tmp_path: Path) -> None:
    with due(tmp_path, busy, hours_ago=-1) as there:  # the next slot is an hour away
        there.office.sandbox.faults.refuse("chat.postMessage", "invalid_blocks")
        process = there.another_process(timedelta(hours=1, minutes=1))
        assert process.look() == 1
        ana = there.office.person("ana")
        said = digest_of(ana)

        assert not {"data_visualization", "data_table"} & set(kinds(said))
        assert "Came in: " in said.words
        assert "Filed per week: " in said.words
        said.sees_reply("Details")
        file_one_more(there)
        assert there.another_process(timedelta(hours=2)).look() == 1
        edited = ana.sees("#general", "Figures changed")
        assert not {"data_visualization", "data_table"} & set(kinds(edited))  # not tried again


def test_report_and_preview_answer_the_asker_alone_with_what_they_may_see(tmp_path: Path) -> None:
    with due(tmp_path, busy) as there:
        ana, ben = there.office.person("ana"), there.office.person("ben")
        ben.types("#general", "/mlbug report 90d")
        shown = ben.sees_ephemeral("#general", "Report, ")
        ana.types("#general", "/mlbug report 90d")
        more = ana.sees_ephemeral("#general", "Report, ")

        assert "6 came in" in shown.words
        assert "No restricted report is counted." in shown.words
        assert "7 came in" in more.words  # a triager sees the restricted one
        assert "Restricted reports counted here: 1." in more.words
        assert "By system: mail-filter 1." in shown.words
        ben.types("#general", "/mlbug digest preview")
        assert "Security digest, week" in ben.sees_ephemeral("#general", "Security digest").words
        ana.types("#general", "/mlbug report 999d")
        assert "2026-Q3" in ana.sees_ephemeral("#general", "too long").words


def test_moving_the_sandbox_s_clock_on_by_a_week_brings_the_next_digest(tmp_path: Path) -> None:
    with Sandbox(app=AppDefinition.from_manifest(manifest())) as sandbox:
        channel = sandbox.team.channel_by_name("general")
        assert channel is not None
        settings = settings_for(sandbox, f"sqlite:///{tmp_path / 'h.db'}", mlbug_digest_channel=channel.id)
        with serving(settings, lambda: datetime.fromtimestamp(sandbox.clock.now(), UTC)) as (assistant, _socket):
            sandbox.wait_for_app()
            assistant.ticker.once()  # from now on the channel is known
            sandbox.move_on(7 * 86400)
            assistant.ticker.once()

            assert "a quiet week" in sandbox.person("ana").sees("#general", "ecurity digest, week").words


def file_one_more(there: DigestOffice) -> None:
    """One more report of the digest's week."""
    with SqlWorkPlace(there.engine).write() as work:
        late = a_report("late", workspace=there.workspace, created_at=inside(there.slot), title="Late in the week")
        add(work, late)
        work.commit()


def mentions(value: Any) -> set[str]:
    """Whom a payload would notify."""
    if isinstance(value, dict):
        found = {str(value["user_id"])} if value.get("type") == "user" else set()
        return found.union(*map(mentions, value.values()))
    if isinstance(value, list):
        return set().union(*map(mentions, value))
    text = str(value) if isinstance(value, str) else ""
    return {piece.partition(">")[0] for piece in text.split("<@")[1:]}
