"""The proofs a bar must pass before it is used; all problems are found at once, none stops the search.

Names first: every question, option, threat and route that is named exists, no id or code twice. Then, threat by threat,
over all rows of answers: severities stay inside the range and all of it is reachable; one worse answer never lowers the
severity; every question can change it (where the range is more than one point); no rule is idle. At last the texts fit.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from triage import text_limits
from triage.bar_parts import OUT_OF_SCOPE, UNKNOWN, BugBar, Gate, Question, Threat
from triage.problem import Problem
from triage.severity import SEVERITIES, Severity
from triage.tables import Firing, ThreatTable

GATES = ("ml_target", "intent", "others_affected")
"""The gates that a case answers; a bar words them and says where each answer leads."""

URGENCY_QUESTIONS = ("maturity", "detect")
RESERVED_CODES = ("TH", "VA", "FM")
"""What the vector itself uses; no question may have such a code."""

_ROWS_MAX = 100_000


def problems(bar: BugBar) -> list[Problem]:
    """Return everything that is wrong with a bar whose shape is right; empty if it is sound."""
    found = [*_names(bar), *_gates(bar), *_urgency(bar), *text_limits.problems(bar)]
    for threat in bar.threats:
        found += _references(bar, threat)
        found += threat_problems(threat)
    return found


def threat_problems(threat: Threat) -> list[Problem]:
    """Return what is wrong with one threat by itself."""
    found = [*_threat_names(threat), *_threat_range(threat)]
    names_are_right = not found
    found += text_limits.threat_problems(threat)
    if names_are_right:
        found += _rows(threat)
    return found


def _names(bar: BugBar) -> Iterator[Problem]:
    yield from _twice("threats", (threat.id for threat in bar.threats))
    yield from _twice("gates", (gate.id for gate in bar.gates))
    yield from _twice("routes", (route.id for route in bar.routes))
    yield from _twice("co_routes", (co_route.id for co_route in bar.co_routes))
    yield from _twice("badges", (badge.id for badge in bar.badges))
    yield from _twice("failure_modes", (mode.id for mode in bar.failure_modes))
    yield from _twice("failure_modes", (str(mode.number) for mode in bar.failure_modes))
    yield from _twice("rules", (rule.id for threat in bar.threats for rule in (*threat.rules, threat.default)))
    yield from _twice("urgency", (question.id for question in bar.urgency.questions))
    for asked in (*bar.gates, *bar.urgency.questions):
        yield from _options_twice(asked, asked.id)
    yield from _code_twice("threats", ((threat.code, threat.id) for threat in bar.threats))
    shared = [(asked.code, asked.id) for asked in (*bar.gates, *bar.urgency.questions)]
    shared += [(code, "the vector itself") for code in RESERVED_CODES]
    yield from _code_twice("gates and urgency", shared)
    for threat in bar.threats:
        for question in threat.questions:
            for code, name in shared:
                if question.code == code:
                    yield Problem(
                        "duplicate-code",
                        f"{threat.id}.{question.id}",
                        f"The code {code} already stands for {name}. Choose another one.",
                    )


def _gates(bar: BugBar) -> Iterator[Problem]:
    names = {gate.id for gate in bar.gates}
    for gate_id in GATES:
        if gate_id not in names:
            yield Problem("schema", "gates", f"The gate {gate_id} is missing. Add it.")
    for gate in bar.gates:
        if gate.id not in GATES:
            yield Problem("schema", f"gates.{gate.id}", f"A case can answer only {', '.join(GATES)}. Remove this gate.")
        routes = {route.id for route in bar.routes}
        for option in gate.options:
            if option.route is not None and option.route not in routes:
                yield Problem(
                    "schema", f"gates.{gate.id}.{option.id}", f"There is no route {option.route}. Add it to the routes."
                )


def _urgency(bar: BugBar) -> Iterator[Problem]:
    urgency = bar.urgency
    asked = {question.id: question for question in urgency.questions}
    for question_id in asked:
        if question_id not in URGENCY_QUESTIONS:
            yield Problem(
                "schema", f"urgency.{question_id}", f"A case can answer only {', '.join(URGENCY_QUESTIONS)}. Remove it."
            )
    if urgency.by not in asked:
        yield Problem("unknown-question", "urgency.by", f"There is no urgency question {urgency.by}.")
        return
    options = [option.id for option in asked[urgency.by].options]
    yield from _assumed(bar, options)
    used = {severity for threat in bar.threats for severity in _between(*threat.range)}
    for severity in sorted(used, key=lambda severity: severity.rank):
        row = urgency.table.get(severity)
        if row is None:
            yield Problem("schema", "urgency.table", f"There is no row for {severity.value}. Add it.")
            continue
        for option in options:
            if option not in row:
                yield Problem("schema", f"urgency.table.{severity.value}", f"There is no entry for {option}. Add it.")
        for option in row:
            if option not in options:
                yield Problem(
                    "unknown-option", f"urgency.table.{severity.value}", f"{urgency.by} has no option {option}."
                )
    yield from _urgency_order(bar, options)
    yield from _clocks(bar)
    for escalator in urgency.escalators:
        yield from _escalator(bar, escalator.question, escalator.min)


def _assumed(bar: BugBar, options: list[str]) -> Iterator[Problem]:
    urgency = bar.urgency
    gates = {gate.id: gate for gate in bar.gates}
    gate = gates.get(urgency.assumed_from)
    if gate is None:
        yield Problem("unknown-question", "urgency.assumed_from", f"There is no gate {urgency.assumed_from}.")
        return
    for answer, assumed in urgency.assumed.items():
        if not gate.has_option(answer):
            yield Problem("unknown-option", f"urgency.assumed.{answer}", f"{gate.id} has no option {answer}.")
        if assumed not in options:
            yield Problem("unknown-option", f"urgency.assumed.{answer}", f"{urgency.by} has no option {assumed}.")


def _urgency_order(bar: BugBar, options: list[str]) -> Iterator[Problem]:
    """Worse maturity or a worse severity must not be less urgent; "P0" < "P1" as text."""
    table = bar.urgency.table
    for severity, row in table.items():
        for better, worse in zip(options, options[1:], strict=False):
            if better in row and worse in row and row[better] < row[worse]:
                yield Problem(
                    "not-monotone",
                    f"urgency.table.{severity.value}",
                    f"{worse} gives {row[worse]}, which is less urgent than {row[better]} for {better}.",
                )
    rising = sorted(table, key=lambda severity: severity.rank)
    for milder, graver in zip(rising, rising[1:], strict=False):
        for option in options:
            if table[milder].get(option, "P9") < table[graver].get(option, "P0"):
                yield Problem(
                    "not-monotone",
                    f"urgency.table.{graver.value}",
                    f"For {option} this is less urgent than {milder.value}.",
                )


def _clocks(bar: BugBar) -> Iterator[Problem]:
    used = {priority for row in bar.urgency.table.values() for priority in row.values()}
    # An escalator makes every priority but the first reachable one step up.
    reachable = used | {f"P{max(0, int(priority[1]) - 1)}" for priority in used}
    for priority in sorted(reachable):
        if priority not in bar.sla:
            yield Problem("schema", "sla", f"There are no clocks for {priority}. Add sla.{priority}.")


def _escalator(bar: BugBar, question_id: str, option_id: str) -> Iterator[Problem]:
    where = f"urgency.escalators.{question_id}"
    asked = [question for threat in bar.threats for question in threat.questions if question.id == question_id]
    asked += [question for question in bar.urgency.questions if question.id == question_id]
    if not asked:
        yield Problem("unknown-question", where, f"No threat asks {question_id}.")
    elif not all(question.has_option(option_id) for question in asked):
        yield Problem("unknown-option", where, f"{question_id} has no option {option_id} everywhere it is asked.")


def _references(bar: BugBar, threat: Threat) -> Iterator[Problem]:
    co_routes = {co_route.id for co_route in bar.co_routes}
    for co_route in threat.also:
        if co_route not in co_routes:
            yield Problem("schema", f"{threat.id}.also", f"There is no co-route {co_route}. Add it to the co-routes.")
    badges = {badge.id for badge in bar.badges}
    for variant in threat.variants:
        if variant.badge is not None and variant.badge not in badges:
            yield Problem("schema", f"{threat.id}.{variant.id}", f"There is no badge {variant.badge}. Add it.")
    if threat.qualifier is None:
        return
    target = threat.qualifier.otherwise
    where = f"{threat.id}.qualifier"
    if target.startswith(OUT_OF_SCOPE):
        if target.removeprefix(OUT_OF_SCOPE) not in {route.id for route in bar.routes}:
            yield Problem("schema", where, f"There is no route {target.removeprefix(OUT_OF_SCOPE)}.")
        return
    if not bar.has_threat(target):
        yield Problem("schema", where, f"There is no threat {target} to hand over to.")
        return
    if _leads_back(bar, threat):
        yield Problem("schema", where, "The handovers lead in a circle. Let one of them end outside the bar.")
    elif bar.threat(target).range[1] > threat.range[0]:
        yield Problem(
            "not-monotone",
            where,
            f"{target} can be graver than {threat.id}, though the answer that leads there is the better one.",
        )


def _leads_back(bar: BugBar, start: Threat) -> bool:
    seen = {start.id}
    here = start
    while here.qualifier is not None and bar.has_threat(here.qualifier.otherwise):
        here = bar.threat(here.qualifier.otherwise)
        if here.id in seen:
            return True
        seen.add(here.id)
    return False


def _threat_names(threat: Threat) -> Iterator[Problem]:
    yield from _twice(threat.id, (question.id for question in threat.questions))
    yield from _twice(f"{threat.id}.variants", (variant.id for variant in threat.variants))
    yield from _code_twice(threat.id, ((question.code, question.id) for question in threat.questions))
    for question in threat.questions:
        yield from _options_twice(question, f"{threat.id}.{question.id}")
    for rule in threat.rules:
        for question_id, option_id in rule.when.items():
            yield from _named(threat, f"{threat.id}.{rule.id}", question_id, option_id)
    if threat.qualifier is not None:
        yield from _named(threat, f"{threat.id}.qualifier", threat.qualifier.question, threat.qualifier.min)


def _named(threat: Threat, where: str, question_id: str, option_id: str) -> Iterator[Problem]:
    question = next((question for question in threat.questions if question.id == question_id), None)
    if question is None:
        yield Problem("unknown-question", where, f"{threat.id} has no question {question_id}.")
    elif not any(option.id == option_id for option in question.options):
        yield Problem("unknown-option", where, f"{question_id} has no option {option_id}.")


def _threat_range(threat: Threat) -> Iterator[Problem]:
    low, high = threat.range
    if low > high:
        yield Problem("schema", f"{threat.id}.range", "Give the lower severity first.")
        return
    for rule in (*threat.rules, threat.default):
        if not low <= rule.severity <= high:
            yield Problem(
                "outside-range",
                f"{threat.id}.{rule.id}",
                f"{rule.severity.value} lies outside the range {low.value} to {high.value}.",
            )


def _rows(threat: Threat) -> Iterator[Problem]:
    rows = 1
    for question in threat.questions:
        rows *= len(question.options)
    if rows > _ROWS_MAX:
        yield Problem(
            "schema", threat.id, f"{rows:,} rows of answers are more than {_ROWS_MAX:,}. Ask fewer questions."
        )
        return
    table = ThreatTable(threat)
    reached = set(table.ranks)
    for severity in _between(*threat.range):
        if severity.rank not in reached:
            yield Problem("severity-unreachable", threat.id, f"No answers give {severity.value}.")
    single_point = threat.range[0] is threat.range[1]
    for at, question in enumerate(threat.questions):
        lower, worse = _neighbours(table, at)
        if any(low > high for low, high in zip(lower, worse, strict=True)):
            yield Problem(
                "not-monotone",
                f"{threat.id}.{question.id}",
                f"A worse answer to {question.id} can lower the severity. Let the default be the mildest.",
            )
        if not single_point and lower == worse:
            yield Problem(
                "idle-question", f"{threat.id}.{question.id}", f"No answer to {question.id} changes anything."
            )
    yield from _redundant(table)


def _neighbours(table: ThreatTable, at: int) -> tuple[list[int], list[int]]:
    """Return the severity ranks of all rows that can get worse in one question, and those one step worse."""
    stride, last = table.strides[at], table.worst[at]
    block = stride * (last + 1)
    lower: list[int] = []
    worse: list[int] = []
    for start in range(0, table.size, block):
        lower += table.ranks[start : start + stride * last]
        worse += table.ranks[start + stride : start + block]
    return lower, worse


def _redundant(table: ThreatTable) -> Iterator[Problem]:
    """A rule is idle if another one, at least as grave, fires on its least bad row: then it fires on all its rows."""
    for firing in table.firings:
        corner = table.corner(firing)
        others = (other for other in table.firings if other is not firing and other.rank >= firing.rank)
        cover = next((other for other in others if _fires(other, corner)), None)
        threat = table.threat
        if cover is not None and not (
            _same(cover, firing) and table.firings.index(cover) > table.firings.index(firing)
        ):
            yield Problem(
                "redundant-rule", f"{threat.id}.{firing.rule.id}", f"{cover.rule.id} already covers it. Remove one."
            )
        elif cover is None and firing.rank == threat.default.severity.rank:
            yield Problem(
                "redundant-rule", f"{threat.id}.{firing.rule.id}", "It gives what the default gives. Remove it."
            )


def _same(one: Firing, other: Firing) -> bool:
    return one.rank == other.rank and sorted(one.conditions) == sorted(other.conditions)


def _fires(firing: Firing, row: tuple[int, ...]) -> bool:
    return all(row[at] >= need for at, need in firing.conditions)


def _between(low: Severity, high: Severity) -> tuple[Severity, ...]:
    return SEVERITIES[low.rank : high.rank + 1]


def _options_twice(asked: Gate | Question, where: str) -> Iterator[Problem]:
    yield from _twice(where, (option.id for option in asked.options))
    if any(option.id == UNKNOWN for option in asked.options):
        yield Problem("duplicate-id", where, "The answer unknown is always offered. Remove it from the options.")


def _twice(where: str, ids: Iterable[str]) -> Iterator[Problem]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield Problem("duplicate-id", where, f"The id {name} is there {count} times. Every id must differ.")


def _code_twice(where: str, codes: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    owners: dict[str, list[str]] = {}
    for code, name in codes:
        owners.setdefault(code, []).append(name)
    for code, names in owners.items():
        if len(names) > 1:
            yield Problem("duplicate-code", where, f"The code {code} stands for {' and '.join(names)}.")
