"""What has to be told of an event, as errands: pure, and the same for every use case."""

import re
from dataclasses import replace

from triage.ports import Errand
from triage.reports import Event, EventKind, Report, report_name

QUIET = frozenset({EventKind.REMINDED, EventKind.SNOOZED})  # nothing of these in the card's thread, but see `nudges`
_PERMALINK = re.compile(
    r"/archives/(?P<channel>[A-Z0-9]+)/p(?P<seconds>[0-9]{10})(?P<micro>[0-9]{6})(?:.*[?&]thread_ts=(?P<thread>[0-9.]+))?"
)
REPORTER_HEARS = frozenset(
    {
        EventKind.FILED,
        EventKind.ACCEPTED,
        EventKind.OVERRIDDEN,
        EventKind.CLOSED,
        EventKind.REOPENED,
        EventKind.LINKED,
        EventKind.UNLINKED,
        EventKind.UNRESTRICTED,
    }
)


def outgoing(report: Report, event: Event, *, webhook: bool) -> list[Errand]:
    """The errands of an event that has its seq: card, thread, direct messages, webhook. What follows comes after."""
    card = f"{report.name}:card"
    if event.kind is EventKind.FILED:
        errands = [_errand(report, card, "card", event)]
        if place := source_place(report.source):
            errands.append(replace(_errand(report, f"{report.name}:source", "source", event), data=place))
    else:
        errands = [_errand(report, f"{report.name}:card_edit:{event.seq}", "card_edit", event, follows=card)]
        if event.kind not in QUIET or event.data.get("channel"):
            errands.append(_errand(report, f"{report.name}:thread:{event.seq}", "thread", event, follows=card))
    if event.kind is EventKind.RESTRICTED or event.data.get("restricted"):
        # What the thread said while the report was open is said again, as one may say it now.
        errands += [
            _errand(
                report, f"{report.name}:hush:{seq}:{event.seq}", "hush", event, follows=f"{report.name}:thread:{seq}"
            )
            for seq in range(2, event.seq)
        ]
    for person in sorted(_hearers(report, event)):
        errands.append(_errand(report, f"{report.name}:dm:{event.seq}:{person}", "dm", event, to=person))
    if event.kind is EventKind.ASKED:
        errands.append(_errand(report, f"{report.name}:ask:{event.seq}", "question", event, to=report.reporter))
    if webhook:
        errands.append(_errand(report, f"{report.name}:webhook:{event.seq}", "webhook", event))
    return errands


def relinked(earlier: int, report: Report) -> Errand:
    """The earlier report's card, drawn again because a repeat (as it was before that) is linked to it or taken from it."""
    name = report_name(earlier)
    key = f"{name}:card_edit:{report.name}:{report.version}"
    return Errand(key, "card_edit", report.workspace, earlier, follows=f"{name}:card")


def retold(report: Report, person: str) -> Errand:
    """The last change of `report`, told to one more person: to the owner of the report that it repeats."""
    return Errand(
        f"{report.name}:dm:{report.version}:{person}",
        "dm",
        report.workspace,
        report.number,
        person,
        event=report.version,
    )


def source_place(permalink: str) -> dict[str, str]:
    """Channel and thread of the message that a report began with; empty where it began with none."""
    found = _PERMALINK.search(permalink)
    if found is None:
        return {}
    thread = found["thread"] or f"{found['seconds']}.{found['micro']}"
    return {"channel": found["channel"], "thread": thread}


def _hearers(report: Report, event: Event) -> set[str]:
    people = {report.reporter} if event.kind in REPORTER_HEARS else set()
    if event.kind in {EventKind.ASSIGNED, EventKind.VIEWER_ADDED} and event.now:
        people.add(event.now)
    if report.owner and event.kind in {EventKind.CLOSED, EventKind.REOPENED, EventKind.LINKED}:
        people.add(report.owner)
    return people if event.kind is EventKind.FILED else people - {event.actor}


def _errand(report: Report, key: str, kind: str, event: Event, *, to: str = "", follows: str = "") -> Errand:
    return Errand(key, kind, report.workspace, report.number, to=to, follows=follows, event=event.seq)
