"""A bar compiled for scoring: for each threat the severity of every row of answers, as numbers.

A row is one full set of answers; its place is the sum of ``option's place x question's stride``. Rules are conjunctions
of "at least", so a rule fills a box of rows from its corner to the worst row.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from triage.bar_parts import OUT_OF_SCOPE, UNKNOWN, BugBar, Default, FailureMode, Question, Threat, Variant

State = tuple[int, ...]
"""The place of the answer to each question of a threat, in order; ``OPEN`` where it is unknown."""

OPEN = -1
OUTSIDE = -1
"""Stands for a severity rank where the bar does not apply: below all of them."""


class Span(NamedTuple):
    """Severity ranks at the best and worst completion of the unknown answers; ``None`` where the bar does not apply."""

    low: int | None
    high: int | None


class Firing(NamedTuple):
    """A rule, the places of its conditions, and its severity's rank."""

    rule: Default
    conditions: tuple[tuple[int, int], ...]
    rank: int


class ThreatTable:
    """All rows of one threat."""

    def __init__(self, threat: Threat) -> None:
        self.threat = threat
        self.questions: tuple[Question, ...] = threat.questions
        self.ids: tuple[str, ...] = tuple(question.id for question in threat.questions)
        self.index: dict[str, int] = {question_id: at for at, question_id in enumerate(self.ids)}
        self.places: tuple[dict[str, int], ...] = tuple(
            {**{option.id: place for place, option in enumerate(question.options)}, UNKNOWN: OPEN}
            for question in threat.questions
        )
        self.variants: dict[str, Variant] = {variant.id: variant for variant in threat.variants}
        self.worst: tuple[int, ...] = tuple(len(question.options) - 1 for question in threat.questions)
        strides: list[int] = []
        size = 1
        for last in reversed(self.worst):
            strides.insert(0, size)
            size *= last + 1
        self.strides: tuple[int, ...] = tuple(strides)
        self.size = size
        self.firings: tuple[Firing, ...] = tuple(
            Firing(
                rule,
                tuple((self.index[q], self.places[self.index[q]][o]) for q, o in rule.when.items()),
                rule.severity.rank,
            )
            for rule in threat.rules
        )
        self.ranks: list[int] = self._fill()
        self.qualifier: tuple[int, int] | None = None
        if threat.qualifier:
            at = self.index[threat.qualifier.question]
            self.qualifier = (at, self.places[at][threat.qualifier.min])

    def rows_from(self, corner: tuple[int, ...]) -> list[int]:
        """Return the places of all rows that are at least as bad as ``corner`` in every question."""
        rows = [0]
        for stride, start, last in zip(self.strides, corner, self.worst, strict=True):
            steps = [stride * place for place in range(start, last + 1)]
            rows = [row + step for row in rows for step in steps]
        return rows

    def corner(self, firing: Firing) -> tuple[int, ...]:
        """Return the least bad answers that make a rule fire."""
        needed = dict(firing.conditions)
        return tuple(needed.get(at, 0) for at in range(len(self.ids)))

    def _fill(self) -> list[int]:
        # Worse rules overwrite milder ones; the default is left where none fires.
        ranks = [self.threat.default.severity.rank] * self.size
        for firing in sorted(self.firings, key=lambda firing: firing.rank):
            for row in self.rows_from(self.corner(firing)):
                ranks[row] = firing.rank
        return ranks

    def own_ranks(self) -> list[int]:
        """Return the severity rank of every row by this threat's rules; ``OUTSIDE`` where its qualifier fails."""
        if self.qualifier is None:
            return self.ranks
        at, need = self.qualifier
        stride, options = self.strides[at], self.worst[at] + 1
        return [rank if row // stride % options >= need else OUTSIDE for row, rank in enumerate(self.ranks)]

    def ends(self, state: State) -> tuple[int, int]:
        """Return the severity ranks with every unknown at its best and at its worst, by this threat's rules alone."""
        low = high = 0
        for place, stride, last in zip(state, self.strides, self.worst, strict=True):
            if place < 0:
                high += stride * last
            else:
                low += stride * place
                high += stride * place
        return self.ranks[low], self.ranks[high]

    def firing(self, state: State) -> tuple[Default, tuple[int, ...], tuple[int, ...]]:
        """Return the rule that gives the high end, the questions that fired it, and those it has to assume.

        Of several rules of that severity the one that assumes least, then the first.
        """
        high = self.ends(state)[1]
        best: tuple[Default, tuple[int, ...], tuple[int, ...]] | None = None
        for firing in self.firings:
            if firing.rank != high or not all(state[at] < 0 or state[at] >= need for at, need in firing.conditions):
                continue
            assumed = tuple(at for at, need in firing.conditions if state[at] < 0 and need > 0)
            if best is None or len(assumed) < len(best[2]):
                best = (firing.rule, tuple(at for at, _ in firing.conditions if state[at] >= 0), assumed)
        return best or (self.threat.default, (), ())


class Filed(NamedTuple):
    """A threat as it was filed, with its answers."""

    table: ThreatTable
    state: State


class Settled(NamedTuple):
    """A filed threat after its qualifier was looked at.

    ``table`` is the threat that is rated; ``route`` is set instead of a rating where the qualifier leads out of the bar.
    """

    table: ThreatTable
    state: State
    filed_as: ThreatTable
    route: str | None


class Tables:
    """All threats of one bar, and how a threat hands over to another."""

    def __init__(self, bar: BugBar) -> None:
        self.bar = bar
        self.threats: dict[str, ThreatTable] = {threat.id: ThreatTable(threat) for threat in bar.threats}
        self.gates: dict[str, dict[str, str | None]] = {
            gate.id: {**{option.id: option.route for option in gate.options}, UNKNOWN: None} for gate in bar.gates
        }
        self.urgency: dict[str, dict[str, int]] = {
            question.id: {**{option.id: place for place, option in enumerate(question.options)}, UNKNOWN: OPEN}
            for question in bar.urgency.questions
        }
        self.failure_modes: dict[str, FailureMode] = {mode.id: mode for mode in bar.failure_modes}
        self._carried: dict[str, tuple[int, ...]] = {}
        for table in self.threats.values():
            other = self.handover(table)
            if other:
                self._carried[table.threat.id] = tuple(_same_question(table, other, at) for at in range(len(other.ids)))
        self.headlines: dict[str, list[int]] = {
            threat_id: self._headlines(table) for threat_id, table in self.threats.items()
        }

    def handover(self, table: ThreatTable) -> ThreatTable | None:
        """Return the threat that takes over where the qualifier fails; ``None`` where that is outside the bar."""
        qualifier = table.threat.qualifier
        if qualifier is None or qualifier.otherwise.startswith(OUT_OF_SCOPE):
            return None
        return self.threats[qualifier.otherwise]

    def carry(self, table: ThreatTable, state: State) -> State:
        """Return the answers that the threat taking over already has: those to the questions both ask alike."""
        return tuple(state[at] if at >= 0 else OPEN for at in self._carried[table.threat.id])

    def qualifies(self, table: ThreatTable, state: State) -> bool | None:
        """Whether the threat applies; ``None`` while that is unknown."""
        if table.qualifier is None:
            return True
        at, need = table.qualifier
        return None if state[at] < 0 else state[at] >= need

    def span(self, table: ThreatTable, state: State) -> Span:
        """Return the severity interval, through handovers; both candidates count while the qualifier is unknown.

        A candidate outside the bar has no severity and does not widen the interval.
        """
        low, high = table.ends(state)
        holds = self.qualifies(table, state)
        if holds is True:
            return Span(low, high)
        other_table = self.handover(table)
        other = Span(None, None) if other_table is None else self.span(other_table, self.carry(table, state))
        if holds is False or other.low is None or other.high is None:
            return other if holds is False else Span(low, high)
        return Span(min(low, other.low), max(high, other.high))

    def fill(self, filed: Sequence[Filed]) -> tuple[Filed, ...]:
        """Give a threat that is filed beside one that hands over to it the answers of that one which it lacks itself."""
        filled = list(filed)
        for table, state in filed:
            target = self._follow(table, state)
            for at, twin in enumerate(filled):
                if twin.table is target.table and twin.table is not table:
                    both = zip(twin.state, target.state, strict=True)
                    filled[at] = Filed(twin.table, tuple(own if own >= 0 else other for own, other in both))
        return tuple(filled)

    def settle(self, filed: Sequence[Filed]) -> list[Settled]:
        """Follow each failed qualifier; a threat handed over to one that is filed as well is left to that one."""
        followed = [self._follow(table, state) for table, state in filed]
        tables = [table for table, _ in filed]
        return [one for one in followed if one.table is one.filed_as or one.table not in tables]

    def _follow(self, table: ThreatTable, state: State) -> Settled:
        here, answers = table, state
        while self.qualifies(here, answers) is False:
            other = self.handover(here)
            if other is None:
                target = here.threat.qualifier.otherwise if here.threat.qualifier else ""
                return Settled(here, answers, table, target.removeprefix(OUT_OF_SCOPE))
            here, answers = other, self.carry(here, answers)
        return Settled(here, answers, table, None)

    def _headlines(self, table: ThreatTable) -> list[int]:
        """Return the high end of every row through handovers, what the other threat asks besides at its worst."""
        if table.qualifier is None:
            return table.ranks
        rows = product(*(range(worst + 1) for worst in table.worst))
        highs = (self.span(table, row).high for row in rows)
        return [OUTSIDE if high is None else high for high in highs]

    def tracks(self, tables: Sequence[ThreatTable]) -> list[list[int]]:
        """Return for each of the threats of one case the severity rank of every row; ``OUTSIDE`` where it leaves the bar.

        Beside the threat that takes it over a threat counts only while its own qualifier holds.
        """
        return [
            table.own_ranks() if self.handover(table) in tables else self.headlines[table.threat.id] for table in tables
        ]


def _same_question(table: ThreatTable, other: ThreatTable, at: int) -> int:
    question = other.questions[at]
    mine = table.index.get(question.id, OPEN)
    return mine if mine != OPEN and table.places[mine] == other.places[at] else OPEN


@lru_cache(maxsize=8)
def compiled(bar: BugBar) -> Tables:
    """Return the bar's tables; made once a bar."""
    return Tables(bar)
