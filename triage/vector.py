"""A case's answers as one line of text, there and back.

``AIBB:1.0/TH:DP/CO:2/DE:1/RE:X/BL:0/AC:2``: a prefix, then for each threat ``TH:`` and its code with the place of each
answer from 0 (least severe); ``X`` is unknown. Behind the last threat stand, where there is something to say, the urgency
answers (``MA:1/DT:2``), the gates (``G2:1``; one left out was answered by its last option: the bar applies), and the
number of an accident's failure mode (``FM:13``). A variant (``VA:2`` behind its threat's answers) is written where the
bar attaches a badge to it, or always if asked for: it never changes the severity.
"""

from collections.abc import Sequence

from triage.answers import Answers, look_up
from triage.bar_parts import UNKNOWN, BugBar, Option
from triage.case import Case, CaseError, Gates, ThreatCase, Urgency
from triage.tables import OPEN, Tables, ThreatTable, compiled

_UNKNOWN = "X"
_PART_SHOWN = 60


def to_vector(bar: BugBar, case: Case, *, variants: bool = False) -> str:
    """Return the vector; with ``variants`` every variant is in it. Raises ``CaseError`` for what the bar does not know."""
    tables = compiled(bar)
    return vector_of(tables, look_up(tables, case), variants=variants)


def vector_of(tables: Tables, answers: Answers, *, variants: bool = False) -> str:
    """Return the vector of answers that were looked up."""
    bar = tables.bar
    parts = [bar.vector]
    for (table, state), variant_id in zip(answers.filed, answers.variants, strict=True):
        parts.append(f"TH:{table.threat.code}")
        parts += [
            f"{question.code}:{_UNKNOWN if place == OPEN else place}"
            for question, place in zip(table.questions, state, strict=True)
        ]
        variant = table.variants[variant_id] if variant_id is not None else None
        if variant is not None and (variants or variant.badge is not None):
            parts.append(f"VA:{table.threat.variants.index(variant)}")
    for question in bar.urgency.questions:
        said = getattr(answers.urgency, question.id)
        if said != UNKNOWN:
            parts.append(f"{question.code}:{tables.urgency[question.id][said]}")
    for gate in bar.gates:
        said = getattr(answers.gates, gate.id)
        if said != gate.options[-1].id:
            parts.append(f"{gate.code}:{_UNKNOWN if said == UNKNOWN else gate.options.index(gate.option(said))}")
    if answers.failure_mode is not None:
        parts.append(f"FM:{tables.failure_modes[answers.failure_mode].number}")
    return "/".join(parts)


def from_vector(bar: BugBar, text: str) -> Case:
    """Return the case that a vector stands for; raises ``CaseError`` naming the part that is wrong.

    What is unknown is left out, and what is left out is unknown. But a gate that is not in
    the vector was answered so that the bar applies.
    """
    prefix, *parts = text.strip().split("/")
    if prefix != bar.vector:
        raise _wrong(prefix, f"A vector of this bar begins with {bar.vector}/.")
    return _Reading(compiled(bar)).read(parts)


class _Reading:
    """One pass over the parts of a vector."""

    def __init__(self, tables: Tables) -> None:
        self.bar = tables.bar
        self.tables = {table.threat.code: table for table in tables.threats.values()}
        self.threats: list[tuple[ThreatTable, dict[str, str], str | None]] = []
        self.gates: dict[str, str] = {}
        self.urgency: dict[str, str] = {}
        self.failure_mode: str | None = None
        self.seen: set[str] = set()

    def read(self, parts: list[str]) -> Case:
        for part in parts:
            code, colon, value = part.partition(":")
            if not colon or not value:
                raise _wrong(part, "Every part is a code, a colon and a value, such as CO:2.")
            if code == "TH":
                self._threat(part, value)
                continue
            if code in self.seen:
                raise _wrong(part, f"{code} is there twice.")
            self.seen.add(code)
            self._answer(part, code, value)
        threats = tuple(
            ThreatCase(threat=table.threat.id, variant=variant, answers=answers)
            for table, answers, variant in self.threats
        )
        gates = {gate.id: gate.options[-1].id for gate in self.bar.gates} | self.gates
        return Case(
            gates=Gates(**gates), threats=threats, urgency=Urgency(**self.urgency), failure_mode=self.failure_mode
        )

    def _threat(self, part: str, code: str) -> None:
        table = self.tables.get(code)
        if table is None:
            raise CaseError(
                "bad-vector", part, f"There is no threat with this code; there are {', '.join(self.tables)}."
            )
        if any(table is other for other, _, _ in self.threats):
            raise _wrong(part, f"The threat {code} is there twice.")
        self.threats.append((table, {}, None))
        for question in table.questions:
            self.seen.discard(question.code)
        self.seen.discard("VA")

    def _answer(self, part: str, code: str, value: str) -> None:
        if self.threats and self._of_the_threat(part, code, value):
            return
        for asked in self.bar.urgency.questions:
            if asked.code == code:
                if value != _UNKNOWN:
                    self.urgency[asked.id] = _pick(asked.options, part, value)
                return
        for gate in self.bar.gates:
            if gate.code == code:
                self.gates[gate.id] = UNKNOWN if value == _UNKNOWN else _pick(gate.options, part, value)
                return
        self._failure_mode(part, code, value)

    def _of_the_threat(self, part: str, code: str, value: str) -> bool:
        table, answers, _ = self.threats[-1]
        if code == "VA":
            self.threats[-1] = (table, answers, _pick(table.threat.variants, part, value))
            return True
        for question in table.questions:
            if question.code == code:
                if value != _UNKNOWN:
                    answers[question.id] = _pick(question.options, part, value)
                return True
        return False

    def _failure_mode(self, part: str, code: str, value: str) -> None:
        if code != "FM":
            behind = f" behind TH:{self.threats[-1][0].threat.code}" if self.threats else " before the first TH:"
            raise _wrong(part, f"The code {code} means nothing{behind}.")
        modes = {str(mode.number): mode.id for mode in self.bar.failure_modes}
        if value not in modes:
            raise _wrong(part, f"There is no failure mode {value}; there are {', '.join(modes)}.")
        self.failure_mode = modes[value]


def _pick(options: Sequence[Option], part: str, value: str) -> str:
    if len(value) > 2 or not (value.isascii() and value.isdecimal()) or int(value) >= len(options):
        raise _wrong(part, f"The value is a number from 0 to {len(options) - 1}, or X for unknown.")
    return options[int(value)].id


def _wrong(part: str, message: str) -> CaseError:
    return CaseError("bad-vector", part[:_PART_SHOWN], message)
