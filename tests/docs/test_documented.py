"""Each setting, scope, metric, command, option and bar field stands in the documentation, and nothing there is made up."""

import argparse
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.cli import COMMAND_MODULES, parser
from bot.commands import COMMANDS
from bot.manifest import OPTIONAL_SCOPES, SCOPES
from bot.metrics import HELP
from bot.settings import Settings
from triage.bar import BugBar

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OTHERS = {"POSTGRES_PASSWORD", "TEST_DATABASE_URL", "MLBUG_SHOTS", "CHROMIUM"}  # read by the programs around it


def told(page: str) -> set[str]:
    """Everything in code type on a page."""
    return set(re.findall(r"`([^`\n]+)`", (DOCS / page).read_text(encoding="utf-8")))


def first_column(page: str, heading: str) -> set[str]:
    """What stands in code type in the first column of the tables under a heading."""
    text = (DOCS / page).read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [re.split(r"(?<!\\)\|", line)[1] for line in section.splitlines() if line.startswith("|")]
    return {name.replace(r"\|", "|") for row in rows for name in re.findall(r"`([^`]+)`", row)}


def variables() -> set[str]:
    return {name.upper() for name in Settings.model_fields}


def commands(top: argparse.ArgumentParser, prefix: str = "mlbug") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command with its parser, those of `bar` one by one."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield from commands(sub, f"{prefix} {name}")
            return
    yield prefix, top


def options(command: argparse.ArgumentParser) -> set[str]:
    long = {option for action in command._actions for option in action.option_strings if option.startswith("--")}
    return long - {"--help"}


def test_each_setting_is_documented_and_no_other() -> None:
    assert first_column("settings.md", "Environment") == variables() | OTHERS


def test_each_setting_stands_in_the_example() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", text, re.MULTILINE)) == variables() | {"POSTGRES_PASSWORD"}


def test_each_scope_is_documented_and_no_other() -> None:
    assert first_column("settings.md", "Scopes") == set(SCOPES) | set(OPTIONAL_SCOPES)


def test_each_metric_is_documented_and_no_other() -> None:
    assert first_column("settings.md", "Metrics") == set(HELP)


@pytest.mark.parametrize(("name", "command"), list(commands(parser())), ids=[name for name, _ in commands(parser())])
def test_each_command_is_documented_with_its_options(name: str, command: argparse.ArgumentParser) -> None:
    rows = [usage for usage in first_column("commands.md", "In a shell") if re.match(rf"{name}\b", usage)]

    assert len(rows) == 1, f"docs/commands.md needs one row for `{name}`"
    assert set(re.findall(r"--[a-z-]+", rows[0])) == options(command)


@pytest.mark.parametrize("module", COMMAND_MODULES)
def test_each_module_of_the_command_line_adds_the_commands_that_it_is_read_for(module: str) -> None:
    added = argparse.ArgumentParser().add_subparsers()
    importlib.import_module(module).add_commands(added)

    assert tuple(added.choices) == COMMAND_MODULES[module]


def test_no_command_is_made_up() -> None:
    known = {name for name, _ in commands(parser())}
    rows = {usage for usage in first_column("commands.md", "In a shell") if usage.startswith("mlbug")}

    assert {usage for usage in rows if not any(re.match(rf"{name}\b", usage) for name in known)} == set()


def test_each_slash_command_is_documented_and_no_other() -> None:
    typed = {f"/mlbug {command.usage}".rstrip() for command in COMMANDS}

    assert first_column("commands.md", "In Slack") == typed


def fields(model: type[BaseModel], seen: set[type]) -> Iterator[str]:
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield name
        for inner in _models(field.annotation):
            yield from fields(inner, seen)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


@pytest.mark.parametrize("field", sorted(set(fields(BugBar, set()))))
def test_each_field_of_a_bar_is_documented(field: str) -> None:
    assert field in told("own-bar.md")
