"""Who sees which report, as a condition of a query. The rule is `triage.access.may_see`; a test holds the two together."""

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select

from db.models import drafts, report_viewers, reports
from triage.access import Viewer


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `reports` that every read of reports, and of what belongs to them, is made under."""
    if not viewer.is_member:
        return false()
    own_workspace = reports.c.workspace == viewer.workspace
    if viewer.is_triager:
        return own_workspace
    named = exists(
        select(report_viewers.c.report).where(
            report_viewers.c.workspace == reports.c.workspace,
            report_viewers.c.report == reports.c.number,
            report_viewers.c.user_id == viewer.user,
        )
    )
    return and_(own_workspace, or_(not_(reports.c.restricted), reports.c.reporter == viewer.user, named))


def own(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `drafts`: a member's own."""
    if not viewer.is_member:
        return false()
    return and_(drafts.c.workspace == viewer.workspace, drafts.c.user_id == viewer.user)
