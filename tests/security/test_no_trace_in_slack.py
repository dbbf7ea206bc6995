"""What a person sees in Slack, and a shell prints for them, is byte for byte as if the restricted reports did not exist.

The commands, events and shortcuts are found by introspection: one that this page does not try fails it.
"""

import argparse
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from databases import opened
from fake_meaning import FakeMeaning
from reporting import settings_for
from sqlalchemy import Engine
from stores import START, HandClock
from worlds import QUESTIONS, SECRET, furnish

from bot import cli, cli_history, cli_run
from bot.cli_run import serving
from bot.commands import Verb
from bot.manifest import EVENTS, SHORTCUTS, manifest
from bot.meaning import LateMeaning
from bot.sandbox.definition import AppDefinition
from bot.sandbox.driver import Person
from bot.sandbox.server import Sandbox
from db import schema

TYPED: dict[Verb, tuple[str, ...]] = {
    Verb.REPORT: (),  # see `the_dialog`
    Verb.SHOW: ("show 1", "show 2", "show 8"),
    Verb.WHY: ("why 1", "why 2"),
    Verb.LIST: ("list", "list open", "list mine", "list overdue", "list critical", "list low", "list data poisoning"),
    Verb.ASK: tuple(f"ask {question}" for question in QUESTIONS),
    Verb.FIGURES: ("report", "report 90d"),
    Verb.EXPORT: ("export",),
    Verb.DIGEST: ("digest preview",),
    Verb.BAR: ("bar",),
    Verb.SETTINGS: ("settings",),
    Verb.HELP: ("help",),
}
TRIED_EVENTS = {"app_home_opened", "app_mention", "message.im"}
TRIED_SHORTCUTS = {"triage", "triage_message"}  # they open the dialog
SHELL: dict[str, list[list[str]]] = {
    "search": [["search", question, "--json", "--limit", "9"] for question in QUESTIONS],
    "export": [["export"], ["export", "--format", "jsonl"]],
}


def test_nothing_that_can_be_asked_is_forgotten() -> None:
    assert set(TYPED) == set(Verb)
    assert set(EVENTS) == TRIED_EVENTS
    assert {shortcut["callback_id"] for shortcut in SHORTCUTS} == TRIED_SHORTCUTS
    actions = cli.parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]  # argparse has no other way in
    assert actions is not None
    of_people = {name for name, parser in dict(actions).items() if "--as" in _options(parser)}  # type: ignore[call-overload]
    assert of_people == set(SHELL)


def _options(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Two empty databases of one kind."""
    return request.getfixturevalue(f"{request.param}_url"), request.getfixturevalue(f"blank_{request.param}_url")


@pytest.fixture(params=["by words", "by meaning"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a model of meaning, and without."""
    if request.param == "by meaning":
        for module in (cli_run, cli_history):
            monkeypatch.setattr(module, "meaning_for", lambda _settings: LateMeaning(FakeMeaning))


@pytest.mark.usefixtures("_way")
def test_all_that_a_member_sees_is_as_if_it_did_not_exist(urls: tuple[str, str]) -> None:
    with_it, without = (everything_seen(url, secret=secret) for url, secret in zip(urls, (True, False), strict=True))

    assert {asked for asked in with_it if with_it[asked] != without[asked]} == set()
    assert SECRET not in "".join(seen for asked, seen in with_it.items() if SECRET not in asked)
    assert "ML-2" in with_it["/mlbug list"]
    assert "ML-" in with_it[f"/mlbug ask {QUESTIONS[0]}"]
    assert "Same Thing" in with_it["the second screen"]
    assert "ML-5" in with_it["Home"]


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("user", ["UMEMBER", "U9"])
def test_all_that_a_shell_prints_for_somebody_is_as_if_it_did_not_exist(
    urls: tuple[str, str], user: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for url, secret in zip(urls, (True, False), strict=True):
        with engine_of(url) as engine:
            furnish(engine, "T1", secret=secret, member="UMEMBER")
        monkeypatch.setenv("DATABASE_URL", url)
        for commands in SHELL.values():
            for arguments in commands:
                cli.main([*arguments, "--as", user])
        printed.append(capsys.readouterr().out)

    assert printed[0] == printed[1]
    assert "ML-2" in printed[0]


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """An engine on a database that is at head by now."""
    with opened(url) as engine:
        schema.upgrade(engine)
        yield engine


def everything_seen(url: str, *, secret: bool) -> dict[str, str]:
    """What Ben, a member, is shown for all that he can ask, by what he asked."""
    with Sandbox(app=AppDefinition.from_manifest(manifest())) as sandbox:
        ben = sandbox.person("ben")
        with engine_of(url) as engine:
            furnish(engine, sandbox.team.id, secret=secret, member=ben.id)
        settings = settings_for(sandbox, url)
        with serving(settings, HandClock(START + timedelta(hours=1))) as (_assistant, _socket):
            sandbox.wait_for_app()
            seen = {f"/mlbug {text}": answered(ben, text) for texts in TYPED.values() for text in texts}
            seen |= the_dialog(ben)
            seen["Home"] = plain(ben.home("ML-").blocks)
            for at, question in enumerate(QUESTIONS):
                ben.types("#general", f"@mlbug {question}")
                mention = ben.reads("#general", question)[-1]
                seen[f"mention {at} {question}"] = plain(mention.sees_reply("Good answer").blocks)
                ben.types("mlbug", question)
                answer = ben.reads_dm("mlbug", question)[-1]
                seen[f"message {at} {question}"] = plain(answer.sees_reply("Good answer").blocks)
    return seen


def answered(person: Person, text: str) -> str:
    """The message, or the dialog, that a command is answered with."""
    person.reloads()
    person.types("#general", f"/mlbug {text}")
    said = person.sees_ephemeral("#general")
    return said.words + plain(said.blocks)


def the_dialog(person: Person) -> dict[str, str]:
    """The type-ahead of systems, and the second screen after the words of the restricted report."""
    person.reloads()
    person.types("#general", "/mlbug")
    modal = person.modal()
    seen = {f"systems like {typed}": str(modal.search("Affected system", typed)) for typed in ("", "s", SECRET)}
    modal.fill("Title", QUESTIONS[0]).fill("Description", f"{SECRET} poisoned feed of labels for the spam filter")
    modal.choose("Which threat is it?", "Not sure, help me choose").submit()
    second = person.modal("Does the bar apply?", containing="Seen before?")
    seen["the second screen"] = plain(second.blocks)
    return seen


def plain(blocks: Any) -> str:
    """Blocks without the ids that are made anew each time."""
    return re.sub(r"\b[0-9a-f]{32}\b|@[0-9a-f]{8}\b|\b[0-9]{10}\.[0-9]{6}\b", "·", json.dumps(blocks))
