"""What every test may use. The helpers live in tests/support, which this file makes importable."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

from databases import (  # noqa: F401 - fixtures, after the path is set
    blank_postgres_url,
    blank_sqlite_url,
    blank_url,
    database_url,
    engine,
    postgres_at_head,
    postgres_server,
    postgres_url,
    sqlite_template,
    sqlite_url,
)
from stores import place, queue, store  # noqa: F401 - the same

_OURS = ("SLACK_", "MLBUG_", "DATABASE_URL")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLBUG_SEMANTIC", "off")  # the same figures, whether the extra is installed or not
