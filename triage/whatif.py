"""What would move the severity, and what to ask next: searches over neighbouring answers.

Severity is monotone, so a smallest change moves all its answers in one direction: mixing in a step the other way could
be left out. An unknown answer stands at its worst, as in the headline; it can only be changed for the better.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple

from triage.bar_parts import UNKNOWN
from triage.severity import SEVERITIES
from triage.tables import OPEN, Filed, State, Tables, ThreatTable
from triage.verdict import Change

CHANGES_MAX = 5
"""How many equally small changes are listed."""

_OUTSIDE = -1  # below every severity: a change may lead out of the bar


class _Spot(NamedTuple):
    """One answer of one filed threat, and the places it can take in one direction."""

    threat: int
    question: int
    now: int
    others: tuple[int, ...]


class _Move(NamedTuple):
    steps: int
    result: int
    places: tuple[tuple[_Spot, int], ...]


def what_would_change(tables: Tables, filed: Sequence[Filed]) -> tuple[Change, ...]:
    """Return the smallest sets of answer changes that move the headline, up or down.

    Smallest: fewest questions, then fewest steps. Equally small ones come in the order of the questions, downward first
    for the same question; at most ``CHANGES_MAX``.
    """
    now = _rank(tables.headline(filed))
    directions = (_spots(filed, up=False), _spots(filed, up=True))
    for size in range(1, max(map(len, directions)) + 1):
        moves = [move for spots in directions for move in _moves(tables, filed, spots, size, now)]
        if moves:
            return _changes(filed, moves)
    return ()


def _spots(filed: Sequence[Filed], *, up: bool) -> list[_Spot]:
    spots: list[_Spot] = []
    for threat, (table, state) in enumerate(filed):
        for question, (place, worst) in enumerate(zip(state, table.worst, strict=True)):
            now = worst if place == OPEN else place
            others = tuple(range(now + 1, worst + 1)) if up else tuple(range(now - 1, -1, -1))
            if others:
                spots.append(_Spot(threat, question, now, others))
    return spots


def _moves(tables: Tables, filed: Sequence[Filed], spots: list[_Spot], size: int, now: int) -> Iterator[_Move]:
    for chosen in combinations(spots, size):
        # If the farthest answers don't move it, nothing between does.
        if _rank(tables.headline(_with(filed, chosen, [spot.others[-1] for spot in chosen]))) == now:
            continue
        for places in product(*(spot.others for spot in chosen)):
            result = _rank(tables.headline(_with(filed, chosen, places)))
            if result != now:
                steps = sum(abs(place - spot.now) for spot, place in zip(chosen, places, strict=True))
                yield _Move(steps, result, tuple(zip(chosen, places, strict=True)))


def _with(filed: Sequence[Filed], spots: Sequence[_Spot], places: Sequence[int]) -> list[Filed]:
    changed = list(filed)
    for spot, place in zip(spots, places, strict=True):
        table, state = changed[spot.threat]
        changed[spot.threat] = Filed(table, (*state[: spot.question], place, *state[spot.question + 1 :]))
    return changed


def _changes(filed: Sequence[Filed], moves: list[_Move]) -> tuple[Change, ...]:
    fewest = min(move.steps for move in moves)
    smallest = [move for move in moves if move.steps == fewest]
    smallest.sort(key=lambda move: [(spot.threat, spot.question, place) for spot, place in move.places])
    together = len(smallest[0].places) > 1
    changes: list[Change] = []
    for number, move in enumerate(smallest[:CHANGES_MAX], start=1):
        for spot, place in move.places:
            table, state = filed[spot.threat]
            question = table.questions[spot.question]
            was = state[spot.question]
            changes.append(
                Change(
                    question=question.id,
                    from_=UNKNOWN if was == OPEN else question.options[was].id,
                    to=question.options[place].id,
                    severity=None if move.result == _OUTSIDE else SEVERITIES[move.result],
                    set_=number if together else None,
                    threat=table.threat.id if len(filed) > 1 else None,
                )
            )
    return tuple(changes)


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


def _rank(severity_rank: int | None) -> int:
    return _OUTSIDE if severity_rank is None else severity_rank
