"""Filing a report as a person does, in a few words: what the scenarios share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import Assistant
from bot.cli_run import serving
from bot.manifest import manifest
from bot.sandbox.definition import AppDefinition
from bot.sandbox.driver import Person
from bot.sandbox.screens import Modal
from bot.sandbox.server import Sandbox
from bot.settings import Settings, read_settings
from triage.bar import BugBar

APPLIES = {"ml_target": "yes", "intent": "demonstrated", "others_affected": "yes"}


@dataclass(frozen=True)
class Office:
    """A sandbox workspace with the assistant at work in it."""

    sandbox: Sandbox
    assistant: Assistant
    settings: Settings
    expected: set[str] = field(default_factory=set)  # refusals by Slack that a scenario provokes

    @property
    def bar(self) -> BugBar:
        return self.assistant.desk.bar

    def person(self, handle: str) -> Person:
        return self.sandbox.person(handle)


def settings_for(sandbox: Sandbox, database_url: str, **more: Any) -> Settings:
    people = {user.handle: user.id for user in sandbox.team.users.values()}
    channel = sandbox.team.channel_by_name("triage")
    assert channel is not None
    given = {
        "slack_bot_token": sandbox.bot_token,
        "slack_app_token": sandbox.app_token,
        "slack_signing_secret": sandbox.signing_secret,
        "slack_api_url": sandbox.api_url,
        "database_url": database_url,
        "mlbug_triage_channel": channel.id,
        "mlbug_triagers": people["ana"],
    }
    return read_settings(env_file=None, **(given | more))


@contextmanager
def open_office(folder: Path, **more: Any) -> Iterator[Office]:
    """Start everything on a fresh SQLite file in `folder`."""
    with Sandbox(app=AppDefinition.from_manifest(manifest())) as sandbox:
        settings = settings_for(sandbox, f"sqlite:///{folder / 'history.db'}", **more)
        with serving(settings) as (assistant, _socket):
            sandbox.wait_for_app()
            yield Office(sandbox, assistant, settings)


def fill_what(
    modal: Modal, threat: str, *, title: str = "Model leaks", description: str = "Seen in the logs", second: str = ""
) -> None:
    """The first screen."""
    modal.fill("Title", title).fill("Description", description).choose("Which threat is it?", threat)
    if second:
        modal.choose("A second threat", second)
    modal.submit()


def answer_gates(bar: BugBar, modal: Modal, gates: Mapping[str, str] = APPLIES, **urgency: str) -> None:
    """The second screen, by the ids of the answers."""
    for gate in bar.gates:
        chosen = gates.get(gate.id, "unknown")
        modal.choose(gate.ask, "I don't know" if chosen == "unknown" else gate.option(chosen).label)
    for question in bar.urgency.questions:
        chosen = urgency.get(question.id, "unknown")
        modal.choose(question.ask, "I don't know" if chosen == "unknown" else question.option(chosen).label)
    modal.submit()


def answer_questions(bar: BugBar, modal: Modal, threat: str, answers: Mapping[str, str]) -> None:
    """The third screen, by the ids of the answers; what is not named is not known."""
    for question in bar.threat(threat).questions:
        chosen = answers.get(question.id, "unknown")
        modal.choose(question.ask, "I don't know" if chosen == "unknown" else question.option(chosen).label)
    modal.submit()


def worst(bar: BugBar, threat: str) -> dict[str, str]:
    """The worst answer to each question."""
    return {question.id: question.options[-1].id for question in bar.threat(threat).questions}


def file_report(
    office: Office, person: Person, threat: str, answers: Mapping[str, str], where: str = "#triage", **words: str
) -> Modal:
    """From `/mlbug` to the verdict."""
    bar = office.bar
    person.types(where, "/mlbug")
    fill_what(person.modal("Report an ML bug"), bar.threat(threat).name, **words)
    answer_gates(bar, person.modal("Does the bar apply?"))
    answer_questions(bar, person.modal("How bad is it?"), threat, answers)
    return person.modal("The verdict")
