"""Who may see and do what: every use case, found by introspection, for everybody, on open and on restricted reports.

A use case that this page does not know fails the test: say here who may, then write it.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from databases import opened
from records import WORKSPACE, a_case, a_draft, a_report, a_scored, an_event
from sqlalchemy import select
from stores import START, HandClock

import triage
from db.figures import SqlLedger
from db.models import metadata
from db.work import SqlWorkPlace
from triage import bars
from triage.access import Role, Viewer
from triage.asking import Asking
from triage.browsing import Browsing
from triage.care import Care
from triage.case import Case
from triage.changing import Changes, KeptBars
from triage.desk import Desk
from triage.digest import Overview
from triage.entering import Entered
from triage.errors import MlbugError
from triage.exporting import Exporting, exported
from triage.interview import Screen
from triage.lifecycle import Deed
from triage.listing import Filter, Which
from triage.recalling import Recalling
from triage.reports import Entries, State, Step
from triage.scoring import score
from triage.setting import Setting
from triage.severity import Severity
from triage.workspace import WorkspaceSettings

SECRET = "XYZZYSECRET"
NUMBER, EARLIER = 1, 2
REPORTER = "U1"

VIEWERS = {
    "reporter": Viewer(WORKSPACE, REPORTER),
    "owner": Viewer(WORKSPACE, "U8"),
    "reader": Viewer(WORKSPACE, "U7"),
    "triager": Viewer(WORKSPACE, "U3", Role.TRIAGER),
    "admin": Viewer(WORKSPACE, "U4", admin=True),
    "member": Viewer(WORKSPACE, "U2"),
    "guest": Viewer(WORKSPACE, "U5", Role.OUTSIDER),
    "guest triager": Viewer(WORKSPACE, "U3", Role.OUTSIDER, admin=True),  # a list names somebody who is a guest
    "foreign": Viewer("T2", "U3", Role.TRIAGER, admin=True),
}
MEMBERS = {"reporter", "owner", "reader", "triager", "admin", "member"}
INSIDERS = {"reporter", "owner", "reader", "triager"}  # see a restricted report
ANYBODY = MEMBERS | {"foreign"}  # each of their own workspace


@dataclass(frozen=True)
class House:
    """All use cases over one history."""

    desk: Desk
    care: Care
    asking: Asking
    browsing: Browsing
    setting: Setting
    overview: Overview
    recalling: Recalling
    exporting: Exporting
    place: SqlWorkPlace


@dataclass(frozen=True)
class Row:
    """One use case: how it is called on the report, and who gets through, where it is open and where it is restricted."""

    call: Callable[[House, Viewer], Any]
    open: frozenset[str]
    restricted: frozenset[str]
    state: State = State.NEW


def row(
    call: Callable[[House, Viewer], Any], who: set[str], restricted: set[str] | None = None, state: State = State.NEW
) -> Row:
    """`restricted`: who gets through there, if not those of `who` who see it."""
    return Row(call, frozenset(who), frozenset(who & INSIDERS if restricted is None else restricted), state)


WHAT = Entered(texts={"title": "T", "description": "D", "system": ""}, choices={"threat": "data_poisoning"})
SETTINGS = WorkspaceSettings(triage_channel="C1")


def answer(house: House, viewer: Viewer) -> Any:
    house.asking.ask(VIEWERS["triager"], NUMBER)
    report, asked = house.asking.waiting(VIEWERS["triager"], NUMBER)
    assert asked is not None
    return house.asking.answer(viewer, report.number, asked.key, asked.options[0].id)


def found(value: Any) -> Any:
    if value is None:
        raise MlbugError("nothing")
    return value


MATRIX: dict[str, Row] = {
    # What is one's own is anybody's who is let in; other people's drafts are not found.
    "Desk.unfinished": row(lambda h, v: h.desk.unfinished(v), ANYBODY, ANYBODY),
    "Desk.draft": row(lambda h, v: h.desk.draft(v, "d1"), {"reporter"}),
    "Desk.discard": row(lambda h, v: h.desk.discard(v, "other"), ANYBODY, ANYBODY),
    "Desk.keep": row(lambda h, v: h.desk.keep(v, "new", Screen(Step.WHAT), WHAT), ANYBODY, ANYBODY),
    "Desk.keep_source": row(
        lambda h, v: h.desk.keep_source(v, "new", Entries(title="T"), "https://x/"), ANYBODY, ANYBODY
    ),
    "Desk.submit": row(lambda h, v: h.desk.submit(v, "new", Screen(Step.WHAT), WHAT), ANYBODY, ANYBODY),
    "Desk.show": row(lambda h, v: h.desk.show(v, NUMBER), MEMBERS),
    "Desk.why": row(lambda h, v: h.desk.why(v, NUMBER), MEMBERS),
    "Desk.history": row(lambda h, v: h.desk.history(v, NUMBER), MEMBERS),
    "Desk.edit": row(lambda h, v: h.desk.edit(v, NUMBER), {"reporter"}),
    "Desk.systems": row(lambda h, v: h.desk.systems(v, ""), ANYBODY, ANYBODY),
    "Care.look": row(lambda h, v: h.care.look(v, NUMBER), MEMBERS),
    "Care.accept": row(lambda h, v: h.care.accept(v, NUMBER), {"triager"}),
    "Care.override": row(lambda h, v: h.care.override(v, NUMBER, Severity.LOW, "Because"), {"triager"}),
    "Care.assign": row(lambda h, v: h.care.assign(v, NUMBER, "U2"), {"triager"}),
    "Care.link": row(lambda h, v: h.care.link(v, NUMBER, EARLIER), {"triager", "reporter"}),
    "Care.unlink": row(
        lambda h, v: h.care.unlink(v, NUMBER, "Because"), {"triager", "reporter"}, state=State.DUPLICATE
    ),
    "Care.restrict": row(lambda h, v: h.care.restrict(v, NUMBER), {"triager", "reporter"}, set()),
    "Care.unrestrict": row(lambda h, v: h.care.unrestrict(v, NUMBER, "Because"), set(), {"triager"}),
    "Care.name": row(lambda h, v: h.care.name(v, NUMBER, "U2"), {"triager", "reporter"}),
    "Care.unname": row(lambda h, v: h.care.unname(v, NUMBER, "U7"), {"triager", "reporter"}),
    "Care.close": row(lambda h, v: h.care.close(v, NUMBER, Deed.DECLINE, "Because"), {"triager"}),
    "Care.accept_risk": row(lambda h, v: h.care.accept_risk(v, NUMBER, "Because", date(2026, 12, 24)), {"triager"}),
    "Care.reopen": row(lambda h, v: h.care.reopen(v, NUMBER, "Because"), {"triager"}, state=State.DECLINED),
    "Care.snooze": row(lambda h, v: h.care.snooze(v, NUMBER, 7), {"triager", "owner"}, state=State.ACCEPTED),
    "Asking.ask": row(lambda h, v: h.asking.ask(v, NUMBER), {"triager"}),
    "Asking.waiting": row(lambda h, v: h.asking.waiting(v, NUMBER), MEMBERS),
    "Asking.answer": row(answer, {"reporter"}),
    "Browsing.page": row(lambda h, v: [h.browsing.page(v, Filter(w)) for w in Which], ANYBODY, ANYBODY),
    "Browsing.home": row(lambda h, v: h.browsing.home(v), ANYBODY, ANYBODY),
    "Browsing.find": row(lambda h, v: (h.browsing.find(v, "1"), h.browsing.find(v, "xyzzy")), ANYBODY, ANYBODY),
    "Browsing.due": row(lambda h, v: h.browsing.due(v), ANYBODY, ANYBODY, state=State.ACCEPTED),
    "Setting.read": row(lambda h, v: h.setting.read(v), {"admin", "foreign"}, {"admin", "foreign"}),
    "Setting.check": row(lambda h, v: h.setting.check(v, SETTINGS), {"admin", "foreign"}, {"admin", "foreign"}),
    "Setting.save": row(lambda h, v: h.setting.save(v, SETTINGS), {"admin", "foreign"}, {"admin", "foreign"}),
    "Overview.preview": row(lambda h, v: h.overview.preview(v), ANYBODY, ANYBODY),
    "Overview.report": row(lambda h, v: h.overview.report(v, "30d"), ANYBODY, ANYBODY),
    "exporting.exported": row(lambda h, v: list(exported(h.place, v)), ANYBODY, ANYBODY),
    "Exporting.reports": row(lambda h, v: list(h.exporting.reports(v)), {"admin", "foreign"}, {"admin", "foreign"}),
    "Recalling.seen_before": row(
        lambda h, v: h.recalling.seen_before(v, Entries(title="A poisoned feed of labels")), ANYBODY, ANYBODY
    ),
    "Recalling.ask": row(lambda h, v: h.recalling.ask(v, "Is a poisoned feed of labels bad?"), ANYBODY, ANYBODY),
    "Recalling.of": row(lambda h, v: found(h.recalling.of(v, NUMBER)), MEMBERS),
    "Recalling.different": row(lambda h, v: h.recalling.different(v, NUMBER), {"reporter"}, state=State.DUPLICATE),
    "Recalling.rate": row(lambda h, v: h.recalling.rate(v, "ask:1", helped=True), ANYBODY, ANYBODY),
    "Recalling.asked": row(
        lambda h, v: h.recalling.asked(v, "Why?", "ask:1", "C1", "1.0", aloud=False), ANYBODY, ANYBODY
    ),
    "Recalling.same": row(lambda h, v: h.recalling.same(v, "d9", NUMBER), {"reporter"}),
}


def public_functions() -> dict[str, tuple[type | None, Any]]:
    """Each public function of triage, and each public method of its classes but of ports: name -> its class, itself."""
    found: dict[str, tuple[type | None, Any]] = {}
    for info in pkgutil.iter_modules(triage.__path__):
        module = importlib.import_module(f"triage.{info.name}")
        for name, member in vars(module).items():
            if name.startswith("_") or getattr(member, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(member):
                found[f"{info.name}.{name}"] = (None, member)
            if inspect.isclass(member) and not getattr(member, "_is_protocol", False):
                for method_name, method in vars(member).items():
                    plain = getattr(method, "__func__", method)  # of class methods and static methods
                    if not method_name.startswith("_") and inspect.isfunction(plain):
                        found[f"{name}.{method_name}"] = (member, plain)
    return found


def taken(function: Any) -> list[str]:
    """The types of a function's arguments, as text."""
    try:
        hints = get_type_hints(function)
    except TypeError:  # an annotation that is text because it can't be read at run time
        hints = function.__annotations__
    return [str(hint) for argument, hint in hints.items() if argument != "return"]


def reaches_a_store(kind: type | None, function: Any) -> bool:
    """Whether it is handed a store, or belongs to what was handed one: directly, or by way of another such class."""
    given = [*taken(function), *(taken(kind.__init__) if kind and "__init__" in vars(kind) else [])]
    return any(store in hint for hint in given for store in STORES)


STORES = (
    "WorkPlace",
    "ports.Work",
    "Ledger",
    "DigestBook",
    "Changes",
    "Desk",
    "Care",
    "Browsing",
    "Recalling",
    "Overview",
    "Installations",
)


def use_cases() -> set[str]:
    """What takes a viewer (or an audience) and reaches a store, or belongs to what does."""
    return {
        name
        for name, (kind, function) in public_functions().items()
        if reaches_a_store(kind, function) and any("Viewer" in hint for hint in taken(function))
    }


# Under the use cases: in an open work, by a deed or a draft that the use case has checked.
MACHINERY = {"Changes.do", "Care.root", "Desk.file_in", "changing.visible_report", "changing.masked"}

# What reaches a store and takes no viewer, each with the reason why nobody reads or changes by it what they may not.
WITHOUT_VIEWER = {
    "Desk.telling": "reads as the person whom the errand goes to, else for the channel, whose renderer shows a number only",
    "KeptBars.of": "a bar holds nothing of a report",
    "ActiveBars.of": "a bar holds nothing of a report",
    "Recalling.bar_of": "a bar holds nothing of a report",
    "Changes.keep": "takes the change that `do` has checked",
    "Changes.settings": "settings hold nothing of a report",
    "Rounds.go": "the assistant's own",
    "Overview.posted": "the digest of a channel: open reports only",
    "Overview.week": "the operator's command line, and `preview`: what a channel may know",
    "Recalling.ratings": "two counts of thumbs",
    "Overview.zone": "a time zone holds nothing of a report",
}


def test_no_use_case_is_forgotten() -> None:
    assert use_cases() - MACHINERY == set(MATRIX)


def test_whatever_reaches_a_store_takes_a_viewer_or_says_why_not() -> None:
    without = {
        name
        for name, (kind, function) in public_functions().items()
        if reaches_a_store(kind, function) and not any("Viewer" in hint for hint in taken(function))
    }
    assert without == set(WITHOUT_VIEWER)


# Reads of ports that give something of reports and take no viewer: for the assistant alone, which sends by its own rules.
FOR_THE_ASSISTANT = {"Lists.woken", "Reports.add", "Queue.claim", "DigestBook.claimed"}
OF_REPORTS = (
    "Report",
    "Event",
    "Listed",
    "Scored",
    "Draft",
    "Hit",
    "Sending",
    "Claimed",
    "Figures",
    "Sequence[tuple[str, int]]",
)


def test_every_read_of_a_port_takes_the_viewer() -> None:
    modules = [importlib.import_module(f"triage.{info.name}") for info in pkgutil.iter_modules(triage.__path__)]
    ports = {
        n: k for m in modules for n, k in vars(m).items() if inspect.isclass(k) and getattr(k, "_is_protocol", False)
    }
    blind = set()
    for name, port in ports.items():
        for method_name, method in vars(port).items():
            if method_name.startswith("_") or not inspect.isfunction(method):
                continue
            gives = str(get_type_hints(method).get("return"))
            if any(kind in gives for kind in OF_REPORTS) and not any("Viewer" in hint for hint in taken(method)):
                blind.add(f"{name}.{method_name}")
    assert blind == FOR_THE_ASSISTANT


@pytest.mark.parametrize("restricted", [False, True], ids=["open", "restricted"])
@pytest.mark.parametrize("name", MATRIX)
def test_who_gets_through_and_what_the_others_learn(name: str, restricted: bool, sqlite_url: str) -> None:
    wanted = MATRIX[name]
    url = Path(sqlite_url.removeprefix("sqlite:///"))
    with opened(sqlite_url) as engine:
        prepare(SqlWorkPlace(engine, HandClock()), restricted=restricted, state=wanted.state)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        before = everything(engine)
    blank = url.read_bytes()
    got_through = set()
    with ExitStack() as engines:
        engine, changed = None, True
        for who, viewer in VIEWERS.items():
            if engine is None or changed:  # what read only, or was refused, leaves the history as it was
                fresh = url.with_name(f"{who}.db")
                fresh.write_bytes(blank)
                engine = engines.enter_context(opened(f"sqlite:///{fresh}"))
            house = furnished(SqlWorkPlace(engine, HandClock()), SqlLedger(engine))
            try:
                told = repr(wanted.call(house, viewer))
                got_through.add(who)
                changed = everything(engine) != before
            except MlbugError as refused:
                told = refused.message
                changed = everything(engine) != before
                if name != "Asking.answer":  # there the triager's question comes first
                    assert not changed, f"{who} was refused, and something changed"
            if restricted and who not in INSIDERS:
                assert SECRET not in told, f"{who} reads it by {name}"
    assert got_through == (wanted.restricted if restricted else wanted.open)


def test_a_report_that_may_not_be_seen_is_told_as_one_that_is_not_there(sqlite_url: str) -> None:
    with opened(sqlite_url) as engine:
        place = SqlWorkPlace(engine, HandClock())
        prepare(place, restricted=True, state=State.NEW)
        house = furnished(place, SqlLedger(engine))
        for call in (
            house.desk.show,
            house.desk.why,
            house.desk.history,
            house.desk.edit,
            house.care.look,
            house.care.accept,
        ):
            messages = []
            for number in (NUMBER, 99):
                with pytest.raises(MlbugError) as refused:
                    call(VIEWERS["member"], number)
                messages.append(refused.value.message.replace(f"ML-{number}", "ML-N"))
            assert messages[0] == messages[1]


def furnished(place: SqlWorkPlace, ledger: SqlLedger) -> House:
    clock = HandClock(START + timedelta(hours=1))
    bar = bars.builtin()
    changes = Changes(place, clock, WorkspaceSettings())
    desk, care = Desk(place, bar, clock), Care(changes, KeptBars(bar))
    return House(
        desk,
        care,
        Asking(changes, lambda _workspace: bar),
        Browsing(place, clock),
        Setting(changes, signs=True),
        Overview(ledger, lambda _workspace: WorkspaceSettings(), clock),
        Recalling(place, desk, care),
        Exporting(place),
        place,
    )


def prepare(place: SqlWorkPlace, *, restricted: bool, state: State) -> None:
    """ML-1, whose every word is a secret, and ML-2, an open one; the reporter's two drafts."""
    bar = bars.builtin()
    case = Case.model_validate(a_case().model_dump())
    scored = a_scored()
    assert score(bar, case).ask_next is not None
    accepted = START if state is State.ACCEPTED else None
    secret = a_report(
        "d1",
        title=f"{SECRET} poisoned feed",
        description=f"{SECRET} poisoned feed of labels",
        system=SECRET,
        restricted=restricted,
        named=frozenset({"U7", "U8"}),
        owner="U8",
        scored=scored,
        state=state,
        accepted_at=accepted,
        due_at=START + timedelta(days=7) if accepted else None,
        wake_at=START + timedelta(days=6) if accepted else None,
        duplicate_of=EARLIER if state is State.DUPLICATE else None,
        closed_at=START if state in {State.DUPLICATE, State.DECLINED} else None,
    )
    other = a_report("d2", title="Another", description="Another", system="Another", reporter="U2")
    with place.write() as work:
        work.bars.keep(bar)
        for report in (secret, other):
            filed = work.reports.add(report)
            work.reports.add_event(WORKSPACE, filed.number, an_event(reason=SECRET if filed.number == 1 else ""))
            if hasattr(work, "history") and hasattr(work.history, "index"):
                work.history.index(filed)
        entries = Entries(title=SECRET, description="D", threat="data_poisoning", gates=case.gates.model_dump())
        work.drafts.put(a_draft("d1", user=REPORTER, entries=entries, report=1))
        work.drafts.put(a_draft("d9", user=REPORTER, entries=entries.model_copy(update={"title": "Again"})))
        work.commit()


def everything(engine: Any) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {t.name: [tuple(r) for r in connection.execute(select(t))] for t in metadata.sorted_tables}
