"""The proofs a bar must pass before it is used; all problems are found at once, none stops the search.

Names first (``soundness_names``): what is named exists, no id or code twice. Urgency (``soundness_urgency``). Then, threat
by threat, over all rows of answers: severities stay inside the range and all of it is reachable; one worse answer never
lowers the severity; every question can change it (where the range is more than one point); no rule is idle. At last
the texts fit (``text_limits``).
"""

from collections.abc import Iterator

from triage import soundness_deprecated, soundness_names, soundness_urgency, text_limits
from triage.bar_parts import BugBar, Threat
from triage.problem import Problem
from triage.severity import SEVERITIES
from triage.tables import Firing, ThreatTable

ROWS_MAX = 100_000
"""How many rows of answers one threat may have: enough for five questions of nine options, and quick to walk."""


def problems(bar: BugBar) -> list[Problem]:
    """Return everything that is wrong with a bar whose shape is right; empty if it is sound."""
    found = [*soundness_names.problems(bar), *soundness_urgency.problems(bar), *text_limits.problems(bar)]
    found += soundness_deprecated.problems(bar)
    for threat in bar.threats:
        found += threat_problems(threat)
    return found


def threat_problems(threat: Threat) -> list[Problem]:
    """Return what is wrong with one threat by itself."""
    found = [*soundness_names.threat_problems(threat), *_outside_range(threat)]
    # Rows can be walked only where every name in the rules means something.
    rows = [] if found else list(_walk(threat))
    return [*found, *text_limits.threat_problems(threat), *rows]


def _outside_range(threat: Threat) -> Iterator[Problem]:
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


def _walk(threat: Threat) -> Iterator[Problem]:
    rows = 1
    for question in threat.questions:
        rows *= len(question.options)
    if rows > ROWS_MAX:
        yield Problem("schema", threat.id, f"{rows:,} rows of answers are more than {ROWS_MAX:,}. Ask fewer questions.")
        return
    table = ThreatTable(threat)
    yield from _unreachable(table)
    for at, question in enumerate(threat.questions):
        better, worse = _neighbours(table, at)
        where = f"{threat.id}.{question.id}"
        if any(before > after for before, after in zip(better, worse, strict=True)):
            yield Problem(
                "not-monotone",
                where,
                "A worse answer can lower the severity: a rule is milder than the default. Let the default be mildest.",
            )
        if threat.range[0] is not threat.range[1] and better == worse:
            yield Problem(
                "idle-question", where, "No answer to it changes the severity. Use it in a rule, or remove it."
            )
    yield from _redundant(table)


def _unreachable(table: ThreatTable) -> Iterator[Problem]:
    reached = set(table.ranks)
    low, high = table.threat.range
    for severity in SEVERITIES[low.rank : high.rank + 1]:
        if severity.rank not in reached:
            yield Problem(
                "severity-unreachable",
                table.threat.id,
                f"No answers give {severity.value}. Add a rule for it, or narrow the range.",
            )


def _neighbours(table: ThreatTable, at: int) -> tuple[list[int], list[int]]:
    """Return the severity ranks of all rows that can get worse in one question, and those one step worse."""
    stride, last = table.strides[at], table.worst[at]
    block = stride * (last + 1)
    better: list[int] = []
    worse: list[int] = []
    for start in range(0, table.size, block):
        better += table.ranks[start : start + stride * last]
        worse += table.ranks[start + stride : start + block]
    return better, worse


def _redundant(table: ThreatTable) -> Iterator[Problem]:
    """A rule is idle if another one, at least as grave, fires on its least bad row: then it fires on all its rows.

    Of two rules that cover each other, the later one is the idle one.
    """
    threat = table.threat
    for number, firing in enumerate(table.firings):
        where = f"{threat.id}.{firing.rule.id}"
        corner = table.corner(firing)
        covers = [
            other.rule.id
            for other_number, other in enumerate(table.firings)
            if other_number != number
            and other.rank >= firing.rank
            and _fires(other, corner)
            and (other_number < number or not _cover_each_other(table, firing, other))
        ]
        if covers:
            yield Problem("redundant-rule", where, f"{covers[0]} fires whenever this rule does. Remove one of them.")
        elif firing.rank == threat.default.severity.rank:
            yield Problem("redundant-rule", where, "It gives what the default gives anyway. Remove it.")


def _cover_each_other(table: ThreatTable, one: Firing, other: Firing) -> bool:
    return one.rank == other.rank and table.corner(one) == table.corner(other)


def _fires(firing: Firing, row: tuple[int, ...]) -> bool:
    return all(row[at] >= need for at, need in firing.conditions)
