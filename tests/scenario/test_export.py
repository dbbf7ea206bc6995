"""`/mlbug export` as an admin, and as somebody who is none, meets it; and what stands in the file."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from reporting import Office, answer_gates, file_report, fill_what, settings_for

from bot.cli_run import serving
from bot.listeners import export
from bot.manifest import manifest
from bot.sandbox.definition import AppDefinition
from bot.sandbox.server import Sandbox

BAIT = '=HYPERLINK("https://evil.example")'


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[Office]:
    """An office in which Mei is the admin."""
    with Sandbox(app=AppDefinition.from_manifest(manifest())) as sandbox:
        admins = sandbox.person("mei").id
        settings = settings_for(sandbox, f"sqlite:///{tmp_path / 'history.db'}", mlbug_admins=admins)
        with serving(settings) as (assistant, _socket):
            sandbox.wait_for_app()
            yield Office(sandbox, assistant, settings)


def filed(office: Office) -> None:
    file_report(office, office.person("ben"), "data_poisoning", {}, title=BAIT).close()
    office.person("ana").sees("#triage", "ML-1").press("Accept")
    office.person("ana").sees("#triage", "ML-1").until("State: accepted")


def the_file(office: Office, name: str) -> str:
    def content() -> bytes:
        (stored,) = (file for file in office.sandbox.team.files.values() if str(file["name"]).endswith(name))
        return bytes(stored["content"])

    return office.sandbox.look(content).decode()


def test_an_admin_gets_the_reports_with_their_history_as_a_file(managed: Office) -> None:
    filed(managed)
    mei = managed.person("mei")

    mei.types("#triage", "/mlbug export")

    mei.sees_ephemeral("#triage", "1 report is in mlbug-")
    assert ".csv" in mei.reads_dm("mlbug", "mlbug-")[-1].words
    (row,) = csv.DictReader(io.StringIO(the_file(managed, ".csv"), newline=""))
    assert row["title"] == f"'{BAIT}"
    assert [event["what"] for event in json.loads(row["events"])] == ["filed", "accepted"]


def test_it_comes_as_json_lines_too(managed: Office) -> None:
    filed(managed)
    mei = managed.person("mei")

    mei.types("#triage", "/mlbug export json")

    mei.sees_ephemeral("#triage", "1 report is in mlbug-")
    record = json.loads(the_file(managed, ".jsonl"))
    assert (record["title"], record["state"]) == (BAIT, "accepted")


def test_an_admin_who_is_no_triager_gets_no_restricted_report(managed: Office) -> None:
    ben, mei = managed.person("ben"), managed.person("mei")
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal().choose("Who may read it", "Restricted"), "Data poisoning")
    answer_gates(managed.bar, ben.modal("Does the bar apply?"), {"ml_target": "no"})
    ben.sees("#triage", "ML-1")
    mei.types("#triage", "/mlbug export")

    mei.sees_ephemeral("#triage", "There is nothing to export yet.")


def test_everybody_else_is_told_who_may(managed: Office) -> None:
    filed(managed)
    ben = managed.person("ben")

    ben.types("#triage", "/mlbug export")

    ben.sees_ephemeral("#triage", "Only admins of mlbug can export its history.")
    assert not managed.sandbox.look(lambda: list(managed.sandbox.team.files))


def test_what_is_too_large_for_a_file_is_said(managed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    filed(managed)
    monkeypatch.setattr(export, "BYTES_MAX", 10)
    mei = managed.person("mei")

    mei.types("#triage", "/mlbug export")

    mei.sees_ephemeral("#triage", "too large for a file in Slack")


def test_a_workspace_without_the_permission_for_files_is_told_so(managed: Office) -> None:
    filed(managed)
    managed.sandbox.faults.refuse("files.getUploadURLExternal", "missing_scope")
    mei = managed.person("mei")

    mei.types("#triage", "/mlbug export")

    mei.sees_ephemeral("#triage", "it lacks the permission files:write")
