"""The files that start mlbug elsewhere start commands that exist."""

import json
import re
import shlex
from pathlib import Path

import pytest

from bot.cli import parser
from bot.metrics import HELP
from bot.settings import Settings

ROOT = Path(__file__).parents[2]


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines:
        match = re.fullmatch(r"([A-Za-z0-9_-]+):\s*(.+)", line)
        assert match, f"Procfile: {line!r}"
        found[match[1]] = match[2]
    return found


def test_the_procfile_has_its_processes() -> None:
    assert {"release", "web", "worker"} <= set(procfile())


@pytest.mark.parametrize("line", sorted(procfile().values()))
def test_what_the_procfile_starts_can_be_parsed(line: str) -> None:
    program, *arguments = shlex.split(line)

    assert program == "mlbug"
    parser().parse_args([argument.replace("$PORT", "3000") for argument in arguments])


def test_heroku_asks_for_settings_that_exist() -> None:
    app = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))

    assert set(app["env"]) <= {name.upper() for name in Settings.model_fields}
    assert all(each["description"] for each in app["env"].values())
    assert set(app["formation"]) <= set(procfile())


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    text = (ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8")
    asked = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bmlbug_[a-z_]+", text)}

    assert json.loads(text)["panels"]
    assert asked == set(HELP)


def test_the_unit_starts_mlbug_as_somebody_of_its_own() -> None:
    unit = (ROOT / "deploy" / "mlbug.service").read_text(encoding="utf-8")

    assert re.search(r"^ExecStart=\S+/mlbug run$", unit, re.MULTILINE)
    assert re.search(r"^User=mlbug$", unit, re.MULTILINE)
    assert "ProtectSystem=strict" in unit
