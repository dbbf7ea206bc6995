"""Each log call names its event by a constant and adds ids alone: nothing that somebody typed can get into a line."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
ROOMS = ("bot", "db", "triage", "migrations")

# Ids, codes, counts and names of our own making. Another field has to be added here, with a thought on what it may hold.
FIELDS = {
    "channel", "check", "code", "enterprise", "errand", "error", "group", "in_doubt", "kind", "limit", "method", "ms", "port",
    "reference", "request", "retry", "seconds", "status", "thread_name", "try", "user", "workspace",
}  # fmt: skip


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls of a logger named `log`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in {"log", "logger", "logging"}:
                yield node


def faults(source: str) -> list[str]:
    """What is wrong with the log calls of a module."""
    tree = ast.parse(source)
    return [f"line {call.lineno}: {fault}" for call in calls(tree) for fault in _faults(call)]


def _faults(call: ast.Call) -> Iterator[str]:
    names = list(call.args)
    if len(names) != 1:
        yield "one argument, the event's name"
    for name in names[:1]:
        either = (name.body, name.orelse) if isinstance(name, ast.IfExp) else (name,)
        for each in either:
            constant = isinstance(each, ast.Constant) and isinstance(each.value, str)
            if not constant or not re.fullmatch(r"[a-z][a-z0-9_]{1,60}", each.value):  # type: ignore[attr-defined]  # a Constant
                yield "an event's name is a constant of small letters"
    for keyword in call.keywords:
        if keyword.arg not in {"extra", "exc_info"}:
            yield f"{keyword.arg} is no part of a log call"
        for inner in ast.walk(keyword.value):
            if isinstance(inner, ast.Dict):
                keys = {key.value for key in inner.keys if isinstance(key, ast.Constant)}
                if len(keys) != len(inner.keys) or not keys <= FIELDS:
                    yield f"fields {sorted(map(str, keys - FIELDS))} are none of the known ids"


@pytest.mark.parametrize(
    "module",
    [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "sandbox" not in path.parts],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_a_module_logs_names_and_ids_alone(module: Path) -> None:
    assert faults(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        'log.info("filed", extra={"title": title})',
        'log.info(f"filed {title}")',
        'log.info("filed %s", title)',
        'log.info("Filed it")',
        "log.info(title)",
        'log.info("filed", extra={name: title})',
        'log.error("filed", stack_info=True)',
        'logging.warning("filed " + title)',
    ],
)
def test_a_call_that_could_tell_more_is_found(line: str) -> None:
    assert faults(line)
