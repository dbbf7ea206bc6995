"""The kill test, small enough for every run of the tests. The long one: `python -m tests.crash --kills 1000`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests is no package; the benchmarks' and this test's parts are

from tests.crash.run import Plan, run


def test_nothing_is_lost_or_told_twice_whatever_is_killed(sqlite_url: str, tmp_path: Path) -> None:
    count = run(Plan(kills=8, processes=3, seed=3, people=3), sqlite_url, tmp_path)

    assert count.is_good, count
    assert count.kills == 8
    assert count.posted_while_killing > 0
    assert count.confirmed > 0
    assert count.digests > 0


def test_nothing_is_lost_or_told_twice_by_socket_mode_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    count = run(Plan(kills=6, processes=2, seed=5, people=3, socket=True), postgres_url, tmp_path)

    assert count.is_good, count
    assert count.posted_while_killing > 0
    assert count.confirmed > 0
    assert count.digests > 0
