"""The search by meaning is there where it is installed and wanted; what is wrong with it is told, and never stops a search."""

import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_meaning import FakeMeaning

from bot import doctor_meaning, meaning
from bot.doctor import Verdict
from bot.meaning import LateMeaning
from bot.settings import Settings, SettingsError, read_settings
from triage.likeness import Nearness
from triage.ports import Meaning

ROOT = Path(__file__).parents[2]


class Named(FakeMeaning):
    name = "wordllama 9"


class Broken:
    name = "broken"

    def compare(self, question: str, texts: Sequence[str]) -> Nearness:
        raise ValueError(f"cannot read {question} and {texts}")


def settings(wanted: str = "auto") -> Settings:
    return read_settings(None, mlbug_semantic=wanted)


def absent() -> Meaning:
    raise ImportError("No module named 'numpy'")


def test_it_is_loaded_at_the_first_question_and_once() -> None:
    loads: list[int] = []

    def load() -> Meaning:
        loads.append(1)
        return FakeMeaning()

    late = LateMeaning(load)
    assert loads == []
    assert [late.compare("labels", ["labels"]) for _ in range(3)] == [Nearness((1.0,), 1.0)] * 3
    assert loads == [1]


def test_it_can_be_loaded_beside_the_start_and_a_question_waits_for_that() -> None:
    ready = threading.Event()

    def load() -> Meaning:
        assert ready.wait(10)
        return FakeMeaning()

    late = LateMeaning(load)
    late.begin()
    threading.Timer(0.01, ready.set).start()

    assert late.compare("labels", ["labels"]) == Nearness((1.0,), 1.0)


def test_what_does_not_load_is_told_once_and_leaves_the_search_to_the_words(caplog: pytest.LogCaptureFixture) -> None:
    late = LateMeaning(absent)

    with caplog.at_level(logging.WARNING):
        assert [late.compare("labels", ["labels"]) for _ in range(2)] == [None, None]

    assert [record.getMessage() for record in caplog.records] == ["search_by_meaning_does_not_load"]


def test_what_fails_at_a_question_is_told_without_a_word_of_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert LateMeaning(Broken).compare("secret", ["labels"]) is None

    [record] = caplog.records
    assert (record.getMessage(), record.__dict__["error"]) == ("search_by_meaning_failed", "ValueError")
    assert "secret" not in repr(record.__dict__)


@pytest.mark.parametrize(
    ("installed", "wanted", "there"), [(True, "auto", True), (True, "off", False), (False, "auto", False)]
)
def test_it_is_there_where_it_is_installed_and_wanted(
    installed: bool, wanted: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "is_installed", lambda: installed)

    assert (meaning.meaning_for(settings(wanted)) is not None) is there


def test_any_other_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match="MLBUG_SEMANTIC: it has to be 'auto' or 'off'"):
        settings("on")


@pytest.mark.parametrize(
    ("installed", "wanted", "load", "verdict", "begin", "cure"),
    [
        (False, "auto", absent, Verdict.SKIPPED, "Off: not installed", "pip install 'mlbug[semantic]'"),
        (True, "off", absent, Verdict.SKIPPED, "Off by setting", ""),
        (True, "auto", Named, Verdict.OK, "On: wordllama 9.", ""),
        (
            True,
            "auto",
            absent,
            Verdict.WARNING,
            "It is installed but does not load (ImportError: No module named 'numpy')",
            "MLBUG_SEMANTIC=off",
        ),
        (True, "auto", Broken, Verdict.WARNING, "It is installed but does not load (ValueError", "MLBUG_SEMANTIC=off"),
    ],
)
def test_the_doctor_says_how_it_is(
    installed: bool, wanted: str, load: object, verdict: Verdict, begin: str, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "is_installed", lambda: installed)
    monkeypatch.setattr(meaning, "load", load)

    found = doctor_meaning.finding(settings(wanted))

    assert (found.check, found.subject, found.verdict) == ("search", "by meaning", verdict)
    assert found.message.startswith(begin)
    assert cure in found.todo


WITHOUT = """
import importlib, pathlib, sys
from bot import cli
for room in ("triage", "db", "bot"):
    for file in sorted(pathlib.Path(room).glob("*.py")):
        if file.stem != "wordllama":
            importlib.import_module(f"{room}.{file.stem}")
cli.main(["search", "labels", "--json"])
print(sorted({"numpy", "tokenizers", "wordllama"} & set(sys.modules)))
"""


def test_without_the_extra_nothing_of_it_is_imported(tmp_path: Path, sqlite_url: str) -> None:
    for name in ("numpy", "tokenizers"):  # they may be there for something else
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')")
    done = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", WITHOUT],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}", "DATABASE_URL": sqlite_url, "MLBUG_SEMANTIC": "off"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
