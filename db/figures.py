"""`triage.figures.Ledger` over the history: every number is summed by the database, in one transaction.

How many queries there are depends on nothing; what they read is what was filed, decided and closed in the window, and what
stands open: never the history before it. Each question has an index that holds all that it asks for (see the migration 0006).
"""

from sqlalchemy import Engine, text

from db.figures_came import Came
from db.figures_done import Done
from db.figures_look import Look
from db.figures_open import Standing
from db.transaction import begin
from triage.figures import Audience, Records
from triage.weeks import Window

# PostgreSQL would rather read a whole table than look up some ten thousand rows of it by their keys, and so do more from year
# to year. For this transaction it is told not to; and not to reuse a plan that it made when the history was another.
_BY_KEYS = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true), "
    "set_config('plan_cache_mode', 'force_custom_plan', true)"
)


class SqlLedger:
    """The figures of the database of `engine`. Raises `Unavailable`, as every read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def records(self, audience: Audience, window: Window, listed: int) -> Records:
        """What the audience may know of the window, at one moment; lists have at most `listed` entries."""
        with begin(self._engine, writes=False) as transaction:
            if transaction.dialect == "postgresql":
                transaction.read(_BY_KEYS)
            return _records(Look(transaction, audience, window, listed))


def _records(look: Look) -> Records:
    came, done, standing = Came(look), Done(look), Standing(look)
    threats, rated, intervals = came.by_threat()
    systems, named_systems = came.by_system()
    numbers = standing.numbers()
    asked, asked_longest = standing.asked()
    repeats, repeated = done.repeats()
    return Records(
        came_in=came.by_week(),
        came_before=came.before(),
        new=came.worst(),
        closed=done.closed(),
        accept_s=done.accept_s(),
        fix_s=done.fix_s(),
        rated=rated,
        intervals=intervals,
        threats=threats,
        systems=systems,
        named_systems=named_systems,
        open=numbers.by_age,
        overdue=numbers.overdue,
        overdue_worst=standing.overdue_worst(),
        unaccepted=numbers.unaccepted,
        unaccepted_since=numbers.unaccepted_since,
        asked=asked,
        asked_longest=asked_longest,
        repeats=repeats,
        repeated=repeated,
        agreed=done.agreed(),
        overridden=done.overridden(),
        restricted=came.restricted(),
    )
