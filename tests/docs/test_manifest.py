"""The manifest in the repository is the one that the code makes, and Slack takes it."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.manifest import LONG_DESCRIPTION, OPTIONAL_SCOPES, SCOPES, manifest

ROOT = Path(__file__).parents[2]


def test_the_file_is_what_the_code_makes() -> None:
    assert json.loads((ROOT / "manifest.json").read_text(encoding="utf-8")) == manifest()


@pytest.mark.parametrize("made", [manifest(), json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))])
def test_it_stays_within_slacks_limits(made: dict[str, Any]) -> None:
    shown, features = made["display_information"], made["features"]

    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(LONG_DESCRIPTION) <= 4000
    assert len(features["bot_user"]["display_name"]) <= 80
    for command in features["slash_commands"]:
        assert command["command"].startswith("/")
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
    shortcuts = features.get("shortcuts", [])
    assert len(shortcuts) <= 10
    for shortcut in shortcuts:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255


def test_each_scope_is_asked_for_once_and_has_its_reason() -> None:
    asked = manifest()["oauth_config"]["scopes"]

    assert asked["bot"] == list(SCOPES)
    assert asked["bot_optional"] == list(OPTIONAL_SCOPES)
    assert not set(SCOPES) & set(OPTIONAL_SCOPES)
    assert all(len(why) > 10 for why in (SCOPES | OPTIONAL_SCOPES).values())
