"""A fresh workspace with the assistant at work, for each scenario. No mocks: real Bolt, real socket, real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from reporting import Office, open_office

MOVED_ON = "views.update: not_found"  # what was to be added to a screen came after the person had left it


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened
        # Every view, message and ack passed the Block Kit checker.
        assert set(opened.sandbox.problems) - {MOVED_ON} == opened.expected
