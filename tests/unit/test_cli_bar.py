import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bar_cases import records

from bot import cli_bar
from triage.bars import builtin, builtin_text

CASE = {"threats": [{"threat": "data_poisoning", "answers": {"control": "chosen", "decision": "automated"}}]}
VECTOR = "AIBB:1.0/TH:DP/CO:2/DE:1/RE:X/BL:0/AC:2"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as the shell does: exit status, standard output, standard error."""

    def run_it(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        parser = argparse.ArgumentParser(prog="mlbug")
        cli_bar.add_commands(parser.add_subparsers(required=True))
        parsed = parser.parse_args(arguments)
        status = parsed.func(parsed)
        told = capsys.readouterr()
        return status, told.out, told.err

    return run_it


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# ---- score


def test_score_answers_one_case_with_one_json_value(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASE, indent=2))
    status, out, err = run("score", str(file), "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["severity"] == "Critical"
    assert out.count("\n") == 1


@pytest.mark.parametrize("name", ["-", None])
def test_score_reads_standard_input(run: Run, name: str | None) -> None:
    arguments = ["score", "--json", *([name] if name else [])]
    status, out, _ = run(*arguments, stdin=json.dumps(CASE))
    assert status == 0
    assert json.loads(out)["rule"] == "DP-C1"


def test_score_passes_over_a_byte_order_mark(run: Run) -> None:
    assert run("score", "--json", stdin="\ufeff" + json.dumps(CASE))[0] == 0


def test_score_answers_json_lines_in_their_places_and_bad_ones_too(run: Run) -> None:
    stdin = "\n".join(
        [
            json.dumps(CASE),
            "this is no JSON",
            "",
            json.dumps({"threats": [{"threat": "data_poisoning", "answers": {"control": "x"}}]}),
            "[]",
            json.dumps({"gates": {"ml_target": "no"}}),
        ]
    )
    status, out, err = run("score", "--json", stdin=stdin)
    answers = lines_of(out)
    assert status == 2
    assert [answer.get("outcome") or answer["error"]["code"] for answer in answers] == [
        "in_bar",
        "bad-json",
        "unknown-option",
        "bad-value",
        "out_of_scope",
    ]
    assert answers[2]["error"]["field"] == "threats[0].answers.control"
    assert set(answers[2]["error"]) == {"code", "field", "message"}
    assert "Line 2:" in err
    assert "Line 4:" in err


def test_score_exits_well_when_all_lines_are_good(run: Run) -> None:
    status, out, err = run("score", "--json", stdin=f"{json.dumps(CASE)}\n{json.dumps(CASE)}\n\n")
    assert (status, err) == (0, "")
    assert len(lines_of(out)) == 2


def test_score_answers_each_line_before_it_reads_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    class Slow(io.StringIO):
        def __next__(self) -> str:
            seen.append(sys.stdout.getvalue().count("\n") if isinstance(sys.stdout, io.StringIO) else 0)
            return super().__next__()

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stdin", Slow(f"{json.dumps(CASE)}\n" * 4))
    parser = argparse.ArgumentParser()
    cli_bar.add_commands(parser.add_subparsers())
    parsed = parser.parse_args(["score", "--json"])
    assert parsed.func(parsed) == 0
    assert seen[2:] == [2, 3, 4]


def test_score_names_a_bad_first_line_in_its_place(run: Run) -> None:
    status, out, _ = run("score", "--json", stdin=f"oops\n{json.dumps(CASE)}\n")
    assert status == 2
    assert [next(iter(answer)) for answer in lines_of(out)] == ["error", "outcome"]


@pytest.mark.parametrize("stdin", ["", "\n\n", "{", '{\n "gates": {\n', "[1, 2]", "null", "[" * 100_000])
def test_score_refuses_what_is_no_case_with_one_error(run: Run, stdin: str) -> None:
    status, out, err = run("score", "--json", stdin=stdin)
    assert status == 2
    assert len(lines_of(out)) == 1
    assert "error" in lines_of(out)[0]
    assert err


def test_score_survives_bytes_that_are_no_text(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_bytes(b'{"threats": [{"threat": "\xff"}]}\n' + json.dumps(CASE).encode() + b"\n")
    status, out, _ = run("score", "--json", str(file))
    assert status == 2
    assert [next(iter(answer)) for answer in lines_of(out)] == ["error", "outcome"]


def test_score_repeats_strange_text_only_as_plain_ascii(run: Run) -> None:
    status, out, _ = run("score", "--json", stdin='{"threats": [{"threat": "\\ud800"}]}')
    assert status == 2
    assert out.isascii()


def test_score_takes_a_vector(run: Run) -> None:
    status, out, _ = run("score", "--vector", VECTOR, "--json")
    assert status == 0
    assert json.loads(out)["vector"] == VECTOR


def test_score_names_the_part_of_a_vector_that_is_wrong(run: Run) -> None:
    status, out, err = run("score", "--vector", f"{VECTOR}/ZZ:1", "--json")
    assert status == 2
    assert json.loads(out)["error"]["field"] == "ZZ:1"
    assert "ZZ:1" in err


def test_score_takes_a_file_or_a_vector_and_not_both(run: Run) -> None:
    assert run("score", "-", "--vector", VECTOR)[0] == 2


def test_score_says_when_a_file_cannot_be_read(run: Run, tmp_path: Path) -> None:
    for missing in (tmp_path / "nothing.json", tmp_path):
        status, out, err = run("score", str(missing))
        assert (status, out) == (2, "")
        assert str(missing) in err


def test_score_tells_people_severity_reason_and_what_would_change_it(run: Run) -> None:
    status, out, _ = run("score", stdin=json.dumps(CASE))
    assert status == 0
    for words in ("Critical, could be Important", "DP-C1", "What would change it", "Ask next (owner)", "Vector"):
        assert words in out


def test_score_tells_people_where_an_accident_goes(run: Run) -> None:
    status, out, _ = run("score", stdin='{"gates": {"intent": "accidental"}, "failure_mode": "side_effects"}')
    assert status == 0
    assert "Quality and safety queue" in out
    assert "Failure mode 13" in out


def test_every_dev_case_reads_well_for_people(run: Run) -> None:
    cases = [{"threats": case["blind_answers"]} for case in records("cases.jsonl") if case["blind_answers"]]
    for case in cases:
        status, out, _ = run("score", stdin=json.dumps(case))
        assert status == 0
        assert all(
            len(line) <= 100 for line in out.splitlines() if not line.startswith(("Vector", "Critical", "Important"))
        )
    status, out, _ = run("score", stdin="\n".join(map(json.dumps, cases)))
    assert len(out.splitlines()) == len(cases)


# ---- bar show


def test_show_gives_the_whole_bar_as_json_that_is_a_bar_again(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("bar", "show", "--json")
    shown = json.loads(out)
    assert status == 0
    assert shown["hash"] == builtin().hash
    assert shown["threats"][0]["questions"][0]["options"][0]["id"] == "random"
    assert shown["threats"][0]["mappings"]["atlas"][0] == {"id": "AML.T0020", "name": "Poison Training Data"}
    again = tmp_path / "bar.json"
    again.write_text(out)
    assert run("bar", "check", str(again))[0] == 0


@pytest.mark.parametrize("name", ["data_poisoning", "DP", "dp"])
def test_show_gives_one_threat_by_id_or_code(run: Run, name: str) -> None:
    status, out, _ = run("bar", "show", name, "--json")
    assert status == 0
    assert json.loads(out)["id"] == "data_poisoning"


def test_show_says_which_threats_there_are(run: Run) -> None:
    status, out, err = run("bar", "show", "nothing", "--json")
    assert status == 2
    assert json.loads(out)["error"]["field"] == "THREAT"
    assert "data_poisoning" in err


def test_show_has_a_page_for_every_threat_with_all_it_says(run: Run) -> None:
    for threat in builtin().threats:
        status, out, _ = run("bar", "show", threat.id)
        flat = " ".join(out.split())
        assert status == 0
        texts = [
            threat.summary,
            *threat.examples,
            *threat.notes,
            threat.default.why,
            *(rule.why for rule in threat.rules),
        ]
        for question in threat.questions:
            texts += [question.ask, *(option.label for option in question.options), *(o.help for o in question.options)]
        assert [text for text in texts if " ".join(text.split()) not in flat] == []
        assert all(len(line) <= 100 for line in out.splitlines())


def test_show_has_a_page_for_the_bar_with_gates_threats_and_source(run: Run) -> None:
    status, out, _ = run("bar", "show")
    flat = " ".join(out.split())
    assert status == 0
    for words in (builtin().hash, builtin().source.revision, *(gate.ask for gate in builtin().gates), "no severities"):
        assert words in flat
    assert all(threat.id in flat for threat in builtin().threats)


def test_show_and_score_take_a_bar_of_ones_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text(builtin_text().replace('version = "1.0.0"', 'version = "1.0.1-ours"'))
    assert json.loads(run("bar", "show", "--bar", str(own), "--json")[1])["version"] == "1.0.1-ours"
    assert (
        json.loads(run("score", "--bar", str(own), "--json", "--vector", VECTOR)[1])["bar"]["version"] == "1.0.1-ours"
    )
    monkeypatch.setenv("MLBUG_BAR", str(own))
    assert json.loads(run("bar", "show", "--json")[1])["version"] == "1.0.1-ours"


def test_an_unsound_bar_of_ones_own_is_not_used(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(builtin_text().replace('control = "chosen"', 'control = "nothing"'))
    status, out, err = run("score", "--bar", str(own), "--json", "--vector", VECTOR)
    assert status == 2
    assert json.loads(out)["error"]["code"] == "unsound-bar"
    assert "control has no option nothing" in err


# ---- bar check


def test_check_says_that_a_bar_is_sound(run: Run, tmp_path: Path) -> None:
    good = tmp_path / "good.toml"
    good.write_text(builtin_text())
    status, out, err = run("bar", "check", str(good), "--json")
    assert (status, json.loads(out)) == (0, {"problems": []})
    assert "is sound: 9 threats, 38 questions, 1,641 rows of answers" in err


def test_check_tells_all_problems_at_once(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(
        builtin_text().replace('control = "chosen"', 'control = "nothing"').replace('id = "MB-I2"', 'id = "MB-I1"')
    )
    status, out, err = run("bar", "check", str(bad), "--json")
    problems = json.loads(out)["problems"]
    assert status == 1
    assert all(set(problem) == {"code", "where", "message"} for problem in problems)
    assert {problem["code"] for problem in problems} == {"unknown-option", "duplicate-id"}
    assert "[unknown-option]" in err


def test_check_reads_standard_input_and_says_when_there_is_no_file(run: Run, tmp_path: Path) -> None:
    assert run("bar", "check", "-", stdin=builtin_text())[0] == 0
    assert run("bar", "check", "-", stdin="garbage")[0] == 1
    assert run("bar", "check", str(tmp_path / "nothing.toml"))[0] == 2


def test_the_commands_work_from_a_shell(tmp_path: Path) -> None:
    program = (
        "import argparse, sys; from bot import cli_bar; p = argparse.ArgumentParser(); "
        "cli_bar.add_commands(p.add_subparsers(required=True)); a = p.parse_args(); sys.exit(a.func(a))"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(cli_bar.__file__).parents[1])}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, "score", "-"],
        input=json.dumps(CASE).encode(),
        capture_output=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Critical, could be Important" in done.stdout
