"""The welcome is sent once a workspace: to whoever installed the app, or to the first admin that the settings name.

An installation for a whole organisation belongs to no workspace: its welcome goes by the organisation's own id and token.
"""

from triage.ports import Errand, WorkPlace

KIND = "welcome"


def is_organisation(workspace: str) -> bool:
    """Whether an id is that of an organisation (Enterprise Grid), in the place of a workspace's."""
    return workspace.startswith("E")


def greet(place: WorkPlace, workspace: str, user: str) -> None:
    """Put the first message into the queue; nothing where it was put before. Raises `Unavailable`."""
    if not workspace or not user.startswith(("U", "W")):
        return
    with place.write() as work:
        work.errands.put(Errand(key=KIND, kind=KIND, workspace=workspace, report=0, to=user))
        work.commit()
