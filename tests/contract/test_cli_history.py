"""`mlbug search`, `import` and `export` as somebody at a shell uses them, on both databases."""

import argparse
import io
import json
import multiprocessing
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import opened
from records import TRIAGER, a_report, file
from stores import START

from bot import cli_history, cli_import, cli_reading
from db.work import SqlWorkPlace
from triage.bars import builtin
from triage.care import Care
from triage.changing import Changes, KeptBars
from triage.errors import Unavailable
from triage.severity import Severity
from triage.transfer import FIELDS
from triage.workspace import WorkspaceSettings

Run = Callable[..., tuple[int, str, str]]

LINES = [
    {"key": "J-1", "title": "Labels can be bought", "description": "Anyone can sell labels.", "severity": "Critical"},
    {"key": "J-2", "title": "Checkpoint runs code", "description": "torch.load runs it.", "system": "Registry"},
    {"key": "J-3", "title": "Hidden leak", "description": "torch.load leaks.", "restricted": True, "reporter": "U7"},
]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command; its status, what it printed, what it told."""

    def command(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        commands = parser.add_subparsers(required=True)
        cli_history.add_commands(commands)
        cli_import.add_commands(commands)
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        parsed = parser.parse_args(arguments)
        status = parsed.func(parsed)
        printed, told = capsys.readouterr()
        return status, printed, told

    return command


@pytest.fixture
def blank(blank_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", blank_url)
    return blank_url


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    source = tmp_path / "reports.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    return source


def results(printed: str) -> list[dict[str, Any]]:
    return json.loads(printed)["results"]  # type: ignore[no-any-return]


@pytest.mark.usefixtures("blank")
def test_a_file_is_imported_into_an_empty_database_and_found(run: Run, jsonl: Path) -> None:
    status, _, told = run("import", str(jsonl))
    assert (status, "Filed: 3." in told) == (0, True)

    status, printed, _ = run("search", "torch.load", "--json")
    assert status == 0
    assert {one["key"] for one in results(printed)} == {"J-2", "J-3"}
    assert all(0 < one["score"] < 1 and isinstance(one["repeat"], bool) for one in results(printed))

    status, printed, _ = run("search", "buying", "labels")
    assert status == 0
    assert "ML-1" in printed
    assert "Critical" in printed


@pytest.mark.usefixtures("blank")
def test_importing_again_doubles_nothing(run: Run, jsonl: Path) -> None:
    run("import", str(jsonl))

    status, printed, _ = run("import", str(jsonl), "--json")

    assert status == 0
    assert json.loads(printed) == {"filed": 0, "known": 3, "cut": 0, "bad": 0, "bad_rows": [], "dry_run": False}


@pytest.mark.usefixtures("blank")
def test_bad_rows_are_listed_and_the_good_ones_go_in(run: Run) -> None:
    lines = '{"title": "good"}\n{bad\n{"title": "x", "severity": "Huge"}\n{"title": "also good"}\n'

    status, _, told = run("import", "-", stdin=lines)

    assert status == 2
    assert "line 2: " in told
    assert "line 3: severity: Write one of: Low, Moderate, Important, Critical." in told
    assert "Filed: 2." in told
    status, printed, _ = run("import", "-", "--json", stdin=lines)
    assert [(row["line"], row["field"]) for row in json.loads(printed)["bad_rows"]] == [(2, ""), (3, "severity")]
    assert json.loads(printed)["known"] == 2


@pytest.mark.usefixtures("blank")
def test_a_dry_run_keeps_nothing(run: Run, jsonl: Path) -> None:
    status, printed, _ = run("import", str(jsonl), "--dry-run", "--json")

    assert (status, json.loads(printed)["filed"]) == (0, 3)
    assert run("search", "torch.load")[0] == 1
    run("import", str(jsonl))
    assert json.loads(run("import", str(jsonl), "--dry-run", "--json")[1])["known"] == 3


@pytest.mark.usefixtures("blank")
@pytest.mark.parametrize("how", ["csv", "jsonl"])
def test_what_is_exported_is_imported_elsewhere_as_the_same(run: Run, jsonl: Path, how: str) -> None:
    run("import", str(jsonl), "--workspace", "T1")
    exported = run("export", "--workspace", "T1", "--format", how)[1]

    status, _, told = run("import", "-", "--workspace", "T2", stdin=exported)

    assert (status, "Filed: 3." in told) == (0, True)
    assert run("export", "--workspace", "T2", "--format", how)[1] == exported


def test_a_report_that_was_filed_here_is_exported_under_a_name_and_known_again(run: Run, blank: str) -> None:
    run("import", "-", "--workspace", "T1", stdin='{"title": "first"}\n')
    with opened(blank) as engine:
        file(SqlWorkPlace(engine), a_report(title="Born here"))
    exported = run("export", "--format", "jsonl")[1]

    assert json.loads(exported.splitlines()[1])["key"] == "T1/ML-2"
    assert "Known already: 2." in run("import", "-", stdin=exported)[2]


@pytest.mark.parametrize("how", ["csv", "jsonl"])
def test_a_life_that_was_lived_here_goes_out_and_comes_in_as_the_same(run: Run, blank: str, how: str) -> None:
    run("import", "-", "--workspace", "T1", stdin='{"key": "first", "title": "first"}\n')
    with opened(blank) as engine:
        place = SqlWorkPlace(engine)
        changes = Changes(place, lambda: START + timedelta(days=1), WorkspaceSettings())
        care = Care(changes, KeptBars(builtin()))
        born = file(place, a_report(title="Born here"))
        care.override(TRIAGER, born.number, Severity.LOW, "=cmd() says nobody uses it.")
        care.accept(TRIAGER, born.number)
        care.assign(TRIAGER, born.number, "U8")
        care.restrict(TRIAGER, born.number)
        care.link(TRIAGER, born.number, 1)
    exported = run("export", "--workspace", "T1", "--format", how)[1]
    assert "nobody uses it" in exported

    status, _, told = run("import", "-", "--workspace", "T2", stdin=exported)

    assert (status, "Filed: 2." in told) == (0, True)
    assert run("export", "--workspace", "T2", "--format", how)[1] == exported


@pytest.mark.usefixtures("blank")
def test_the_header_is_exported_even_where_there_is_nothing(run: Run) -> None:
    assert run("export") == (0, ",".join(FIELDS) + "\r\n", "")


@pytest.mark.usefixtures("blank")
def test_an_export_is_of_the_days_that_were_asked_for(run: Run) -> None:
    run(
        "import",
        "-",
        stdin="".join(
            f'{{"key": "K{day}", "title": "x", "created_at": "2026-01-0{day}T12:00"}}\n' for day in (1, 2, 3)
        ),
    )

    printed = run("export", "--format", "jsonl", "--since", "2026-01-02", "--until", "2026-01-02")[1]

    assert [json.loads(line)["key"] for line in printed.splitlines()] == ["K2"]


@pytest.mark.usefixtures("blank")
def test_somebodys_view_holds_what_they_may_see(run: Run, jsonl: Path) -> None:
    run("import", str(jsonl))

    assert {one["key"] for one in results(run("search", "torch.load", "--json", "--as", "U1")[1])} == {"J-2"}
    assert {one["key"] for one in results(run("search", "torch.load", "--json", "--as", "U7")[1])} == {"J-2", "J-3"}
    assert len(run("export", "--format", "jsonl", "--as", "U1")[1].splitlines()) == 2


@pytest.mark.usefixtures("blank")
def test_a_triager_by_the_settings_sees_all(run: Run, jsonl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("import", str(jsonl))
    monkeypatch.setenv("MLBUG_TRIAGERS", "U0TRIAGER")

    assert len(results(run("search", "torch.load", "--json", "--as", "U0TRIAGER")[1])) == 2


@pytest.mark.usefixtures("blank")
def test_a_batch_is_answered_line_by_line(run: Run, jsonl: Path) -> None:
    run("import", str(jsonl))
    questions = '{"id": 7, "text": "torch.load"}\nno json\n\n{"id": "b", "text": 3}\n{"id": "c", "text": "?!"}\n'

    status, printed, _ = run("search", "--batch", "-", "--limit", "1", stdin=questions)

    first, second, third, fourth = map(json.loads, printed.splitlines())
    assert status == 2
    assert (first["id"], len(first["results"])) == (7, 1)
    assert set(first["results"][0]) == {"report", "key", "score", "repeat"}
    assert (second["id"], second["error"]["field"]) == (None, "text")
    assert (third["id"], "error" in third) == ("b", True)
    assert fourth == {"id": "c", "results": []}


@pytest.mark.usefixtures("blank")
def test_scores_fall_from_best_to_last(run: Run) -> None:
    run(
        "import",
        "-",
        stdin="".join(f'{{"title": "Zither {at}", "description": "{"zither " * at}"}}\n' for at in range(9)),
    )

    scores = [one["score"] for one in results(run("search", "zither", "--json")[1])]

    assert len(scores) == 9
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 9


@pytest.mark.usefixtures("blank")
@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["search"], "TEXT"),
        (["search", "x", "--batch", "-"], "TEXT"),
        (["search", "x", "--limit", "0"], "--limit"),
        (["search", "--batch", "/no/such/file"], "FILE"),
        (["import", "/no/such/file"], "FILE"),
        (["export", "--since", "soon"], "--since"),
        (["export", "--until", "9999-12-31"], "--until"),
    ],
)
def test_bad_usage_names_the_field(run: Run, arguments: list[str], field: str) -> None:
    status, printed, told = run(*arguments)
    assert (status, printed, told.startswith(f"{field}: ")) == (2, "", True)

    status, printed, _ = run(*arguments, "--json")
    assert (status, json.loads(printed)["error"]["field"]) == (2, field)


@pytest.mark.usefixtures("blank")
def test_several_workspaces_have_to_be_told_apart(run: Run, jsonl: Path) -> None:
    run("import", str(jsonl), "--workspace", "T1")
    run("import", str(jsonl), "--workspace", "T2")

    for command in (["search", "x"], ["export"], ["import", str(jsonl)]):
        status, _, told = run(*command)
        assert (status, "T1, T2" in told) == (2, True)


@pytest.mark.usefixtures("blank")
def test_a_table_without_a_known_column_is_refused(run: Run) -> None:
    assert run("import", "-", "--format", "csv", stdin="a,b\n1,2\n")[0] == 2


@pytest.mark.usefixtures("blank")
def test_what_is_no_utf8_spoils_its_own_characters_only(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "latin.csv"
    source.write_bytes("title;severity\r\nModèle volé;Low\r\nx;Low\r\n".encode("latin-1"))

    status, _, told = run("import", str(source))

    assert (status, "Filed: 2." in told) == (0, True)


@pytest.mark.usefixtures("blank")
def test_titles_cannot_write_to_the_terminal(run: Run) -> None:
    run("import", "-", stdin=json.dumps({"title": "zither \x1b[31mred\nnext"}) + "\n")

    printed = run("search", "zither")[1]

    assert "\x1b" not in printed
    assert len(printed.splitlines()) == 2


@pytest.mark.usefixtures("blank")
def test_a_long_file_is_read_beside_and_comes_in_as_a_short_one_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_reading, "CHUNK", 3)
    lines = [json.dumps({"key": f"K{at}", "title": f"Zither {at}"}) for at in range(20)]
    lines[7] = "{bad"
    lines[13] = json.dumps({"key": "K2", "title": "twice"})
    text = "\n".join(lines) + "\n"

    status, printed, _ = run("import", "-", "--json", stdin=text)

    told = json.loads(printed)
    assert (status, told["filed"], told["known"]) == (2, 18, 1)
    assert [row["line"] for row in told["bad_rows"]] == [8]
    exported = [json.loads(line)["key"] for line in run("export", "--format", "jsonl")[1].splitlines()]
    assert exported == [f"K{at}" for at in range(20) if at not in {7, 13}]
    assert len(results(run("search", "zither", "--json", "--limit", "30")[1])) == 18
    assert json.loads(run("import", "-", "--json", stdin=text)[1])["known"] == 19


@pytest.mark.usefixtures("blank")
def test_where_the_process_beside_ends_what_was_filed_stays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_reading, "CHUNK", 2)
    monkeypatch.setattr(cli_import, "TOGETHER", 1)
    text = "".join(f'{{"key": "K{at}", "title": "Zither {at}"}}\n' for at in range(40))
    kept = cli_import._keep  # the moment between two transactions

    def keep_and_kill(*given: Any, **named: Any) -> None:
        kept(*given, **named)
        for child in multiprocessing.active_children():
            child.kill()

    monkeypatch.setattr(cli_import, "_keep", keep_and_kill)
    with pytest.raises(Unavailable, match="What was filed stays"):
        run("import", "-", stdin=text)
    monkeypatch.setattr(cli_import, "_keep", kept)

    told = json.loads(run("import", "-", "--json", stdin=text)[1])
    assert told["known"] >= 2
    assert told["filed"] + told["known"] == 40


def test_imported_numbers_and_filed_ones_are_of_one_row(run: Run, blank: str, jsonl: Path) -> None:
    run("import", str(jsonl), "--workspace", "T1")

    with opened(blank) as engine:
        place = SqlWorkPlace(engine)
        assert file(place, a_report()).number == 4
        with place.read() as work:
            assert work.reports.get(TRIAGER, 4) is not None
