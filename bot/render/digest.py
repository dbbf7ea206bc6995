"""The weekly digest: a message that can be read to its end, and the details in its thread.

Restricted reports are in none of it, but for one number that is only said in bands.
"""

from datetime import timedelta
from typing import Any

from bot.render import figures as parts
from bot.render.blocks import Block, Part, bold, context, header, section
from bot.render.text import literal, one_line
from bot.render.words import moment
from triage.digest import Digest
from triage.figures import Figures, Repeated

Message = dict[str, Any]

NEW, OVERDUE, REPEATED = 8, 8, 5  # entries in the message; more are in the thread
MORE = 25  # entries in the thread
THREAD = "see the thread."
ASK = "type `/mlbug list` to see them."


def message(digest: Digest, *, charts: bool) -> Message:
    """The digest. `charts`: whether the workspace knows charts and tables."""
    made = digest.figures
    if made.quiet:
        line = f"{_title(digest)}: a quiet week. Nothing came in, nothing waits, nothing is overdue."
        small = [context(*_notes(digest))]
        return {"text": parts.spoken([line, *_notes(digest)]), "blocks": [section(line), *small]}
    numbers = parts.severity_table if charts else parts.severity_words
    drawn = parts.charts(made) if charts else [section(_lines(parts.weeks_words(made), parts.ages_words(made)))]
    blocks: list[Block] = [
        header(_title(digest)),
        section(_summary(made)),
        numbers(made, "Came in", "Week before"),
        *drawn,
        *_new(made),
        *_overdue(made),
        *_repeated(made, REPEATED),
        *([section(rest)] if (rest := _rest(made)) else []),
        context(*_notes(digest), "Details are in the thread."),
    ]
    return {"text": _text(digest), "blocks": blocks}


def details(digest: Digest) -> Message:
    """What stands in the digest's thread: the longer lists, and the figures for whoever wants to know."""
    made = digest.figures
    asof = made.window.asof
    new = [parts.report_line(report) for report in made.new[:MORE]]
    late = [parts.overdue_line(report, asof, mention=False) for report in made.overdue_worst[:MORE]]
    asked = [
        parts.report_line(report, f" · asked {parts.span((asof - report.since).total_seconds())} before")
        for report in made.asked_longest[:MORE]
        if report.since
    ]
    blocks: list[Block] = [
        section(f"*Details of {_title(digest)}*"),
        *parts.listing("New Criticals and Importants", new, _new_in_all(made), ASK),
        *parts.listing("Overdue", late, made.overdue.total, "type `/mlbug list overdue` to see them."),
        *parts.listing("Waiting for an answer from the reporter", asked, made.asked, ASK),
        *_repeated(made, MORE),
        *([section("\n".join(facts))] if (facts := figures_lines(made)) else []),
    ]
    return {"text": parts.spoken([f"Details of {_title(digest)}", *figures_lines(made)]), "blocks": blocks}


def figures_lines(made: Figures) -> list[str]:
    """The figures that are words only, one line each, what is nothing left out. Typed words in them are made literal."""
    threats = ", ".join(f"{parts.threat_words(threat)} {number}" for threat, number in made.threats)
    systems = ", ".join(f"{literal(one_line(name, 75), 150)} {number}" for name, number in made.systems)
    rules = ", ".join(
        f"{rate.rule} {rate.overridden} of {rate.decided}{' (suspect)' if rate.suspect else ''}" for rate in made.rules
    )
    more = f", others {made.other_systems}" if made.other_systems else ""
    share = f"{made.intervals} of {made.rated}" if made.rated else ""
    facts = (
        ("Closed", parts.closed_words(made.closed)),
        ("By threat", threats),
        ("By system", f"{systems}{more}" if systems else ""),
        ("With an open interval, because answers are missing", share),
        ("Overrides by rule, in the weeks of the chart", rules),
        ("Time to accept", parts.times_words(made.accept)),
        ("Time to fix", parts.times_words(made.fix)),
        ("Open by age", parts.ages_list(made)),
    )
    return [f"*{name}:* {words}." for name, words in facts if words]


def _title(digest: Digest) -> str:
    first = digest.week.monday
    last = first + timedelta(days=6)
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"Security digest, week {digest.week.number} ({begins} to {last.day} {last:%b %Y})"


def _summary(made: Figures) -> str:
    came, before = made.came_in.total, made.came_before.total
    so_far = " so far" if made.window.running else ""
    lines = [f"*{_count(came, 'report')} came in{so_far}*, {before} the week before." + _mix(made)]
    done = [f"{made.accept.number} accepted"] if made.accept.number else []
    done += [f"{made.all_closed} closed ({parts.closed_words(made.closed)})"] if made.all_closed else []
    if done:
        lines.append(f"{' and '.join(done)}.")
    standing = f"*{made.open.total} open*, *{made.overdue.total} overdue*."
    lines.append(_joined(standing, parts.waiting_words(made)))
    return "\n".join(lines)


def _mix(made: Figures) -> str:
    words = parts.mix_words(made.came_in)
    return f" {words}." if words else ""


def _new_in_all(made: Figures) -> int:
    return made.came_in.critical + made.came_in.important


def _new(made: Figures) -> list[Block]:
    lines = [parts.report_line(report) for report in made.new[:NEW]]
    return parts.listing("New Criticals and Importants", lines, _new_in_all(made), THREAD)


def _overdue(made: Figures) -> list[Block]:
    worst = made.overdue_worst[:OVERDUE]
    lines = [parts.overdue_line(report, made.window.asof, mention=True) for report in worst]
    return parts.listing("Overdue", lines, made.overdue.total, THREAD)


def _repeated(made: Figures, most: int) -> list[Block]:
    lines = [repeat_line(repeat) for repeat in made.repeated[:most]]
    title = f"Asked again: {_count(made.repeats, 'report')} linked to an earlier one"
    return parts.listing(title, lines, len(made.repeated), THREAD)


def repeat_line(repeat: Repeated) -> list[Part]:
    """A report that others repeat, in a bulleted list."""
    times = "once" if repeat.times == 1 else f"{repeat.times} times"
    return [bold(f"{repeat.name} · {times}"), " · ", one_line(repeat.title, parts.TITLE)]


def _rest(made: Figures) -> str:
    times = (("Time to accept", parts.times_words(made.accept)), ("Time to fix", parts.times_words(made.fix)))
    return _lines(*(f"{name}: {words}." for name, words in times if words), parts.override_words(made))


def _notes(digest: Digest) -> list[str]:
    notes = [f"Restricted reports: {digest.figures.restricted_band}, not counted here."]
    if digest.missed is not None:
        notes.insert(0, f"Posted late: it was due {moment(digest.missed)}.")
    if digest.changed is not None:
        notes.append(f"Figures changed after it was posted, last seen {moment(digest.changed)}.")
    return notes


def _text(digest: Digest) -> str:
    """All of it for screen readers and notifications: the number first, then the lists."""
    made = digest.figures
    asof = made.window.asof
    new = [parts.report_text(report) for report in made.new[:NEW]]
    late = [parts.overdue_text(report, asof) for report in made.overdue_worst[:OVERDUE]]
    again = [
        f"{repeat.name}, {repeat.times}×: {literal(one_line(repeat.title, parts.TITLE), 2 * parts.TITLE)}"
        for repeat in made.repeated[:REPEATED]
    ]
    return parts.spoken(
        [
            _title(digest),
            _summary(made).replace("*", ""),
            parts.weeks_words(made),
            parts.ages_words(made),
            *(["New Criticals and Importants:", *new] if new else []),
            *(["Overdue:", *late] if late else []),
            *(["Asked again:", *again] if again else []),
            _rest(made),
            *_notes(digest),
        ]
    )


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
