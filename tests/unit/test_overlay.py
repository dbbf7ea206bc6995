"""A bar of one's own, laid over the built-in one."""

import tomllib
from typing import Any

import pytest

from triage import bars
from triage.bar import BarError, BugBar, decode
from triage.overlay import laid_over

HEAD = 'base = "aiml-2019"\nid = "ours"\nversion = "1.0.0"\nname = "Ours"\n'


def read(more: str = "", head: str = HEAD) -> BugBar:
    return bars.read(head + more)


def problems(more: str = "", head: str = HEAD) -> list[tuple[str, str]]:
    with pytest.raises(BarError) as refused:
        read(more, head)
    return [(problem.code, problem.where) for problem in refused.value.problems]


def test_an_overlay_that_changes_nothing_is_the_same_bar_under_its_own_name() -> None:
    ours, base = read(), bars.builtin()

    assert (ours.id, ours.name) == ("ours", "Ours")
    assert ours.threats == base.threats
    assert ours.hash != base.hash


def test_tables_are_merged_key_by_key() -> None:
    ours = read("[sla.P0]\nfix_d = 3\n")

    assert ours.sla["P0"].fix_d == 3
    assert ours.sla["P0"].first_response_h == bars.builtin().sla["P0"].first_response_h
    assert ours.sla["P1"] == bars.builtin().sla["P1"]


def test_an_entry_changes_the_one_of_its_id_and_keeps_its_place() -> None:
    ours = read('[[threats]]\nid = "model_stealing"\nname = "Theft"\n')

    assert [threat.id for threat in ours.threats] == [threat.id for threat in bars.builtin().threats]
    assert ours.threat("model_stealing").name == "Theft"
    assert ours.threat("model_stealing").questions == bars.builtin().threat("model_stealing").questions


def test_an_entry_of_a_new_id_comes_at_the_end_and_one_is_removed() -> None:
    added = '[[badges]]\nid = "ours"\nlabel = "Ours"\nnote = "Added here."\n'
    removed = '[[badges]]\nid = "agent_tool"\nremove = true\n'

    ours = laid_over(decode(bars.builtin_text()), tomllib.loads(HEAD + added + removed))

    assert [badge["id"] for badge in ours["badges"]] == ["prompt_injection", "ours"]


def test_a_rules_condition_is_replaced_as_a_whole() -> None:
    rule = '[[threats]]\nid = "data_poisoning"\n[[threats.rules]]\nid = "DP-C1"\nwhen = { control = "chosen" }\n'

    merged = laid_over(decode(bars.builtin_text()), tomllib.loads(HEAD + rule))

    threat = next(each for each in merged["threats"] if each["id"] == "data_poisoning")
    assert next(each for each in threat["rules"] if each["id"] == "DP-C1")["when"] == {"control": "chosen"}


@pytest.mark.parametrize(
    ("head", "where"),
    [
        (HEAD.replace('base = "aiml-2019"', 'base = "other"'), "base"),
        (HEAD + 'base_version = "0.9.0"\n', "base_version"),
        (HEAD.replace('id = "ours"\n', ""), "id"),
        (HEAD.replace('id = "ours"', 'id = "aiml-2019"'), "id"),
        (HEAD.replace('version = "1.0.0"\n', ""), "version"),
        (HEAD.replace('name = "Ours"\n', ""), "name"),
    ],
)
def test_an_overlay_that_does_not_fit_is_refused(head: str, where: str) -> None:
    assert ("schema", where) in problems(head=head)


def test_what_is_not_there_cannot_be_removed() -> None:
    assert problems('[[badges]]\nid = "nowhere"\nremove = true\n') == [("schema", "badges.nowhere")]


def test_an_overlay_is_proved_like_every_bar() -> None:
    assert ("severity-unreachable", "data_poisoning") in [
        (code, where.split(".")[0])
        for code, where in problems('[[threats]]\nid = "data_poisoning"\nrange = ["Low", "Critical"]\n')
    ]


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    assert len(problems(head='base = "other"\nbase_version = "9.9.9"\n')) == 5


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ('"old_threat" = "nowhere"', "unknown-option"),
        ('"data_poisoning" = "model_stealing"', "duplicate-id"),
        ('"nowhere.reach" = "reach"', "schema"),
        ('"data_poisoning.control.gone" = "nowhere"', "unknown-option"),
        ('"a.b.c.d" = "e"', "schema"),
    ],
)
def test_a_deprecated_id_has_to_lead_somewhere(entry: str, code: str) -> None:
    assert [found for found, _ in problems(f"[deprecated]\n{entry}\n")] == [code]


def test_a_map_of_what_was_renamed_is_sound() -> None:
    content: dict[str, Any] = read('[deprecated]\n"poisoning" = "data_poisoning"\n').model_dump()

    assert content["deprecated"] == {"poisoning": "data_poisoning"}
