"""Statements on the outbox, built once: building the first of them costs more than running it."""

from sqlalchemy import Boolean, ScalarSelect, and_, bindparam, case, exists, func, literal, not_, or_, select, update

from db.models import outbox, pauses

DUE, SENT, DEAD = "due", "sent", "dead"

_SPELT_DUE = literal(DUE, literal_execute=True)  # spelt out, so that the planner sees that the partial indexes fit

_one = outbox.alias("one")
_followed = outbox.alias("followed")
_sibling = outbox.alias("sibling")


def _next() -> ScalarSelect[int]:
    """The id of the errand to take: of the first workspace after the one served last, the one that is due longest."""
    sibling_waits = exists(
        select(literal(1)).where(
            _sibling.c.workspace == _one.c.workspace,
            _sibling.c.follows == _one.c.follows,
            _sibling.c.follows != literal("", literal_execute=True),
            _sibling.c.state == _SPELT_DUE,
            _sibling.c.id < _one.c.id,
        )
    )
    place = func.coalesce(func.nullif(_one.c.channel, ""), func.nullif(_followed.c.channel, ""), _one.c.recipient)
    paused = exists(
        select(literal(1)).where(
            pauses.c.workspace == _one.c.workspace, pauses.c.place == place, pauses.c.until > bindparam("at")
        )
    )
    return (
        select(_one.c.id)
        .outerjoin(_followed, and_(_followed.c.workspace == _one.c.workspace, _followed.c.key == _one.c.follows))
        .where(
            _one.c.state == _SPELT_DUE,
            _one.c.workspace > bindparam("served"),
            _one.c.due <= bindparam("at"),
            or_(_followed.c.id.is_(None), _followed.c.state != DUE),
            not_(sibling_waits),
            not_(paused),
        )
        .order_by(_one.c.workspace, _one.c.due, _one.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=_one)
        .scalar_subquery()
    )


TAKE = (
    update(outbox)
    .where(outbox.c.id == _next())
    .values(tries=outbox.c.tries + 1, due=bindparam("lease_end"), held=True)
    .returning(outbox)
)
POSTED = select(outbox.c.channel, outbox.c.ts).where(
    outbox.c.workspace == bindparam("of_workspace"),
    outbox.c.key == bindparam("of_key"),
    outbox.c.state == SENT,
    outbox.c.ts != "",
)
_MINE = update(outbox).where(
    outbox.c.id == bindparam("this"), outbox.c.tries == bindparam("this_try"), outbox.c.state == DUE, outbox.c.held
)
_FAILED = case((bindparam("not_reached", type_=Boolean), outbox.c.tries), else_=outbox.c.failed)
CLOSE_SENT = _MINE.values(
    state=SENT,
    held=False,
    closed=bindparam("at"),
    failed=outbox.c.tries,
    channel=bindparam("to_channel"),
    ts=bindparam("to_ts"),
    error="",
)
TRY_AGAIN = _MINE.values(
    due=bindparam("at"), held=False, failed=_FAILED, channel=bindparam("to_channel"), error=bindparam("why")
)
GIVE_UP = _MINE.values(state=DEAD, held=False, closed=bindparam("at"), failed=_FAILED, error=bindparam("why"))

# What is sent is most of the table: counted as all but the rest, so that only small indexes are read.
_NOT_IN_HAND = not_(and_(outbox.c.held, outbox.c.due > bindparam("at")))
COUNT_ALL = select(func.count()).select_from(outbox)
COUNT_DUE = select(
    func.count().label("errands"),
    func.sum(case((and_(outbox.c.tries > outbox.c.failed, _NOT_IN_HAND), 1), else_=0)).label("doubtful"),
    func.min(outbox.c.born).label("oldest"),
).where(outbox.c.state == _SPELT_DUE)
COUNT_DEAD = select(
    func.count().label("errands"),
    func.sum(case((outbox.c.tries > outbox.c.failed, 1), else_=0)).label("doubtful"),
).where(outbox.c.state == literal(DEAD, literal_execute=True))
