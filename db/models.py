"""The tables. What is per workspace has the workspace first in every key and index, so that it can be partitioned by it.

Append-only, by triggers (see the migrations): `verdicts`, `answers`, `events`, `settings`, `bars`. The one door is erasure: while
a workspace is listed in `erasures`, its rows may be deleted, never changed; `bars` hold nothing of a workspace's.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from db.types import Exact, Moment, RowId, Strings, Words
from triage.reports import DESCRIPTION_MAX, SYSTEM_MAX, TITLE_MAX

ID = 64  # Slack's ids have about 11 characters, the bar's are words
KEY = 200
LINK = 1000
REASON = 3000
ERROR = 500
ENTRIES = 60_000
CASE = 20_000
VERDICT = 200_000
BAR = 2_000_000

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


STANDS_OPEN = "state IN ('accepted', 'new') AND closed_at IS NULL"
TURNS = "kind IN ('answered', 'asked', 'closed', 'linked', 'unlinked')"  # where a question, or a link, begins and ends


def _id(name: str, **options: Any) -> Column[str]:
    return Column(name, Words(ID), nullable=options.pop("nullable", False), **options)


workspaces = Table(
    "workspaces",
    metadata,
    _id("id", primary_key=True),
    # Counted up in the transaction that files the report: no gaps, no doubles.
    Column("next_report", Integer, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    _id("workspace"),
    _id("user_id"),
    _id("id"),
    Column("step", Words(ID), nullable=False),
    Column("entries", Exact(ENTRIES), nullable=False),  # JSON of triage.reports.Entries
    Column("updated_at", Moment, nullable=False),
    Column("report", Integer),  # the report's number, once filed
    PrimaryKeyConstraint("workspace", "user_id", "id"),
    _partial("ix_drafts_unfinished", "workspace", "user_id", "updated_at", where="report IS NULL"),
)

reports = Table(
    "reports",
    metadata,
    _id("workspace"),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    _id("draft"),
    Column("title", Words(TITLE_MAX), nullable=False),
    Column("description", Words(DESCRIPTION_MAX), nullable=False),
    Column("system", Words(SYSTEM_MAX), nullable=False),
    Column("system_folded", Words(3 * SYSTEM_MAX), nullable=False),  # folding can triple a text's length
    _id("reporter"),
    Column("created_at", Moment, nullable=False),
    Column("state", Words(ID), nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("source", Words(LINK), nullable=False),
    # The present verdict: its seq in `verdicts`, and what lists and figures ask of it.
    Column("verdict", Integer, nullable=False),
    Column("severity", Words(ID)),
    Column("severity_low", Words(ID)),
    Column("override", Words(ID)),
    Column("effective", Words(ID)),  # the override, else the severity
    Column("urgency", Words(ID)),
    Column("threat", Words(ID)),
    Column("rule", Words(ID)),
    Column("outcome", Words(ID), nullable=False),
    Column("route", Words(ID)),
    Column("owner", Words(ID)),
    Column("due_at", Moment),
    Column("closed_at", Moment),
    Column("accepted_at", Moment),
    Column("duplicate_of", Integer),
    Column("risk_until", Moment),
    Column("wake_at", Moment),  # when the clock has to look at it next
    Column("asked", Words(KEY)),
    PrimaryKeyConstraint("workspace", "number"),
    UniqueConstraint("workspace", "draft"),  # a doubled filing fails here, whatever else went wrong
    # Holds all that counting by week asks for, whoever looks, so that it reads no report.
    Index("ix_reports_came", "workspace", "created_at", "restricted", "effective", "reporter", "number"),
    Index("ix_reports_state", "workspace", "state", "created_at"),
    Index("ix_reports_effective", "workspace", "effective", "created_at"),
    Index("ix_reports_threat", "workspace", "threat", "created_at"),
    Index("ix_reports_reporter", "workspace", "reporter", "created_at"),
    _partial("ix_reports_owner", "workspace", "owner", "created_at", where="owner IS NOT NULL"),
    _partial("ix_reports_due", "workspace", "due_at", where="due_at IS NOT NULL AND closed_at IS NULL"),
    Index("ix_reports_closed", "workspace", "closed_at"),
    # As large as what is open, however long the history; and as what was accepted, with all that is counted of it.
    _partial(
        "ix_reports_open",
        *("workspace", "state", "created_at", "restricted", "effective", "reporter", "number"),
        *("due_at", "accepted_at", "asked", "closed_at"),
        where=STANDS_OPEN,
    ),
    _partial(
        "ix_reports_accepted",
        *("workspace", "accepted_at", "restricted", "rule", "created_at", "reporter", "number"),
        where="accepted_at IS NOT NULL",
    ),
    _partial("ix_reports_duplicate", "workspace", "duplicate_of", where="duplicate_of IS NOT NULL"),
    _partial("ix_reports_asked", "workspace", "reporter", "number", where="asked IS NOT NULL"),
    _partial("ix_reports_wake", "wake_at", "workspace", "number", where="wake_at IS NOT NULL"),
    # Holds all that the type-ahead asks for, so that it reads no report.
    Index("ix_reports_system", "workspace", "system_folded", "restricted", "reporter", "number"),
)

report_viewers = Table(
    "report_viewers",
    metadata,
    _id("workspace"),
    Column("report", Integer, nullable=False),
    _id("user_id"),
    PrimaryKeyConstraint("workspace", "report", "user_id"),
    ForeignKeyConstraint(["workspace", "report"], ["reports.workspace", "reports.number"]),
    Index("ix_report_viewers_user", "workspace", "user_id", "report"),
    sqlite_with_rowid=False,
)

bars = Table(
    "bars",
    metadata,
    Column("hash", Exact(80), primary_key=True),
    Column("bar_id", Words(ID), nullable=False),
    Column("version", Words(KEY), nullable=False),
    Column("canonical", Exact(BAR), nullable=False),
)

verdicts = Table(
    "verdicts",
    metadata,
    _id("workspace"),
    Column("report", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    _id("by_user"),
    Column("bar_hash", Exact(80), nullable=False),
    Column("case_json", Exact(CASE), nullable=False),
    Column("verdict_json", Exact(VERDICT), nullable=False),
    # Said in the JSON, too; here for figures over many.
    Column("bar_id", Words(ID), nullable=False),
    Column("bar_version", Words(KEY), nullable=False),
    Column("outcome", Words(ID), nullable=False),
    Column("severity", Words(ID)),
    Column("severity_low", Words(ID)),
    Column("urgency", Words(ID)),
    Column("threat", Words(ID)),
    Column("rule", Words(ID)),
    PrimaryKeyConstraint("workspace", "report", "seq"),
    ForeignKeyConstraint(["workspace", "report"], ["reports.workspace", "reports.number"]),
    ForeignKeyConstraint(["bar_hash"], ["bars.hash"]),
    Index("ix_verdicts_bar", "workspace", "bar_hash"),
)

answers = Table(
    "answers",
    metadata,
    _id("workspace"),
    Column("report", Integer, nullable=False),
    Column("verdict", Integer, nullable=False),
    _id("topic"),  # a threat's id, "gates" or "urgency"
    _id("question"),  # a question's or gate's id, or "variant"
    _id("answer"),  # an option's id
    PrimaryKeyConstraint("workspace", "report", "verdict", "topic", "question"),
    ForeignKeyConstraint(["workspace", "report", "verdict"], ["verdicts.workspace", "verdicts.report", "verdicts.seq"]),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    _id("workspace"),
    Column("report", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Words(ID), nullable=False),
    Column("at", Moment, nullable=False),
    _id("actor"),
    Column("was", Words(REASON), nullable=False),
    Column("now", Words(REASON), nullable=False),
    Column("reason", Words(REASON), nullable=False),
    Column("data", Strings(REASON), nullable=False),
    PrimaryKeyConstraint("workspace", "report", "seq"),
    ForeignKeyConstraint(["workspace", "report"], ["reports.workspace", "reports.number"]),
    Index("ix_events_at", "workspace", "at"),
    Index("ix_events_done", "workspace", "kind", "at", "report", "seq"),
    _partial("ix_events_turns", "workspace", "report", "seq", "kind", "at", where=TURNS),
)

settings = Table(
    "settings",
    metadata,
    _id("workspace"),
    Column("seq", Integer, nullable=False),  # the newest one holds; the ones before it are its history
    Column("at", Moment, nullable=False),
    _id("by_user"),
    Column("content", Exact(CASE), nullable=False),  # JSON of triage.workspace.WorkspaceSettings
    PrimaryKeyConstraint("workspace", "seq"),
)

people = Table(
    "people",
    metadata,
    _id("workspace"),
    _id("user_id"),
    Column("guest", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("seen_at", Moment, nullable=False),  # when Slack was asked last
    PrimaryKeyConstraint("workspace", "user_id"),
    sqlite_with_rowid=False,
)

erasures = Table("erasures", metadata, _id("workspace", primary_key=True))

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, Identity(), primary_key=True),
    _id("workspace"),
    Column("key", Words(KEY), nullable=False),
    Column("kind", Words(ID), nullable=False),
    Column("report", Integer, nullable=False),
    Column("recipient", Words(ID), nullable=False),  # a user's id; empty: the triage channel
    Column("follows", Words(KEY), nullable=False),
    Column("event", Integer, nullable=False),
    Column("data", Strings(REASON), nullable=False),
    Column("state", Words(ID), nullable=False),  # due -> sent | dead, and dead -> due again by hand
    Column("due", Moment, nullable=False),  # the next try; while held, the end of the lease
    Column("held", Boolean, nullable=False),
    Column("born", Moment, nullable=False),
    Column("closed", Moment),
    Column("tries", Integer, nullable=False),
    Column("failed", Integer, nullable=False),  # the newest try up to which none reached Slack; tries > failed is doubt
    Column("channel", Words(ID), nullable=False),
    Column("ts", Words(ID), nullable=False),
    Column("error", Words(ERROR), nullable=False),
    UniqueConstraint("workspace", "key"),
    _partial("ix_outbox_due", "workspace", "due", "id", where="state = 'due'"),
    _partial("ix_outbox_thread", "workspace", "follows", "id", where="state = 'due' AND follows <> ''"),
    _partial("ix_outbox_dead", "workspace", "id", where="state = 'dead'"),
    _partial("ix_outbox_channel", "workspace", "channel", "recipient", where="channel <> ''"),
)

pauses = Table(
    "pauses",
    metadata,
    _id("workspace"),
    Column("place", Words(ID), nullable=False),  # a channel, a recipient, or empty for the triage channel
    Column("until", Moment, nullable=False),
    PrimaryKeyConstraint("workspace", "place"),
)

# What the assistant remembers of a workspace for itself: which digests were claimed, since when, and what it cannot show.
marks = Table(
    "marks",
    metadata,
    _id("workspace"),
    Column("name", Words(KEY), nullable=False),
    Column("value", Words(KEY), nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("workspace", "name"),
    sqlite_with_rowid=False,
)
