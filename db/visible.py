"""Who sees which report, as a condition of a query. The rule is `triage.access.may_see`; a test holds the two together."""

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, false, not_, or_, select

from db.models import report_viewers, reports
from triage.access import Role, Viewer


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The condition on `reports` that every read of reports, and of what belongs to them, is made under."""
    return _rule(viewer.role, viewer.workspace, viewer.user)


def visible_as(role: Role) -> ColumnElement[bool]:
    """The same for a statement that is built once and run with `viewer_values(viewer)`; one for each role."""
    return _rule(role, bindparam("viewer_workspace"), bindparam("viewer_user"))


def viewer_values(viewer: Viewer) -> dict[str, str]:
    """What a statement made under `visible_as(viewer.role)` needs to know."""
    return {"viewer_workspace": viewer.workspace, "viewer_user": viewer.user}


def _rule(role: Role, workspace: str | BindParameter[str], user: str | BindParameter[str]) -> ColumnElement[bool]:
    if role is Role.OUTSIDER:
        return false()
    own_workspace = reports.c.workspace == workspace
    if role is Role.TRIAGER:
        return own_workspace
    named = exists(
        select(report_viewers.c.report).where(
            report_viewers.c.workspace == reports.c.workspace,
            report_viewers.c.report == reports.c.number,
            report_viewers.c.user_id == user,
        )
    )
    return and_(own_workspace, or_(not_(reports.c.restricted), reports.c.reporter == user, named))
