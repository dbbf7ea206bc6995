"""The history in memory: the same promises as the databases', kept by the same contract tests."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime

import fake_history
from fake_care import MemoryLists, MemoryPeople, MemorySettings
from fake_held import MemoryHeld, MemoryLookers
from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

from db import models
from db.drafts import entries_text
from db.types import storable
from db.watch import no_request
from triage.access import Person, Viewer, may_see
from triage.bar import BugBar
from triage.errors import AlreadyFiled
from triage.history import Hit
from triage.intake import Incoming, life_of
from triage.ports import Clock, Errand, Meaning
from triage.reports import Draft, Entries, Event, Report, Scored
from triage.transfer import Exported, own_key
from triage.workspace import WorkspaceSettings

_DIALECT = sqlite.dialect()


@dataclass
class Waiting:
    """An errand in the queue."""

    id: int
    errand: Errand
    due: datetime
    born: datetime
    request: str = ""
    state: str = "due"
    held: bool = False
    tries: int = 0
    failed: int = 0
    channel: str = ""
    ts: str = ""
    error: str = ""
    closed: datetime | None = None


@dataclass
class _Data:
    """Everything that is kept. Each work gets a copy of the dicts; what is in them is never changed in place."""

    next_report: dict[str, int] = field(default_factory=dict)
    drafts: dict[tuple[str, str, str], Draft] = field(default_factory=dict)
    reports: dict[tuple[str, int], Report] = field(default_factory=dict)
    verdicts: dict[tuple[str, int], tuple[Scored, ...]] = field(default_factory=dict)
    events: dict[tuple[str, int], tuple[Event, ...]] = field(default_factory=dict)
    bars: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # of imported reports, by draft
    outbox: dict[tuple[str, str], Waiting] = field(default_factory=dict)
    settings: dict[str, tuple[tuple[WorkspaceSettings, datetime, str], ...]] = field(default_factory=dict)
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    pauses: dict[tuple[str, str], datetime] = field(default_factory=dict)
    marks: dict[tuple[str, str], datetime] = field(default_factory=dict)
    opinions: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    serial: int = 0

    def copy(self) -> "_Data":
        """The same, to be changed apart."""
        kept = {item.name: getattr(self, item.name) for item in fields(self)}
        return _Data(**{name: dict(value) if isinstance(value, dict) else value for name, value in kept.items()})


class MemoryStore:
    """What a `MemoryPlace` and a `MemoryQueue` share."""

    def __init__(self) -> None:
        self.data = _Data()
        self.writing = threading.RLock()


class _Begun:
    """One transaction on a copy of the data."""

    def __init__(self, store: MemoryStore, *, writes: bool) -> None:
        self._store = store
        self._writes = writes
        self._over = ""
        self._data = store.data.copy() if writes else store.data

    def read(self) -> _Data:
        if self._over:
            raise RuntimeError(f"This work is over. {self._over}: leave it and begin another.")
        return self._data

    def write(self) -> _Data:
        if not self._writes:
            raise RuntimeError("This work was begun with read(); begin it with write().")
        return self.read()

    def failed(self, error: Exception) -> Exception:
        self._over = "It failed"
        return error

    def commit(self) -> None:
        data = self.read()
        self._over = "It is committed"
        if self._writes:
            self._store.data = data


class MemoryDrafts:
    """`triage.ports.Drafts`."""

    def __init__(self, begun: _Begun) -> None:
        self._begun = begun

    def get(self, viewer: Viewer, draft_id: str, *, lock: bool = False) -> Draft | None:
        data = self._begun.write() if lock else self._begun.read()
        return data.drafts.get((viewer.workspace, viewer.user, draft_id)) if viewer.is_member else None

    def latest(self, viewer: Viewer) -> Draft | None:
        mine = [
            draft
            for (workspace, user, _), draft in self._begun.read().drafts.items()
            if viewer.is_member and (workspace, user) == (viewer.workspace, viewer.user) and draft.report is None
        ]
        return max(mine, key=lambda draft: (draft.updated_at, draft.id), default=None)

    def put(self, draft: Draft) -> None:
        data = self._begun.write()
        kept = replace(
            draft,
            id=_kept(models.drafts, "id", draft.id),
            entries=Entries.model_validate_json(_kept(models.drafts, "entries", entries_text(draft.entries))),
            updated_at=_moment(draft.updated_at),
        )
        key = (kept.workspace, kept.user, kept.id)
        before = data.drafts.get(key)
        filed = before.report if before and before.report is not None else kept.report
        data.drafts[key] = replace(kept, report=filed)

    def delete(self, viewer: Viewer, draft_id: str) -> bool:
        data = self._begun.write()
        key = (viewer.workspace, viewer.user, draft_id)
        draft = data.drafts.get(key)
        if not viewer.is_member or draft is None or draft.report is not None:
            return False
        del data.drafts[key]
        return True


class MemoryReports:
    """`triage.ports.Reports`."""

    def __init__(self, begun: _Begun) -> None:
        self._begun = begun

    def add(self, report: Report) -> Report:
        data = self._begun.write()
        if any(kept.draft == report.draft and kept.workspace == report.workspace for kept in data.reports.values()):
            raise self._begun.failed(AlreadyFiled("This report is filed already."))
        number = data.next_report.get(report.workspace, 1)
        data.next_report[report.workspace] = number + 1
        filed = _kept_report(replace(report, number=number))
        data.reports[report.workspace, number] = filed
        self.add_verdict(report.workspace, number, report.scored)
        return filed

    def get(self, viewer: Viewer, number: int, *, lock: bool = False) -> Report | None:
        data = self._begun.write() if lock else self._begun.read()
        report = data.reports.get((viewer.workspace, number))
        return report if report is not None and _sees(viewer, report) else None

    def save(self, report: Report) -> bool:
        data = self._begun.write()
        before = data.reports.get((report.workspace, report.number))
        if before is None or before.version != report.version - 1:
            return False
        same = {"draft": before.draft, "reporter": before.reporter, "created_at": before.created_at}
        data.reports[report.workspace, report.number] = replace(_kept_report(report), **same)
        self.add_verdict(report.workspace, report.number, report.scored)
        return True

    def add_verdict(self, workspace: str, number: int, scored: Scored) -> int:
        data = self._begun.write()
        before = data.verdicts.get((workspace, number), ())
        if before and before[-1] == scored:
            return len(before)
        if scored.bar_hash not in data.bars or (workspace, number) not in data.reports:
            message = f"A verdict needs its report and its bar ({scored.bar_hash}) to be kept before it."
            raise self._begun.failed(LookupError(message))
        kept = replace(
            scored,
            case=_kept(models.verdicts, "case_json", scored.case),
            verdict=_kept(models.verdicts, "verdict_json", scored.verdict),
            at=_moment(scored.at),
        )
        data.verdicts[workspace, number] = (*before, kept)
        data.reports[workspace, number] = replace(data.reports[workspace, number], scored=kept)
        return len(before) + 1

    def verdicts(self, viewer: Viewer, number: int) -> Sequence[Scored]:
        return self._begun.read().verdicts[viewer.workspace, number] if self.get(viewer, number) else ()

    def add_event(self, workspace: str, number: int, event: Event) -> int:
        data = self._begun.write()
        if (workspace, number) not in data.reports:
            raise self._begun.failed(LookupError("An event needs its report to be filed before it."))
        before = data.events.get((workspace, number), ())
        words = {name: _kept(models.events, name, getattr(event, name)) for name in ("actor", "was", "now", "reason")}
        seq = len(before) + 1
        kept = replace(event, **words, at=_moment(event.at), data=_strings(event.data), seq=seq)
        data.events[workspace, number] = (*before, kept)
        return seq

    def events(self, viewer: Viewer, number: int) -> Sequence[Event]:
        return self._begun.read().events.get((viewer.workspace, number), ()) if self.get(viewer, number) else ()

    def systems(self, viewer: Viewer, prefix: str, limit: int) -> Sequence[str]:
        used: dict[str, list[Report]] = {}
        for report in self._begun.read().reports.values():
            folded = report.system.casefold()
            if _sees(viewer, report) and folded and storable(prefix).casefold() in folded:
                used.setdefault(folded, []).append(report)
        newest = [(len(group), max(group, key=lambda report: report.number)) for group in used.values()]
        newest.sort(key=lambda entry: (entry[0], entry[1].number), reverse=True)
        return [report.system for _, report in newest[:limit]]


class MemoryHistory:
    """`triage.ports.History`."""

    def __init__(self, begun: _Begun, meaning: Meaning | None) -> None:
        self._begun = begun
        self._meaning = meaning

    def similar(
        self, viewer: Viewer, text: str, limit: int, *, threat: str = "", system: str = "", besides: int = 0
    ) -> Sequence[Hit]:
        data = self._begun.read()
        visible = [report for report in data.reports.values() if _sees(viewer, report)]
        near = {"threat": threat, "system": system, "besides": besides, "meaning": self._meaning}
        hits = fake_history.similar(viewer, visible, text, limit, **near)
        drafts = {report.number: report.draft for report in visible}
        return [replace(hit, key=data.keys.get(drafts[hit.number], "")) for hit in hits]


class MemoryExchange:
    """`triage.ports.Exchange`."""

    def __init__(self, begun: _Begun, reports: MemoryReports) -> None:
        self._begun = begun
        self._reports = reports

    def take(self, workspace: str, batch: Iterable[Incoming]) -> int:
        data = self._begun.write()
        filed = 0
        for one in batch:
            mine = {report.draft: report for (team, _), report in data.reports.items() if team == workspace}
            names = {own_key(workspace, report.number) for report in mine.values() if report.draft not in data.keys}
            if one.report.draft in mine or one.key in names:
                continue
            report = self._reports.add(one.report)
            data.keys[report.draft] = storable(one.key)
            for event in life_of(one):
                self._reports.add_event(workspace, report.number, event)
            filed += 1
        return filed

    def page(
        self, viewer: Viewer, after: int, limit: int, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Exported]:
        data = self._begun.read()
        found = [
            report
            for report in data.reports.values()
            if _sees(viewer, report)
            and report.number > after
            and (since is None or report.created_at >= since)
            and (until is None or report.created_at < until)
        ]
        found.sort(key=lambda report: report.number)
        return [
            Exported(
                report,
                data.keys.get(report.draft) or own_key(report.workspace, report.number),
                self._reports.events(viewer, report.number),
            )
            for report in found[:limit]
        ]


class MemoryBars:
    """`triage.ports.Bars`."""

    def __init__(self, begun: _Begun) -> None:
        self._begun = begun

    def keep(self, bar: BugBar) -> None:
        self._begun.write().bars.setdefault(bar.hash, _kept(models.bars, "canonical", bar.canonical()))

    def text(self, bar_hash: str) -> str | None:
        return self._begun.read().bars.get(bar_hash)


class MemoryOpinions:
    """`triage.ports.Opinions`."""

    def __init__(self, begun: _Begun) -> None:
        self._begun = begun

    def put(self, viewer: Viewer, about: str, *, helped: bool) -> None:
        self._begun.write().opinions[viewer.workspace, about, viewer.user] = helped

    def count(self, workspace: str) -> tuple[int, int]:
        told = [helped for (where, _, _), helped in self._begun.read().opinions.items() if where == workspace]
        return sum(told), len(told) - sum(told)


class MemoryErrands:
    """`triage.ports.Errands`."""

    def __init__(self, begun: _Begun, clock: Clock, request: Callable[[], str]) -> None:
        self._begun = begun
        self._clock = clock
        self._request = request

    def put(self, errand: Errand) -> None:
        data = self._begun.write()
        data.serial += 1
        now = _moment(self._clock())
        kept = replace(errand, key=_kept(models.outbox, "key", errand.key), data=_strings(errand.data))
        waiting = Waiting(data.serial, kept, due=now, born=now, request=self._request())
        data.outbox.setdefault((errand.workspace, kept.key), waiting)


class MemoryWork:
    """`triage.ports.Work`."""

    def __init__(self, begun: _Begun, clock: Clock, request: Callable[[], str], meaning: Meaning | None) -> None:
        self._begun = begun
        self.drafts = MemoryDrafts(begun)
        self.reports = MemoryReports(begun)
        self.history = MemoryHistory(begun, meaning)
        self.exchange = MemoryExchange(begun, self.reports)
        self.opinions = MemoryOpinions(begun)
        self.bars = MemoryBars(begun)
        self.errands = MemoryErrands(begun, clock, request)
        self.lists = MemoryLists(begun.read)
        self.settings = MemorySettings(begun.read, begun.write)
        self.people = MemoryPeople(begun.read, begun.write)
        self.held = MemoryHeld(begun.read, begun.write, clock)
        self.lookers = MemoryLookers(begun.read, begun.write, self.errands.put, clock)

    def commit(self) -> None:
        self._begun.commit()


class MemoryPlace:
    """`triage.ports.WorkPlace`."""

    def __init__(
        self,
        store: MemoryStore,
        clock: Clock,
        request: Callable[[], str] = no_request,
        meaning: Meaning | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._request = request
        self._meaning = meaning

    @contextmanager
    def write(self) -> Iterator[MemoryWork]:
        with self._store.writing:
            yield MemoryWork(_Begun(self._store, writes=True), self._clock, self._request, self._meaning)

    @contextmanager
    def read(self) -> Iterator[MemoryWork]:
        yield MemoryWork(_Begun(self._store, writes=False), self._clock, self._request, self._meaning)


def _sees(viewer: Viewer, report: Report) -> bool:
    return may_see(
        viewer,
        workspace=report.workspace,
        reporter=report.reporter,
        restricted=report.restricted,
        named=report.named,
    )


def _kept(table: Table, column: str, text: str) -> str:
    """`text` as that column keeps it; refused where the column refuses it."""
    return str(table.c[column].type.process_bind_param(text, _DIALECT))  # type: ignore[attr-defined]


def _strings(data: dict[str, str]) -> dict[str, str]:
    return {storable(key): storable(value) for key, value in data.items()}


def _moment(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment needs its time zone: use datetime.now(UTC).")
    return moment.astimezone(UTC)


def _kept_report(report: Report) -> Report:
    words = {name: _kept(models.reports, name, getattr(report, name)) for name in ("title", "description", "system")}
    return replace(report, **words, created_at=_moment(report.created_at))
