from itertools import combinations, product

import pytest
from bar_cases import IN_BAR, cases, one, rows
from hypothesis import given, settings

from triage.bar import UNKNOWN, Severity, Threat
from triage.bars import builtin
from triage.scoring import Case, Change, ThreatCase, Verdict, score, severity_of
from triage.whatif import CHANGES_MAX

THREATS = [threat.id for threat in builtin().threats]


def ways(verdict: Verdict) -> list[tuple[Change, ...]]:
    """The changes of a verdict, those that belong together together."""
    together: dict[object, list[Change]] = {}
    for number, change in enumerate(verdict.what_would_change):
        together.setdefault(("set", change.set_) if change.set_ is not None else number, []).append(change)
    return [tuple(changes) for changes in together.values()]


def smallest_by_trying_everything(threat: Threat, row: dict[str, str]) -> tuple[int, int] | None:
    """The fewest questions, then steps, that give another severity."""
    bar = builtin()
    now = severity_of(bar, threat.id, row)[1]
    for size in range(1, len(threat.questions) + 1):
        found = []
        for chosen in combinations(threat.questions, size):
            for options in product(*([o.id for o in q.options if o.id != row[q.id]] for q in chosen)):
                changed = {**row, **dict(zip([q.id for q in chosen], options, strict=True))}
                if severity_of(bar, threat.id, changed)[1] != now:
                    found.append(sum(abs(q.rank(o) - q.rank(row[q.id])) for q, o in zip(chosen, options, strict=True)))
        if found:
            return size, min(found)
    return None


@pytest.mark.parametrize("threat_id", THREATS)
def test_no_smaller_change_than_those_listed_moves_the_severity(threat_id: str) -> None:
    threat = builtin().threat(threat_id)
    for number, row in enumerate(rows(threat)):
        if number % 5:  # every fifth row; the searches behind it try everything
            continue
        verdict = score(builtin(), one(threat_id, row))
        if verdict.outcome == "out_of_scope" or verdict.threat != threat_id:
            continue
        smallest = smallest_by_trying_everything(threat, row)
        listed = ways(verdict)
        assert (smallest is None) == (not listed)
        for way in listed:
            steps = sum(
                abs(threat.question(c.question).rank(c.to) - threat.question(c.question).rank(c.from_)) for c in way
            )
            assert (len(way), steps) == smallest


@given(cases(gates=False))
@settings(max_examples=300, deadline=None)
def test_making_a_listed_change_gives_the_severity_it_says(case: Case) -> None:
    verdict = score(builtin(), case)
    listed = ways(verdict)
    assert len(listed) <= CHANGES_MAX
    filed = {threat.threat for threat in case.threats}
    handed_over = any(one.filed_as in filed for one in verdict.assessments)
    for way in listed:
        after = score(builtin(), _changed(case, way))
        assert all(change.from_ != change.to for change in way)
        assert len({change.severity for change in way}) == 1
        assert way[0].severity != verdict.severity
        if not handed_over and len(filed) == len(verdict.assessments):
            assert after.severity == way[0].severity


def _changed(case: Case, way: tuple[Change, ...]) -> Case:
    threats = []
    for threat in case.threats:
        mine = {change.question: change.to for change in way if change.threat in {None, threat.threat}}
        threats.append(threat.model_copy(update={"answers": {**threat.answers, **mine}}))
    return case.model_copy(update={"threats": tuple(threats)})


def test_both_directions_are_looked_at() -> None:
    lowered = score(builtin(), one("model_stealing", {"follow_on": "private_data_recovered", "asset": "public"}))
    raised = score(builtin(), one("model_stealing", _row("public", "rough", "advisory", "none_shown", "blocks")))
    assert {change.severity for change in lowered.what_would_change} == {Severity.IMPORTANT}
    assert [(c.question, c.from_, c.to, c.severity) for c in raised.what_would_change] == [
        ("follow_on", "none_shown", "private_data_recovered", Severity.CRITICAL)
    ]


def _row(*options: str) -> dict[str, str]:
    return dict(zip(("asset", "fidelity", "decision", "follow_on", "mitigation"), options, strict=True))


def test_an_unknown_answer_is_changed_from_unknown() -> None:
    verdict = score(builtin(), one("data_poisoning", {"control": "chosen", "decision": "automated"}))
    reach = next(change for change in verdict.what_would_change if change.question == "reach")
    assert (reach.from_, reach.to) == (UNKNOWN, "stopped_before_release")


def test_a_change_of_two_answers_shares_a_number_and_a_single_one_has_none() -> None:
    answers = {"data": "internal", "detail": "aggregate", "access": "open", "mitigation": "none"}
    two = score(builtin(), one("model_inversion", answers)).model_dump(mode="json")["what_would_change"]
    assert two == [
        {
            "question": "data",
            "from": "internal",
            "to": "personal_or_secret",
            "severity": "Critical",
            "set": 1,
        },
        {
            "question": "detail",
            "from": "aggregate",
            "to": "attribute_of_individual",
            "severity": "Critical",
            "set": 1,
        },
    ]
    single = score(builtin(), one("model_inversion", {**answers, "detail": "recognisable_record"}))
    assert [list(change) for change in single.model_dump(mode="json")["what_would_change"]] == [
        ["question", "from", "to", "severity"]
    ]


def test_leaving_the_bar_is_a_change_without_a_severity() -> None:
    changes = score(builtin(), one("ml_supply_chain", {"artefact": "shared_ml_artefact"})).what_would_change
    assert [(change.question, change.to, change.severity) for change in changes] == [
        ("artefact", "plain_software", None)
    ]


def test_with_two_threats_at_the_top_both_have_to_come_down_and_each_change_names_its_threat() -> None:
    case = Case(
        gates=IN_BAR,
        threats=(
            ThreatCase(
                threat="model_stealing", answers=_row("public", "rough", "advisory", "private_data_recovered", "blocks")
            ),
            ThreatCase(
                threat="model_inversion",
                answers={"data": "special", "detail": "recognisable_record", "access": "open", "mitigation": "partial"},
            ),
        ),
    )
    verdict = score(builtin(), case)
    assert verdict.severity == "Critical"
    for way in ways(verdict):
        assert {change.threat for change in way} == {"model_stealing", "model_inversion"}
        assert score(builtin(), _changed(case, way)).severity == "Important"
