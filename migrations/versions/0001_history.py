"""The history: workspaces, drafts, reports, verdicts, answers, events, bars, and the queue of what is to be told."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.String(64)
MOMENT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OF_A_WORKSPACE = ("verdicts", "answers", "events")  # append-only; deleted by erasure alone
OF_ALL = ("bars",)  # append-only; never deleted

# One function for all four tables. An argument to the trigger says that erasure may delete.
APPEND_ONLY = """
CREATE FUNCTION mlbug_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erasing boolean := false;
BEGIN
    IF TG_OP = 'DELETE' AND TG_NARGS = 1 THEN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.erasures WHERE workspace = $1)', TG_TABLE_SCHEMA)
            INTO erasing USING OLD.workspace;
        IF erasing THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: its rows are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def upgrade() -> None:
    """Create the tables and what keeps the history append-only."""
    op.create_table(
        "bars",
        sa.Column("hash", sa.String(80), nullable=False),
        sa.Column("bar_id", ID, nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("canonical", sa.String(2000000), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_bars"),
    )
    op.create_table(
        "drafts",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("step", ID, nullable=False),
        sa.Column("entries", sa.String(60000), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("report", sa.Integer()),
        sa.PrimaryKeyConstraint("workspace", "user_id", "id", name="pk_drafts"),
    )
    op.create_index(
        "ix_drafts_unfinished", "drafts", ["workspace", "user_id", "updated_at"], **_where("report IS NULL")
    )
    op.create_table(
        "erasures", sa.Column("workspace", ID, nullable=False), sa.PrimaryKeyConstraint("workspace", name="pk_erasures")
    )
    op.create_table(
        "outbox",
        sa.Column("id", ROW_ID, sa.Identity(), nullable=False),
        sa.Column("workspace", ID, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column("recipient", ID, nullable=False),
        sa.Column("follows", sa.String(200), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("data", sa.String(3000), nullable=False),
        sa.Column("state", ID, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("born", MOMENT, nullable=False),
        sa.Column("closed", MOMENT),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.Column("ts", ID, nullable=False),
        sa.Column("error", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("workspace", "key", name="uq_outbox_workspace_key"),
    )
    op.create_index("ix_outbox_channel", "outbox", ["workspace", "channel", "recipient"], **_where("channel <> ''"))
    op.create_index("ix_outbox_dead", "outbox", ["workspace", "id"], **_where("state = 'dead'"))
    op.create_index("ix_outbox_due", "outbox", ["workspace", "due", "id"], **_where("state = 'due'"))
    op.create_index(
        "ix_outbox_thread", "outbox", ["workspace", "follows", "id"], **_where("state = 'due' AND follows <> ''")
    )
    op.create_table(
        "pauses",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("place", ID, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "place", name="pk_pauses"),
    )
    op.create_table(
        "reports",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("draft", ID, nullable=False),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("description", sa.String(3000), nullable=False),
        sa.Column("system", sa.String(75), nullable=False),
        sa.Column("system_folded", sa.String(225), nullable=False),
        sa.Column("reporter", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", ID, nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(1000), nullable=False),
        sa.Column("verdict", sa.Integer(), nullable=False),
        sa.Column("severity", ID),
        sa.Column("severity_low", ID),
        sa.Column("override", ID),
        sa.Column("effective", ID),
        sa.Column("urgency", ID),
        sa.Column("threat", ID),
        sa.Column("rule", ID),
        sa.Column("outcome", ID, nullable=False),
        sa.Column("route", ID),
        sa.Column("owner", ID),
        sa.Column("due_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.PrimaryKeyConstraint("workspace", "number", name="pk_reports"),
        sa.UniqueConstraint("workspace", "draft", name="uq_reports_workspace_draft"),
    )
    op.create_index("ix_reports_closed", "reports", ["workspace", "closed_at"])
    op.create_index("ix_reports_created", "reports", ["workspace", "created_at"])
    op.create_index(
        "ix_reports_due", "reports", ["workspace", "due_at"], **_where("due_at IS NOT NULL AND closed_at IS NULL")
    )
    op.create_index("ix_reports_effective", "reports", ["workspace", "effective", "created_at"])
    op.create_index("ix_reports_owner", "reports", ["workspace", "owner", "created_at"], **_where("owner IS NOT NULL"))
    op.create_index("ix_reports_reporter", "reports", ["workspace", "reporter", "created_at"])
    op.create_index("ix_reports_state", "reports", ["workspace", "state", "created_at"])
    op.create_index("ix_reports_system", "reports", ["workspace", "system_folded", "restricted", "reporter", "number"])
    op.create_index("ix_reports_threat", "reports", ["workspace", "threat", "created_at"])
    op.create_table(
        "workspaces",
        sa.Column("id", ID, nullable=False),
        sa.Column("next_report", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
    )
    op.create_table(
        "events",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("was", sa.String(3000), nullable=False),
        sa.Column("now", sa.String(3000), nullable=False),
        sa.Column("reason", sa.String(3000), nullable=False),
        sa.Column("data", sa.String(3000), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "report"], ["reports.workspace", "reports.number"], name="fk_events_reports"
        ),
        sa.PrimaryKeyConstraint("workspace", "report", "seq", name="pk_events"),
    )
    op.create_index("ix_events_at", "events", ["workspace", "at"])
    op.create_index("ix_events_kind", "events", ["workspace", "kind", "at"])
    op.create_table(
        "report_viewers",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "report"], ["reports.workspace", "reports.number"], name="fk_report_viewers_reports"
        ),
        sa.PrimaryKeyConstraint("workspace", "report", "user_id", name="pk_report_viewers"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_viewers_user", "report_viewers", ["workspace", "user_id", "report"])
    op.create_table(
        "verdicts",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_user", ID, nullable=False),
        sa.Column("bar_hash", sa.String(80), nullable=False),
        sa.Column("case_json", sa.String(20000), nullable=False),
        sa.Column("verdict_json", sa.String(200000), nullable=False),
        sa.Column("bar_id", ID, nullable=False),
        sa.Column("bar_version", sa.String(200), nullable=False),
        sa.Column("outcome", ID, nullable=False),
        sa.Column("severity", ID),
        sa.Column("severity_low", ID),
        sa.Column("urgency", ID),
        sa.Column("threat", ID),
        sa.Column("rule", ID),
        sa.ForeignKeyConstraint(["bar_hash"], ["bars.hash"], name="fk_verdicts_bars"),
        sa.ForeignKeyConstraint(
            ["workspace", "report"], ["reports.workspace", "reports.number"], name="fk_verdicts_reports"
        ),
        sa.PrimaryKeyConstraint("workspace", "report", "seq", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_bar", "verdicts", ["workspace", "bar_hash"])
    op.create_table(
        "answers",
        sa.Column("workspace", ID, nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Integer(), nullable=False),
        sa.Column("topic", ID, nullable=False),
        sa.Column("question", ID, nullable=False),
        sa.Column("answer", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "report", "verdict"],
            ["verdicts.workspace", "verdicts.report", "verdicts.seq"],
            name="fk_answers_verdicts",
        ),
        sa.PrimaryKeyConstraint("workspace", "report", "verdict", "topic", "question", name="pk_answers"),
        sqlite_with_rowid=False,
    )

    _keep_append_only()


def downgrade() -> None:
    """Drop everything."""
    order = (
        "answers",
        "verdicts",
        "events",
        "report_viewers",
        "reports",
        "bars",
        "drafts",
        "erasures",
        "outbox",
        "pauses",
        "workspaces",
    )
    for table in order:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION mlbug_append_only()")


def _keep_append_only() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute(APPEND_ONLY)
    for table in (*OF_A_WORKSPACE, *OF_ALL):
        erasable = table in OF_A_WORKSPACE
        triggers = _postgres_triggers if bind.dialect.name == "postgresql" else _sqlite_triggers
        for statement in triggers(table, erasable=erasable):
            op.execute(statement)


def _postgres_triggers(table: str, *, erasable: bool) -> tuple[str, ...]:
    argument = "'erasable'" if erasable else ""
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION mlbug_append_only({argument})",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION mlbug_append_only()",
    )


def _sqlite_triggers(table: str, *, erasable: bool) -> tuple[str, ...]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: its rows are never changed or deleted'); END"
    erasing = "WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE workspace = OLD.workspace)" if erasable else ""
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {erasing} {refuse}",
    )


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
