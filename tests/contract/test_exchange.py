"""Reports in bulk, on every store: each once, with all that belongs to it, and out only to those who may see it."""

from datetime import timedelta

import pytest
from records import AUTHOR, MEMBER, TRIAGER, WORKSPACE, a_report, an_event, file
from stores import START

from triage.access import Viewer
from triage.asking import Asking
from triage.bars import builtin
from triage.changing import Changes
from triage.desk import Desk
from triage.errors import Refused
from triage.exporting import exported
from triage.intake import Incoming, Intake
from triage.ports import WorkPlace
from triage.reports import EventKind, State
from triage.transfer import own_key, record_of
from triage.workspace import WorkspaceSettings

INTAKE = Intake(builtin(), WORKSPACE, START + timedelta(days=365))
ANSWERED = {
    "gates": {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"},
    "threats": [{"threat": "data_poisoning", "answers": {"control": "chosen", "decision": "automated"}}],
}


def incoming(*records: dict[str, object]) -> list[Incoming]:
    return [
        INTAKE.take({"title": f"Report {at}", "created_at": "2026-01-01", **record})
        for at, record in enumerate(records)
    ]


def take(place: WorkPlace, batch: list[Incoming], workspace: str = WORKSPACE) -> int:
    with place.write() as work:
        work.bars.keep(builtin())
        filed = work.exchange.take(workspace, batch)
        work.commit()
    return filed


def keys(place: WorkPlace, viewer: Viewer, after: int = 0, limit: int = 100, **span: object) -> list[str]:
    with place.read() as work:
        return [one.key for one in work.exchange.page(viewer, after, limit, **span)]  # type: ignore[arg-type]


def test_what_is_taken_in_is_filed_in_order_with_its_verdict(place: WorkPlace) -> None:
    batch = incoming(
        {"key": "A", **ANSWERED}, {"key": "B", "severity": "Low"}, {"key": "C", "gates": {"ml_target": "no"}}
    )

    assert take(place, batch) == 3

    with place.read() as work:
        first, second, third = (work.reports.get(TRIAGER, number) for number in (1, 2, 3))
        assert first is not None
        assert second is not None
        assert third is not None
        assert (first.severity, first.effective) == ("Critical", "Critical")
        assert first.scored == batch[0].report.scored
        assert (second.severity, second.effective) == (None, "Low")
        assert third.outcome == "out_of_scope"
        assert [report.title for report in (first, second, third)] == ["Report 0", "Report 1", "Report 2"]


def test_taking_in_again_changes_nothing(place: WorkPlace) -> None:
    batch = incoming({"key": "A"}, {"key": "B"}, {})
    take(place, batch)

    assert take(place, batch) == 0
    assert take(place, incoming({"key": "B", "title": "Other words"}, {"key": "C"})) == 1
    assert keys(place, TRIAGER) == ["A", "B", own_key(WORKSPACE, 3), "C"]


def test_the_first_of_two_with_one_key_counts(place: WorkPlace) -> None:
    assert take(place, incoming({"key": "A", "title": "one"}, {"key": "A", "title": "two"})) == 1

    with place.read() as work:
        report = work.reports.get(TRIAGER, 1)
        assert report is not None
        assert report.title == "one"


def test_numbers_go_on_without_a_gap(place: WorkPlace) -> None:
    file(place, a_report("d1"))
    take(place, incoming({"key": "A"}, {"key": "B"}))

    assert file(place, a_report("d2")).number == 4


def test_a_report_that_was_born_here_is_known_when_it_comes_back(place: WorkPlace) -> None:
    born = file(place, a_report("d1"))
    record = record_of(born)

    assert take(place, [INTAKE.take(record)]) == 0
    assert take(place, [INTAKE.take({**record, "key": "T9/ML-1"})]) == 1


def test_what_is_rolled_back_was_never_taken_in(place: WorkPlace) -> None:
    with place.write() as work:
        work.bars.keep(builtin())
        assert work.exchange.take(WORKSPACE, incoming({"key": "A"})) == 1

    assert keys(place, TRIAGER) == []


def test_its_life_is_in_its_history(place: WorkPlace) -> None:
    take(place, incoming({"key": "A", "state": "fixed", "closed_at": "2026-02-01", "severity": "Low"}))

    with place.read() as work:
        filed, closed = work.reports.events(TRIAGER, 1)
        assert (filed.kind, filed.now, filed.data["imported"]) == (EventKind.FILED, "Low", "A")
        assert (closed.kind, closed.was, closed.now) == (EventKind.CLOSED, State.NEW.value, State.FIXED.value)
        assert closed.at > filed.at


def test_it_is_found_at_once(place: WorkPlace) -> None:
    take(place, incoming({"key": "A", "title": "Zither"}, {"key": "R", "title": "Hidden zither", "restricted": True}))

    with place.read() as work:
        assert [hit.key for hit in work.history.similar(MEMBER, "zither", 5)] == ["A"]
        assert [hit.key for hit in work.history.similar(TRIAGER, "zither", 5)] == ["A", "R"]


def test_a_page_holds_what_the_viewer_may_see(place: WorkPlace) -> None:
    take(place, incoming({"key": "A"}, {"key": "R", "restricted": True, "reporter": AUTHOR.user}, {"key": "B"}))

    assert keys(place, MEMBER) == ["A", "B"]
    assert keys(place, AUTHOR) == keys(place, TRIAGER) == ["A", "R", "B"]
    assert keys(place, Viewer("T2", "U1")) == []


def test_pages_follow_each_other(place: WorkPlace) -> None:
    take(place, incoming(*({"key": f"K{at}"} for at in range(5))))

    assert keys(place, TRIAGER, limit=2) == ["K0", "K1"]
    assert keys(place, TRIAGER, after=2, limit=2) == ["K2", "K3"]
    assert keys(place, TRIAGER, after=4, limit=2) == ["K4"]


def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(place: WorkPlace) -> None:
    take(place, incoming(*({"key": f"K{day}", "created_at": f"2026-01-0{day}"} for day in (1, 2, 3))))
    start = INTAKE.take({"title": "x", "created_at": "2026-01-02"}).report.created_at

    assert keys(place, TRIAGER, since=start) == ["K2", "K3"]
    assert keys(place, TRIAGER, until=start) == ["K1"]


def test_workspaces_keep_their_keys_apart(place: WorkPlace) -> None:
    take(place, incoming({"key": "A"}))
    other = Intake(builtin(), "T2", START + timedelta(days=365))

    assert take(place, [other.take({"key": "A", "title": "x"})], "T2") == 1
    assert keys(place, TRIAGER) == ["A"]


def test_odd_text_is_kept_as_everywhere(place: WorkPlace) -> None:
    take(place, incoming({"key": "A\x00", "title": "a\x00b", "description": "\ud800 🔥 \u202ertl"}))

    with place.read() as work:
        (one,) = work.exchange.page(TRIAGER, 0, 5)
        assert (one.report.title, one.key) == ("a\ufffdb", "A\ufffd")


def test_an_export_holds_the_history_and_the_import_of_it_brings_all_of_it_back(place: WorkPlace) -> None:
    born = file(place, a_report("d1", restricted=True, named=frozenset({"U7"}), owner="U8", due_at=START))
    told = (
        an_event(),
        an_event(kind=EventKind.ACCEPTED, actor="U3", was="new", now="accepted"),
        an_event(kind=EventKind.VIEWER_ADDED, now="U7"),
        an_event(kind=EventKind.ASSIGNED, now="U8", data={"note": "=1+1"}, reason="Hers.\nReally."),
    )
    with place.write() as work:
        for event in told:
            work.reports.add_event(WORKSPACE, born.number, event)
        work.commit()

    with place.read() as work:
        (exported,) = work.exchange.page(TRIAGER, 0, 5)
        assert [(event.kind, event.reason) for event in exported.events] == [(e.kind, e.reason) for e in told]
        assert list(work.exchange.page(MEMBER, 0, 5)) == []

    elsewhere = Viewer("T2", "U3", TRIAGER.role)
    take(place, [Intake(builtin(), "T2", START + timedelta(days=365)).take(exported.record())], "T2")
    with place.read() as work:
        (again,) = work.exchange.page(elsewhere, 0, 5)
        assert again.record() == exported.record()
        assert again.report.named == {"U7", "U8"}
        assert again.report.owner == "U8"
        assert [event.data.get("imported") for event in work.reports.events(elsewhere, 1)] == [
            "T1/ML-1", None, None, None
        ]  # fmt: skip


def test_a_link_to_a_report_that_the_viewer_may_not_see_is_exported_without_its_name(place: WorkPlace) -> None:
    hidden = file(place, a_report("d1", restricted=True))
    linked = file(place, a_report("d2"))
    with place.write() as work:
        work.reports.add_event(WORKSPACE, linked.number, an_event(kind=EventKind.LINKED, now=hidden.name))
        work.commit()

    ((event,),) = ([*one.events] for one in exported(place, MEMBER))
    assert (event.kind, event.now) == (EventKind.LINKED, "")
    assert [event.now for one in exported(place, TRIAGER) for event in one.events] == [hidden.name]


def test_an_imported_report_without_answers_has_none_to_ask_for_or_to_change(place: WorkPlace) -> None:
    take(place, incoming({"key": "A", "severity": "Low", "reporter": AUTHOR.user}))
    changes = Changes(place, lambda: START, WorkspaceSettings())

    with pytest.raises(Refused, match="imported without answers"):
        Asking(changes, lambda _workspace: builtin()).ask(TRIAGER, 1)
    with pytest.raises(Refused, match="was imported, so there are no answers of yours to change"):
        Desk(place, builtin(), lambda: START).edit(AUTHOR, 1)
