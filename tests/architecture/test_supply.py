"""What is delivered: every dependency locked by hash, under a licence that lets anybody use mlbug."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.txt"))

# Licences, as their packages name them, that ask for no more than a notice, or only that changes to the package be shared.
ALLOWED = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL-2\.0|Mozilla Public License 2\.0"
    r"|LGPL-3\.0-only|LGPL.*v3|Lesser General Public License v3|Unlicense|0BSD|Zlib|CC0"
)


def pinned(lock: Path) -> list[str]:
    """Names of the packages in a lock that this machine has installed (markers leave some out)."""
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return [name for name in dict.fromkeys(names) if _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def licence(name: str) -> str:
    """What a package says of its licence: its expression, else its classifiers, else its text's first line."""
    told = metadata.metadata(name)
    if expression := told.get("License-Expression"):
        return str(expression)
    classifiers = [c.rsplit(" :: ", 1)[-1] for c in told.get_all("Classifier") or [] if c.startswith("License ::")]
    classifiers = [each for each in classifiers if each != "OSI Approved"]
    return " OR ".join(classifiers) or str(told.get("License") or "none").splitlines()[0]


@pytest.mark.parametrize("name", pinned(ROOT / "requirements-semantic.txt"))  # those of requirements.txt are among them
def test_what_runs_is_under_a_licence_that_lets_anybody_use_it(name: str) -> None:
    choices = re.split(r"\s+OR\s+", licence(name))

    assert any(all(ALLOWED.search(part) for part in re.split(r"\s+AND\s+", choice)) for choice in choices), choices


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_of_a_lock_is_pinned_by_hash_and_names_no_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())

    assert "://" not in text
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert [entry.splitlines()[0] for entry in entries if "==" not in entry.splitlines()[0]] == []


def test_the_lock_has_everything_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))
    wanted = [Requirement(each) for each in project["dependencies"]]

    assert [str(each) for each in wanted if not each.specifier.contains(locked.get(each.name.lower(), "0"))] == []


def test_what_builds_it_is_locked_too() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "requirements-build.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE))
    wanted = [Requirement(each) for each in project["build-system"]["requires"]]

    assert all(each.specifier.contains(locked[each.name]) for each in wanted)
    assert project["build-system"]["requires"] == project["dependency-groups"]["build"]


def test_the_tests_add_to_what_runs_and_change_none_of_it() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-test.txt") <= pins("requirements-e2e.txt")


def test_the_extra_adds_to_what_runs_and_changes_none_of_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "requirements-semantic.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE)
    wanted = [Requirement(each) for each in project["optional-dependencies"]["semantic"]]

    assert [
        str(each) for each in wanted if not any(each.specifier.contains(v) for n, v in locked if n == each.name)
    ] == []
    assert set(
        re.findall(r"^(\S+==\S+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    ) <= set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE))
