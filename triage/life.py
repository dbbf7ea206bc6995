"""The history of a report that comes from outside: its events read, and what they say that the record itself does not."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from triage.reports import Event, EventKind, Report, State
from triage.transfer import EVENT_FIELDS, IMPORTED, RowError

EVENTS_MAX: Final = 1000
WORD_MAX: Final = 64
TEXT_MAX: Final = 3000  # characters of what an event says: `from`, `to`, `why`
DATA_MAX: Final = 1500  # of its data as JSON

_SHAPE = f"A list of objects is needed here, each with {', '.join(EVENT_FIELDS[:3])}, as they are exported."


def events_of(told: Any, now: datetime) -> Iterator[Event]:
    """The events in a record. None lies after `now`. Raises `RowError`."""
    if not isinstance(told, list):
        raise RowError("events", _SHAPE)
    if len(told) > EVENTS_MAX:
        raise RowError("events", f"At most {EVENTS_MAX} events fit.")
    for event in told:
        if not isinstance(event, dict) or not event.keys() <= set(EVENT_FIELDS):
            raise RowError("events", _SHAPE)
        yield _event(event, now)


def _event(told: Mapping[str, Any], now: datetime) -> Event:
    text = {name: told.get(name, "") for name in EVENT_FIELDS[:-1]}
    if not all(isinstance(value, str) for value in text.values()):
        raise RowError("events", _SHAPE)
    try:
        kind = EventKind(text["what"])
    except ValueError:
        raise RowError("events", f"“what” is one of: {', '.join(EventKind)}.") from None
    if not text["when"]:
        raise RowError("events", "Each says when it was, like 2026-11-24T09:00:00Z.")
    if len(text["who"]) > WORD_MAX:
        raise RowError("events", f"At most {WORD_MAX} characters fit into “who”.")
    for name in ("from", "to", "why"):
        if len(text[name]) > TEXT_MAX:
            raise RowError("events", f"At most {TEXT_MAX} characters fit into “{name}”.")
    at = moment_of("events", text["when"], now)
    return Event(kind, at, text["who"], text["from"], text["to"], text["why"], _data(told.get("data") or {}))


def _data(told: Any) -> dict[str, str]:
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise RowError("events", "“data” is an object of texts.")
    if len(json.dumps(told)) > DATA_MAX:
        raise RowError("events", f"At most {DATA_MAX} characters fit into “data”.")
    return {name: value for name, value in told.items() if name != IMPORTED}


def lived(report: Report, life: Sequence[Event]) -> Report:
    """The report with what its history says of it: its owner, who may see it, since when it is accepted, until when a risk is."""
    owner, accepted_at, until = "", None, ""
    named: set[str] = set()
    restricted = _restricted_at_first(report, life)
    for event in life:
        match event.kind:
            case EventKind.ASSIGNED:
                owner = event.now
            case EventKind.RESTRICTED | EventKind.UNRESTRICTED:
                restricted = event.kind is EventKind.RESTRICTED
            case EventKind.VIEWER_ADDED:
                named.add(event.now)
            case EventKind.VIEWER_REMOVED:
                named.discard(event.was)
            case EventKind.ACCEPTED:
                accepted_at = event.at
            case EventKind.CLOSED:
                until = event.data.get("until", "")
        if restricted and event.kind in {EventKind.ASSIGNED, EventKind.RESTRICTED}:
            named.add(owner)  # whoever has to mend it may read it
    risk_until = moment_of("events", until) if until and report.state is State.RISK_ACCEPTED else None
    return replace(
        report,
        owner=owner[:WORD_MAX] or None,
        named=frozenset(person for person in named if 0 < len(person) <= WORD_MAX),
        accepted_at=accepted_at,
        risk_until=risk_until,
        wake_at=risk_until,
    )


def _restricted_at_first(report: Report, life: Sequence[Event]) -> bool:
    turned = (event.kind for event in life if event.kind in {EventKind.RESTRICTED, EventKind.UNRESTRICTED})
    first = next(turned, None)
    return report.restricted if first is None else first is EventKind.UNRESTRICTED


def moment_of(name: str, text: str, latest: datetime | None = None) -> datetime:
    """The moment that a text names, in UTC where it names no zone. Raises `RowError`, also where it lies after `latest`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RowError(name, "Write it like 2026-11-24T09:00:00Z.") from None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise RowError(name, "No calendar holds that moment.") from None
    if latest is not None and moment > latest:
        raise RowError(name, "It lies in the future.")
    return moment
