"""Who may import whom (docs/house.md), read from the syntax trees, so that nothing has to be imported to know."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("triage", "db", "bot", "migrations")
PURE = {"pydantic"}
COMPOSERS = ("bot/app.py", "bot/cli")  # the composition root and the command line


def modules() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Top-level package and line of each import anywhere in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides which room is meant"
            yield (node.module or "").split(".")[0], node.lineno


def standard(name: str) -> bool:
    import sys  # noqa: PLC0415  # only this function looks

    return name in sys.stdlib_module_names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_the_rooms_it_may(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    room = name.split("/")[0]
    allowed = {
        "triage": {"triage"},
        "db": {"db", "triage", "migrations"},
        "migrations": {"migrations", "db"},
        "bot": {"bot", "triage"} | ({"db"} if name.startswith(COMPOSERS) else set()),
    }[room]

    wrong = [f"{name}:{line} imports {top}" for top, line in imported(path) if top in ROOMS and top not in allowed]

    assert wrong == []


@pytest.mark.parametrize("path", sorted((ROOT / "triage").rglob("*.py")), ids=lambda p: p.name)
def test_the_core_needs_nothing_but_pydantic(path: Path) -> None:
    others = [top for top, _ in imported(path) if top != "triage" and top not in PURE and not standard(top)]

    assert others == []


@pytest.mark.parametrize("path", sorted((ROOT / "triage").rglob("*.py")), ids=lambda p: p.name)
def test_the_core_asks_neither_clock_nor_chance(path: Path) -> None:
    forbidden = {"time", "random", "secrets", "socket", "urllib", "http", "subprocess", "threading", "os"}

    assert {top for top, _ in imported(path)} & forbidden == set()


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_gateway_makes_calls_to_slack(path: Path) -> None:
    """`slack_sdk` clients are used in the gateway, built in the composition root, and imitated in the sandbox.

    In `serve.py` aiohttp is the server, in `slack_http.py` the SDK checks signatures; neither has a client.
    """
    name = path.relative_to(ROOT).as_posix()
    if name in {
        f"bot/{module}.py" for module in ("gateway", "kept_client", "app", "run", "serve", "slack_http", "tenancy")
    } or name.startswith(("bot/cli_", "bot/sandbox/")):
        return

    assert [line for top, line in imported(path) if top in {"slack_sdk", "slack_bolt", "requests", "aiohttp"}] == []


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
