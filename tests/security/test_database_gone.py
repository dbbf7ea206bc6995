"""The database goes away while people work: each is told, nothing is lost, and nobody has to start anything again.

A few seconds of it; a minute and more: `python -m tests.crash --database-gone 60`. That the waits end before Slack's patience
does is said by the bounds themselves.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests is no package; the crash test's parts are used here

from bot.lanes import START_WITHIN_S
from db.engine import CONNECT_S, LOCK_WAIT_S
from tests.crash.gone import Told, postgres_to_stop, run_gone, sqlite_to_lock
from tests.crash.run import Plan

GONE_S = 4.0
SLACK_WAITS_S = 3.0


def is_well(told: Told) -> None:
    assert told.answers["try again"] > 0
    assert told.answers["nothing"] == told.answers["something else"] == 0, told
    assert told.helped > 0
    assert told.not_helped == 0, "what needs no database must not wait for it"
    assert not told.restarted
    assert told.count.confirmed > 0
    assert told.count.is_good, told.count


def test_sqlite_locked_by_somebody_else(tmp_path: Path) -> None:
    with sqlite_to_lock(tmp_path) as (url, away):
        is_well(run_gone(url, away, GONE_S, Plan(kills=0, processes=1, seed=1, people=3), tmp_path))


@pytest.mark.parametrize("socket", [False, True], ids=["http", "socket mode"])
def test_postgresql_stopped_and_started(tmp_path: Path, *, socket: bool) -> None:
    plan = Plan(kills=0, processes=1 if socket else 2, seed=2, people=3, socket=socket)
    with postgres_to_stop() as (url, away):
        told = run_gone(url, away, GONE_S, plan, tmp_path)

    is_well(told)
    assert told.unready_seen


def test_each_wait_for_the_database_ends_before_slack_gives_up() -> None:
    assert LOCK_WAIT_S < SLACK_WAITS_S
    assert CONNECT_S < SLACK_WAITS_S
    assert START_WITHIN_S <= SLACK_WAITS_S / 2
