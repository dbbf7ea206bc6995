"""The HTTP endpoint under hostile traffic. 100,000 requests: `python -m tests.security.fuzz --count 100000`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests is no package; the benchmarks' and this test's parts are

from tests.security.fuzz import fuzz


def test_hostile_requests_change_nothing_and_break_nothing(tmp_path: Path) -> None:
    found = fuzz(1500, seed=3, folder=tmp_path)

    assert found.bad == []
    assert found.unforeseen == []
    assert found.unsigned_changes == 0
    assert found.statuses["401"] > 700
    assert found.statuses["200"] > 20
