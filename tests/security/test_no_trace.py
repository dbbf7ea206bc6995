"""A restricted report leaves no trace with whoever may not see it: each read answers, byte for byte, as if it did not exist.

What shows is its number: ML-8 is nobody's where ML-7 and ML-9 are. And a digest says roughly how many restricted reports there
were; "fewer than 3" is said of none as well. The reads are found by introspection: one that this page
does not know fails the first test.
"""

import importlib.util
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import pytest
from databases import opened
from fake_meaning import FakeMeaning
from records import WORKSPACE
from sqlalchemy import Engine
from stores import START
from worlds import FIRST, LAST, QUESTIONS, SECRET, furnish

from bot import meaning
from db import schema
from db.figures import SqlLedger
from db.work import SqlWorkPlace
from triage import ports
from triage.access import Viewer
from triage.errors import MlbugError
from triage.figures import Channel, Ledger, Records
from triage.listing import Cursor, Filter, Which
from triage.reports import State
from triage.weeks import period_window

_spec = importlib.util.spec_from_file_location("matrix", Path(__file__).with_name("test_matrix.py"))
assert _spec is not None
assert _spec.loader is not None
matrix: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(matrix)

KEPT_OUT: dict[str, Viewer] = {who: viewer for who, viewer in matrix.VIEWERS.items() if who not in matrix.INSIDERS}
NUMBERS = range(FIRST, LAST + 2)
NOW = START + timedelta(hours=1)
VALUED = {Which.SEVERITY: "Critical", Which.THREAT: "data_poisoning", Which.REPEATS: "2"}
FILTERS = [Filter(which, VALUED.get(which, "")) for which in Which if which is not Which.TITLED]
FILTERS += [Filter(Which.TITLED, words) for words in ("feed", SECRET)]
PERIODS = ("30d", "90d", "quarter")
STATES = [State.ACCEPTED, State.DUPLICATE]  # of the older one; the newer one is new
MEANINGS = {"by words": lambda: None, "by meaning": FakeMeaning, "wordllama": meaning.load}
# How the search goes makes no difference to anything but what it answers.
WAYS = [(state, "by words") for state in STATES] + [(State.DUPLICATE, "by meaning")]
WAYS += [(State.DUPLICATE, "wordllama")] * meaning.is_installed()


class Reading(NamedTuple):
    """What a read is made of: the stores of one work, the figures, who asks."""

    work: Any
    ledger: SqlLedger
    viewer: Viewer


def in_any_order(records: Records) -> Records:
    """The records with their lists sorted: PostgreSQL gives groups as its plan finds them, and sums have no order."""
    told = {field.name: getattr(records, field.name) for field in fields(records)}
    lists = {name: sorted(value, key=repr) for name, value in told.items() if isinstance(value, list | tuple)}
    return replace(records, **lists)


READS: dict[str, Callable[[Reading], Any]] = {
    "Drafts.get": lambda r: [r.work.drafts.get(r.viewer, name) for name in ("d1", "d9", "o5")],
    "Drafts.latest": lambda r: r.work.drafts.latest(r.viewer),
    "Reports.get": lambda r: [r.work.reports.get(r.viewer, number) for number in NUMBERS],
    "Reports.verdicts": lambda r: [r.work.reports.verdicts(r.viewer, number) for number in NUMBERS],
    "Reports.events": lambda r: [r.work.reports.events(r.viewer, number) for number in NUMBERS],
    "Reports.systems": lambda r: [r.work.reports.systems(r.viewer, typed, 9) for typed in ("", "s", "feed", SECRET)],
    "Lists.page": lambda r: [
        r.work.lists.page(r.viewer, wanted, NOW, limit, after)
        for wanted in FILTERS
        for limit in (1, 9)
        for after in (None, Cursor(4, START))
    ],
    "Lists.count": lambda r: [r.work.lists.count(r.viewer, wanted, NOW, 99) for wanted in FILTERS],
    "History.similar": lambda r: [
        r.work.history.similar(r.viewer, text, limit, threat=threat, system=system, besides=besides)
        for text in QUESTIONS
        for limit in (1, 9)
        for threat, system, besides in (("", "", 0), ("data_poisoning", "Spam filter", 0), ("", SECRET, 2))
    ],
    "Exchange.page": lambda r: [r.work.exchange.page(r.viewer, after, limit) for after in (0, 4) for limit in (1, 99)],
    "Ledger.records": lambda r: [
        in_any_order(r.ledger.records(audience, period_window(period, "Europe/Berlin", NOW), 9))
        for audience in (r.viewer, Channel(WORKSPACE))
        for period in PERIODS
    ],
}
# They write, or delete, what is the viewer's own.
WRITES = {
    "Drafts.put",
    "Drafts.delete",
    "Opinions.put",
    "Reports.add",
    "Reports.save",
    "Reports.add_verdict",
    "Reports.add_event",
}
WRITES |= {
    "Exchange.take",
    "Bars.keep",
    "Errands.put",
    "SavedSettings.put",
    "People.put",
    "Lookers.opened",
    "Lookers.refresh",
}
WRITES |= {f"Held.{name}" for name in ("tell", "mended", "hasten", "move")}
# They read, for the assistant alone, what holds nothing of a report but ids, or nothing at all.
NOT_OF_REPORTS = {
    "Bars.text",
    "SavedSettings.get",
    "People.get",
    "Opinions.count",
    "Held.is_told",
    "Held.count",
    "People.admins",
    "Lookers.since",
    "Lists.woken",
}


def store_methods() -> set[str]:
    """Each method of each store that a work has, and of the figures'."""
    kinds = [get_type_hints(kept.fget)["return"] for kept in vars(ports.Work).values() if isinstance(kept, property)]
    return {
        f"{kind.__name__}.{name}"
        for kind in (*kinds, Ledger)
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


def test_no_read_is_forgotten() -> None:
    assert store_methods() == set(READS) | WRITES | NOT_OF_REPORTS


@pytest.fixture(params=["sqlite", "postgres"])
def twins(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Engine]]:
    """Two empty databases of one kind."""
    urls = request.getfixturevalue(f"{request.param}_url"), request.getfixturevalue(f"blank_{request.param}_url")
    with ExitStack() as stack:
        first, second = (stack.enter_context(opened(url)) for url in urls)
        schema.upgrade(second)
        yield first, second


@pytest.mark.parametrize(("state", "way"), WAYS)
def test_every_read_answers_as_if_it_did_not_exist(twins: tuple[Engine, Engine], state: State, way: str) -> None:
    told: list[dict[str, str]] = []
    for engine, secret in zip(twins, (True, False), strict=True):
        furnish(engine, WORKSPACE, secret=secret, state=state)
        with SqlWorkPlace(engine, meaning=MEANINGS[way]()).read() as work:
            told.append(
                {
                    f"{name} for {who}": as_told(repr(read(Reading(work, SqlLedger(engine), viewer))))
                    for name, read in READS.items()
                    for who, viewer in KEPT_OUT.items()
                }
            )
    with_it, without = told
    assert {read for read in with_it if with_it[read] != without[read]} == set()
    assert SECRET not in "".join(with_it.values()).replace(f"'{SECRET}'", "")


def test_those_who_may_see_it_do(twins: tuple[Engine, Engine]) -> None:
    """Or the test above would prove nothing."""
    for engine, secret in zip(twins, (True, False), strict=True):
        furnish(engine, WORKSPACE, secret=secret)
    told = []
    for engine in twins:
        with SqlWorkPlace(engine).read() as work:
            reading = Reading(work, SqlLedger(engine), matrix.VIEWERS["triager"])
            told.append({name: repr(read(reading)) for name, read in READS.items() if name[:6] != "Drafts"})
    assert [name for name in told[0] if told[0][name] == told[1][name]] == []


def test_no_text_is_compared_by_meaning_that_its_reader_may_not_see(twins: tuple[Engine, Engine]) -> None:
    shown = []
    for engine, secret in zip(twins, (True, False), strict=True):
        furnish(engine, WORKSPACE, secret=secret)
        seen = FakeMeaning()
        with SqlWorkPlace(engine, meaning=seen).read() as work:
            for viewer in KEPT_OUT.values():
                READS["History.similar"](Reading(work, SqlLedger(engine), viewer))
        shown.append(seen.shown)

    assert shown[0] == shown[1]
    assert any(texts for _, texts in shown[0])
    assert SECRET not in repr([texts for _, texts in shown[0]])


@pytest.mark.parametrize(("state", "way"), WAYS)
def test_every_use_case_answers_as_if_it_did_not_exist(twins: tuple[Engine, Engine], state: State, way: str) -> None:
    told: list[dict[str, str]] = []
    for engine, secret in zip(twins, (True, False), strict=True):
        furnish(engine, WORKSPACE, secret=secret, state=state)
        house = matrix.furnished(SqlWorkPlace(engine, meaning=MEANINGS[way]()), SqlLedger(engine))
        told.append(
            {
                f"{name} for {who}": outcome(call, house, viewer)
                for name, call in calls().items()
                for who, viewer in KEPT_OUT.items()
            }
        )
    with_it, without = told
    assert {case for case in with_it if with_it[case] != without[case]} == set()


def calls() -> dict[str, Callable[[Any, Viewer], Any]]:
    """Each use case, as the matrix calls it on ML-1."""
    found = {name: row.call for name, row in matrix.MATRIX.items()}
    # There the matrix has a triager ask first, who may see it.
    found["Asking.answer"] = lambda h, v: h.asking.answer(v, FIRST, "data_poisoning.reach", "unknown")
    return found


def outcome(call: Callable[[Any, Viewer], Any], house: Any, viewer: Viewer) -> str:
    try:
        return as_told(repr(call(house, viewer)))
    except MlbugError as refused:
        return f"{type(refused).__name__}: {refused.message}"


def as_told(value: str) -> str:
    """Without the number of restricted reports behind a digest's rough words, which nobody is told."""
    return re.sub(r"\brestricted=[0-9]+", "restricted=…", value)
