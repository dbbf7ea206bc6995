"""A fresh workspace with the assistant at work, for each scenario. No mocks: real Bolt, real socket, real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from reporting import Office, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened
        assert (
            set(opened.sandbox.problems) == opened.expected
        )  # every view, message and ack passed the Block Kit checker
