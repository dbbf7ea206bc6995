"""Every shell line in the README and in docs/ is run, or stands in a list here that says why it can't be."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from triage import bars

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

# A part of the line, and why no test runs it.
NOT_RUN = {
    "make ": "sets up or runs everything; CI does",
    "mlbug run": "runs until it is stopped, on Slack; tests/scenario starts it",
    "mlbug serve": "runs until it is stopped; tests/scenario starts it",
    "mlbug work": "runs until it is stopped; tests/scenario starts it",
    "mlbug demo": "runs until it is stopped; tests/e2e starts it",
    "mlbug doctor": "needs a workspace; tests/scenario/test_doctor.py runs it",
    "docker compose": "needs a container engine",
    "pg_dump": "needs PostgreSQL's tools; tests/contract/test_restore.py runs it where they are",
    "pg_restore": "as above",
    "sqlite3 ": "needs SQLite's shell; tests/contract/test_restore.py does the same by Python",
    "mlbug dump": "needs a history; tests/contract/test_erasure.py runs it",
    "mlbug erase": "as above",
    "mlbug search": "needs a history; its own tests run it",
    "mlbug import": "as above",
    "mlbug export": "as above",
    "mlbug digest": "as above",
    "python -m tests.": "measures for minutes",
    ".ci/run": "is CI",
}


def shell_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        if "_build" in page.parts:
            continue
        for block in re.findall(r"^ *```sh\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                if line.strip() and not line.strip().startswith("#"):
                    yield page.relative_to(ROOT).as_posix(), line.strip()


LINES = sorted(set(shell_lines()))
RUN = [(page, line) for page, line in LINES if not any(part in line for part in NOT_RUN)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with the files that the lines name."""
    case = '{"threats": [{"threat": "data_poisoning", "answers": {"control": "chosen"}}]}'
    (tmp_path / "case.json").write_text(case, encoding="utf-8")
    (tmp_path / "mybar.toml").write_text(bars.builtin_text(), encoding="utf-8")
    (tmp_path / "ours.toml").write_text(tutorial()[0], encoding="utf-8")
    shutil.copy(ROOT / ".env.example", tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return tmp_path


def tutorial() -> list[str]:
    """The TOML blocks of the tutorial."""
    text = (ROOT / "docs" / "own-bar.md").read_text(encoding="utf-8")
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize(("page", "line"), RUN, ids=[f"{page}: {line}" for page, line in RUN])
def test_a_line_does_what_it_says(page: str, line: str, folder: Path) -> None:
    del page
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MLBUG_"))}
    environment = clean | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DATABASE_URL": f"sqlite:///{folder / 'mlbug.db'}",
    }
    if "migrate" not in line and ("rescore" in line or "queue" in line or "healthy" in line):
        subprocess.run(["mlbug", "migrate"], env=environment, cwd=folder, check=True, capture_output=True)  # noqa: S607

    done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)  # noqa: S603, S607, PLW1510

    assert done.returncode == 0, done.stderr


def test_the_lines_that_are_run_are_not_none() -> None:
    assert len(RUN) >= 8


def test_the_tutorials_bars_are_sound() -> None:
    first, second = tutorial()

    assert bars.read(first).sla["P0"].fix_d == 3
    assert bars.read(first + second).deprecated
