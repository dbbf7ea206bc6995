"""What would move the severity, and what to ask next: searches over neighbouring answers.

Severity is monotone, so a smallest change moves all its answers in one direction: mixing in a step the other way could
be left out. An unknown answer stands at its worst, as in the headline; it can only be changed for the better.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, product
from operator import mul
from typing import NamedTuple

from triage.bar_parts import UNKNOWN
from triage.severity import SEVERITIES
from triage.tables import OPEN, OUTSIDE, Filed, State, Tables, ThreatTable
from triage.verdict import Change

CHANGES_MAX = 5
"""How many equally small changes are listed."""


class _Step(NamedTuple):
    """One answer of one filed threat, moved ``distance`` options to ``place``; its row is ``delta`` rows away."""

    threat: int
    question: int
    place: int
    distance: int
    delta: int


_Steps = tuple[_Step, ...]
_Move = tuple[_Steps, int]  # and the severity rank that it leads to


class _Search:
    """All rows of the threats of ``tables_of``, standing at ``places``: every unknown at its worst."""

    def __init__(self, tables: Tables, tables_of: Sequence[ThreatTable], places: Sequence[State]) -> None:
        self._tracks = tables.tracks(tables_of)
        self._tables = tables_of
        self._places = places
        self._rows: list[int] = [
            sum(map(mul, row, table.strides)) for row, table in zip(places, tables_of, strict=True)
        ]
        self.now = self._after(())

    def _after(self, steps: Sequence[_Step]) -> int:
        if len(self._tracks) == 1:
            return self._tracks[0][self._rows[0] + sum([step.delta for step in steps])]
        rows = self._rows.copy()
        for step in steps:
            rows[step.threat] += step.delta
        return max(track[row] for track, row in zip(self._tracks, rows, strict=True))

    def ways(self, *, up: bool) -> list[_Steps]:
        """Return for each answer the steps it can take in one direction, the farthest last; empty if that moves nothing."""
        ways = [
            _way(threat, question, now, worst if up else 0, stride)
            for threat, (table, places) in enumerate(zip(self._tables, self._places, strict=True))
            for question, (now, worst, stride) in enumerate(zip(places, table.worst, table.strides, strict=True))
            if now != (worst if up else 0)
        ]
        return ways if self._after([way[-1] for way in ways]) != self.now else []

    def moves(self, ways: list[_Steps], size: int) -> Iterator[_Move]:
        """Yield what ``size`` of the answers can do together."""
        for chosen in combinations(ways, size):
            # If the farthest answers don't move it, nothing between does.
            if self._after([way[-1] for way in chosen]) == self.now:
                continue
            for steps in product(*chosen):
                result = self._after(steps)
                if result != self.now:
                    yield steps, result


@lru_cache(maxsize=4096)
def _way(threat: int, question: int, now: int, end: int, stride: int) -> _Steps:
    places = range(now + 1, end + 1) if end > now else range(now - 1, end - 1, -1)
    return tuple(_Step(threat, question, to, abs(to - now), (to - now) * stride) for to in places)


def what_would_change(tables: Tables, filed: Sequence[Filed]) -> tuple[Change, ...]:
    """Return the smallest sets of answer changes that move the headline, up or down.

    Smallest: fewest questions, then fewest steps. Equally small ones come in the order of the questions, the better
    answer first; at most ``CHANGES_MAX``.
    """
    places = tuple(
        tuple([worst if place == OPEN else place for place, worst in zip(state, table.worst, strict=True)])
        for table, state in filed
    )
    smallest = _smallest(tables, tuple([table for table, _ in filed]), places)
    together = len(smallest) > 0 and len(smallest[0][0]) > 1
    changes: list[Change] = []
    for number, (steps, result) in enumerate(smallest, start=1):
        for step in steps:
            table, state = filed[step.threat]
            question = table.questions[step.question]
            was = state[step.question]
            changes.append(
                Change(
                    question=question.id,
                    from_=UNKNOWN if was == OPEN else question.options[was].id,
                    to=question.options[step.place].id,
                    severity=None if result == OUTSIDE else SEVERITIES[result],
                    set_=number if together else None,
                    threat=table.threat.id if len(filed) > 1 else None,
                )
            )
    return tuple(changes)


@lru_cache(maxsize=2048)
def _smallest(tables: Tables, tables_of: tuple[ThreatTable, ...], places: tuple[State, ...]) -> tuple[_Move, ...]:
    """Search once a row: which of the worst answers are only assumed makes no difference."""
    search = _Search(tables, tables_of, places)
    directions = (search.ways(up=False), search.ways(up=True))
    for size in range(1, max(map(len, directions)) + 1):
        moves = [move for ways in directions for move in search.moves(ways, size)]
        if moves:
            fewest = min(map(_distance, moves))
            smallest = [move for move in moves if _distance(move) == fewest]
            smallest.sort(key=lambda move: [(step.threat, step.question, step.place) for step in move[0]])
            return tuple(smallest[:CHANGES_MAX])
    return ()


def _distance(move: _Move) -> int:
    return sum(step.distance for step in move[0])


def ask_next(tables: Tables, table: ThreatTable, state: State) -> str | None:
    """Return the unknown question that shrinks the interval most on average over its answers.

    An unknown qualifier comes first: it says which threat this is. ``None`` when both ends agree.
    """
    if tables.qualifies(table, state) is None and table.threat.qualifier:
        return table.threat.qualifier.question
    low, high = table.ends(state)
    if low == high:
        return None
    best: tuple[float, str] | None = None
    for at in open_questions(table, state):
        spans = [table.ends((*state[:at], place, *state[at + 1 :])) for place in range(table.worst[at] + 1)]
        width = sum(end - start for start, end in spans) / len(spans)
        if best is None or width < best[0]:
            best = (width, table.ids[at])
    return best[1] if best else None


def open_questions(table: ThreatTable, state: State) -> tuple[int, ...]:
    """Return the places of the unknown questions that still matter: a rule that could raise the low end asks them."""
    low = table.ends(state)[0]
    wanted: set[int] = set()
    if table.qualifier and state[table.qualifier[0]] == OPEN:
        wanted.add(table.qualifier[0])
    for firing in table.firings:
        if firing.rank > low and all(state[at] == OPEN or state[at] >= need for at, need in firing.conditions):
            wanted |= {at for at, need in firing.conditions if state[at] == OPEN and need > 0}
    return tuple(sorted(wanted))
