"""What happened to a report, one sentence an event: in the card's thread, in direct messages and in its history."""

from dataclasses import replace
from datetime import datetime

from bot.render import words
from bot.render.blocks import Block, italic, rich, section
from bot.render.text import clip, clip_sent, literal, mention
from triage.asking import find_question
from triage.bar import UNKNOWN, UNKNOWN_LABEL, BugBar
from triage.reports import Event, EventKind, State

REASON_SHOWN = 1500


def sentence(event: Event, bar: BugBar) -> str:
    """The event as mark-up; what somebody typed is literal in it."""
    told = _SAYINGS[event.kind](event, bar) if event.kind in _SAYINGS else f"{who(event)} {event.kind} it."
    return f"{told} Reason: {literal(event.reason, REASON_SHOWN)}" if event.reason else told


def blocks(event: Event, bar: BugBar, *, before: str = "", reason_bytes: int = 0) -> list[Block]:
    """The same as blocks: our words as mark-up behind `before`, the reason as it was typed, cut to so many bytes of JSON."""
    told = [section(before + sentence(replace(event, reason=""), bar))]
    if event.reason:
        typed = clip_sent(event.reason, reason_bytes) if reason_bytes else clip(event.reason, REASON_SHOWN)
        told.append(rich([italic("Reason: "), typed]))
    return told


def who(event: Event) -> str:
    """Who did it; what time did is mlbug's own doing."""
    return mention(event.actor) if event.actor else "mlbug"


def day(at: datetime) -> str:
    """A day in the reader's zone and language."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}}|{at:%Y-%m-%d}>"


def _filed(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} filed it: {event.now}."


def _answers_changed(event: Event, _bar: BugBar) -> str:
    if event.was != event.now:
        return f"{who(event)} changed the answers: {event.was} → {event.now}."
    return f"{who(event)} changed the report; still {event.now}."


def _accepted(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} accepted it."


def _overridden(event: Event, _bar: BugBar) -> str:
    computed, rule = event.data.get("computed", ""), event.data.get("rule", "")
    says = f" The bar says {computed}{f', by rule {rule}' if rule else ''}." if computed else " It is outside the bar."
    return f"{who(event)} overrode the severity: {event.was} → {event.now}.{says}"


def _assigned(event: Event, _bar: BugBar) -> str:
    if event.now == event.actor:
        return f"{who(event)} took it."
    return f"{who(event)} gave it to <@{event.now}>." if event.now else f"{who(event)} took it from <@{event.was}>."


def _closed(event: Event, _bar: BugBar) -> str:
    match event.now:
        case State.FIXED:
            return f"{who(event)} closed it as fixed."
        case State.RISK_ACCEPTED:
            return f"{who(event)} accepted the risk{_until(event)}."
        case State.DECLINED:
            return f"{who(event)} declined it."
        case _:
            return f"{who(event)} withdrew it."


def _reopened(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} reopened it; it was {event.was}."


def _linked(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} linked it as a duplicate of {event.now or 'an earlier report'}."


def _unlinked(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} undid the link: it is no duplicate of {event.was or 'the earlier report'}."


def _restricted(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} restricted it: only its reporter, named people and triagers can read it."


def _unrestricted(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} lifted the restriction: everybody here can read it."


def _viewer_added(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} let <@{event.now}> read it."


def _viewer_removed(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} took <@{event.was}> off its readers."


def _asked(event: Event, bar: BugBar) -> str:
    return f"{who(event)} asked the reporter: {_question(event, bar)}"


def _answered(event: Event, bar: BugBar) -> str:
    question = find_question(bar, f"{event.data.get('threat', '')}.{event.data.get('question', '')}")
    given = event.data.get("answer", "")
    label = UNKNOWN_LABEL if given == UNKNOWN else given
    if question is not None:
        label = next((o.label for o in question.options if o.id == given), label)
    moved = f"{event.was} → {event.now}" if event.was != event.now else f"still {event.now}"
    return f"{who(event)} answered {_question(event, bar)} “{literal(label)}”: {moved}."


def _reminded(event: Event, _bar: BugBar) -> str:
    due = datetime.fromisoformat(event.data["due"]) if "due" in event.data else None
    when = words.fix_due(due, event.at) if due else "It has a deadline."
    if event.data.get("left"):
        return f"{when} Its owner, {mention(event.now)}, is no member here any more: assign it to somebody else."
    return f"{when} {'Its owner was reminded.' if event.now else 'It has no owner yet: assign it.'}"


def _snoozed(event: Event, _bar: BugBar) -> str:
    return f"{who(event)} put its reminders off{_until(event)}."


def _until(event: Event) -> str:
    if "day" in event.data:  # as it was chosen
        return f" until {event.data['day']}"
    return f" until {day(datetime.fromisoformat(event.data['until']))}" if "until" in event.data else ""


def _question(event: Event, bar: BugBar) -> str:
    key = f"{event.data.get('threat', '')}.{event.data.get('question', '')}"
    question = find_question(bar, key)
    return f"“{literal(question.ask)}”" if question else "a question that the bar has no more"


_SAYINGS = {
    EventKind.FILED: _filed,
    EventKind.ANSWERS_CHANGED: _answers_changed,
    EventKind.ACCEPTED: _accepted,
    EventKind.OVERRIDDEN: _overridden,
    EventKind.ASSIGNED: _assigned,
    EventKind.CLOSED: _closed,
    EventKind.REOPENED: _reopened,
    EventKind.LINKED: _linked,
    EventKind.UNLINKED: _unlinked,
    EventKind.RESTRICTED: _restricted,
    EventKind.UNRESTRICTED: _unrestricted,
    EventKind.VIEWER_ADDED: _viewer_added,
    EventKind.VIEWER_REMOVED: _viewer_removed,
    EventKind.ASKED: _asked,
    EventKind.ANSWERED: _answered,
    EventKind.REMINDED: _reminded,
    EventKind.SNOOZED: _snoozed,
}
