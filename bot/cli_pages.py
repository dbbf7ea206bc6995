"""The engine's answers as pages of text for a terminal: a verdict, a threat, a bar."""

import shutil
import textwrap
from collections.abc import Iterable, Sequence

from triage.bar import BugBar, Gate, Named, Option, Problem, Question, Rule, Threat
from triage.scoring import Change, Deadline, Verdict

WIDTH_MAX = 100


def problems(found: Sequence[Problem]) -> str:
    """Everything that is wrong with a bar, one problem a paragraph."""
    many = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    return "\n".join([f"{many}:", *(f"  {one.where} [{one.code}]\n      {one.message}" for one in found)])


def size(bar: BugBar) -> str:
    """How much there is in a bar."""
    rows = 0
    for one in bar.threats:
        combinations = 1
        for question in one.questions:
            combinations *= len(question.options)
        rows += combinations
    questions = sum(len(one.questions) for one in bar.threats)
    return f"{len(bar.threats)} threats, {questions} questions, {rows:,} rows of answers"


def verdict(bar: BugBar, given: Verdict) -> str:
    """A verdict in full."""
    lines = [_headline(bar, given), "", *_wrapped(given.reason)]
    if given.route is not None:
        route = bar.route(given.route)
        lines += [*_wrapped(route.advice)]
    if given.failure_mode is not None:
        lines += _wrapped(f"Failure mode {given.failure_mode.number}: {given.failure_mode.label.lower()}.")
    if given.threat is not None:
        lines += _answers(bar, given)
    if given.what_would_change:
        lines += ["", "What would change it", *_bullets(_changes(given))]
    if given.ask_next is not None and given.threat is not None:
        question = bar.threat(given.threat).question(given.ask_next)
        lines += ["", f"Ask next ({question.who})", *_wrapped(question.ask, "  ")]
    if given.deadline is not None:
        lines += ["", f"{given.urgency}: {_clocks(given.deadline)}"]
    if given.also:
        lines += [
            "",
            "Tell as well",
            *_bullets(f"{bar.co_route(one).label}: {bar.co_route(one).help}" for one in given.also),
        ]
    if given.badges or given.notes:
        marks = [f"{badge.label}. {badge.note}" for badge in given.badges]
        lines += ["", "Notes", *_bullets([*marks, *given.notes])]
    if given.mitigations:
        lines += ["", "What helps", *_bullets(f"{one.name} ({one.id})" for one in given.mitigations)]
    lines += ["", f"Vector  {given.vector}", f"Bar     {given.bar.id} {given.bar.version}, {given.bar.hash[:19]}"]
    return "\n".join(lines)


def verdict_line(bar: BugBar, given: Verdict) -> str:
    """A verdict in one line, for many."""
    return f"{_headline(bar, given)}  {given.vector}"


def bar(shown: BugBar) -> str:
    """A whole bar on one page; each threat has a page of its own."""
    lines = [f"{shown.name} {shown.version} ({shown.id})", shown.hash, "", *_wrapped(shown.source.doc)]
    lines += [f"revision {shown.source.revision}, {shown.source.date}", shown.source.url, *_wrapped(shown.source.note)]
    lines += ["", "DOES IT APPLY"]
    for gate in shown.gates:
        lines += ["", *_asked(gate), *_options(gate.options)]
    lines += ["", "THREATS", "", *_wrapped(shown.choosing), ""]
    widest = max(len(one.id) for one in shown.threats)
    for one in shown.threats:
        lines += [f"  {one.code}  {one.id.ljust(widest)}  {_range(one)}", *_wrapped(one.summary, "      ")]
    lines += ["", "URGENCY", ""]
    scale = shown.urgency.question(shown.urgency.by)
    for severity, row in shown.urgency.table.items():
        cells = ", ".join(f"{option.id} {row[option.id]}" for option in scale.options if option.id in row)
        lines.append(f"  {severity.value.ljust(9)}  {cells}")
    raised = "; ".join(f"{one.question} is {one.min} or worse" for one in shown.urgency.escalators)
    lines += _wrapped(f"One step more urgent if {raised}.", "  ")
    lines += ["", *_wrapped("“mlbug bar show THREAT” shows a threat’s questions, rules and mappings.")]
    return "\n".join(lines)


def threat(bar: BugBar, shown: Threat) -> str:
    """One threat: what it is, what is asked, how it is rated, where else it is described."""
    lines = [f"{shown.name} ({shown.code}), {_range(shown)}", "", *_wrapped(shown.summary)]
    lines += ["", "EXAMPLES", *_bullets(shown.examples)]
    if shown.variants:
        lines += ["", "VARIANTS (they never change the severity)"]
        for variant in shown.variants:
            badge = f" [{bar.badge(variant.badge).label}]" if variant.badge else ""
            lines += _wrapped(f"{variant.label}: {variant.help} ({variant.id}){badge}", "  • ", "    ")
    lines += ["", "QUESTIONS (answers from least to most severe; “unknown” is always one)"]
    for question in shown.questions:
        lines += ["", *_asked(question), *_options(question.options)]
    lines += ["", "RULES (the gravest that fires wins)"]
    for rule in shown.rules:
        lines += [
            "",
            f"  {rule.id}  {rule.severity.value}",
            *_wrapped(f"if {_conditions(rule)}", "      "),
            *_wrapped(rule.why, "      "),
        ]
    lines += [
        "",
        f"  {shown.default.id}  {shown.default.severity.value}",
        *_wrapped("always" if not shown.rules else "otherwise", "      "),
    ]
    lines += _wrapped(shown.default.why, "      ")
    if shown.qualifier is not None:
        needed = shown.question(shown.qualifier.question).option(shown.qualifier.min)
        lines += [
            "",
            *_wrapped(f"Only if {shown.qualifier.question} is {needed.id}. Otherwise: {shown.qualifier.note}", "  "),
        ]
    if shown.also:
        lines += [
            "",
            "TELL AS WELL",
            *_bullets(f"{bar.co_route(one).label}: {bar.co_route(one).help}" for one in shown.also),
        ]
    if shown.notes:
        lines += ["", "NOTES", *_bullets(shown.notes)]
    lines += ["", "WHAT HELPS", *_bullets(f"{one.id}  {one.name}" for one in shown.mitigations)]
    lines += ["", "IN OTHER CATALOGUES", *_mappings(bar, shown)]
    lines += [
        "",
        *_wrapped(
            f"{bar.name} {bar.version}, after {bar.source.doc}, revision {bar.source.revision[:8]}. {bar.source.note}"
        ),
    ]
    return "\n".join(lines)


def _headline(bar: BugBar, given: Verdict) -> str:
    if given.severity is None or given.threat is None:
        return f"Outside the bar: {bar.route(given.route).label}" if given.route else "Outside the bar"
    open_end = (
        f", could be {given.severity_low.value}"
        if given.severity_low not in {None, given.severity} and given.severity_low
        else ""
    )
    return f"{given.severity.value}{open_end} · {given.urgency} · {bar.threat(given.threat).name} · rule {given.rule}"


def _answers(bar: BugBar, given: Verdict) -> list[str]:
    rated = bar.threat(given.threat or "")
    lines: list[str] = []
    if given.fired:
        said = [f"{rated.question(q).ask} {rated.question(q).option(o).label}" for q, o in given.fired.items()]
        lines += ["", "It rests on", *_bullets(said)]
    if given.assumed:
        lines += ["", "Assumed at the worst, because unknown", *_bullets(rated.question(q).ask for q in given.assumed)]
    others = [one for one in given.assessments if one.threat != given.threat]
    if others:
        told = [
            f"{bar.threat(one.threat).name}: {one.severity.value if one.severity else 'outside the bar'}"
            for one in others
        ]
        lines += ["", "Also rated", *_bullets(told)]
    return lines


def _changes(given: Verdict) -> list[str]:
    sets: dict[int, list[Change]] = {}
    for number, change in enumerate(given.what_would_change):
        sets.setdefault(change.set_ if change.set_ is not None else -1 - number, []).append(change)
    lines = []
    for together in sets.values():
        steps = " and ".join(f"{one.question} from {one.from_} to {one.to}" for one in together)
        result = together[0].severity
        lines.append(f"{steps}: {result.value if result else 'outside the bar'}")
    return lines


def _clocks(deadline: Deadline) -> str:
    contain = f", contain within {_span(deadline.contain_h)}" if deadline.contain_h else ""
    return f"first response within {_span(deadline.first_response_h)}{contain}, fix within {_span(deadline.fix_h)}"


def _span(hours: int) -> str:
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _range(shown: Threat) -> str:
    low, high = shown.range
    return low.value if low is high else f"{low.value} to {high.value}"


def _asked(asked: Gate | Question) -> list[str]:
    who = f", {asked.who} knows" if isinstance(asked, Question) else ""
    lines = _wrapped(asked.ask, "  ")
    lines.append(f"  {asked.id} ({asked.code}{who})")
    return lines + (_wrapped(asked.hint, "    ") if asked.hint else [])


def _options(options: Iterable[Option]) -> list[str]:
    lines: list[str] = []
    for place, option in enumerate(options):
        lines += _wrapped(f"{option.label} ({option.id})", f"    {place}  ", "       ")
        lines += _wrapped(option.help, "       ")
    return lines


def _conditions(rule: Rule) -> str:
    return " and ".join(f"{question} ≥ {option}" for question, option in rule.when.items())


def _mappings(bar: BugBar, shown: Threat) -> list[str]:
    names = {one.id: one.name for one in bar.catalogues}
    lines: list[str] = []
    for field in type(shown.mappings).model_fields:
        value: tuple[Named, ...] | str | None = getattr(shown.mappings, field)
        if not value:
            continue
        base = field.removesuffix("_also")
        title = names.get(base, base) + (", related" if field.endswith("_also") else "")
        entries = [value] if isinstance(value, str) else [f"{one.id}  {one.name}" for one in value]
        lines += ["", f"  {title}", *(line for entry in entries for line in _wrapped(entry, "    "))]
    return lines


def _bullets(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in _wrapped(text, "  • ", "    ")]


def _wrapped(text: str, first: str = "", then: str | None = None) -> list[str]:
    width = min(WIDTH_MAX, max(40, shutil.get_terminal_size((WIDTH_MAX, 24)).columns))
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if then is None else then,
        break_long_words=False,
        break_on_hyphens=False,
    )
