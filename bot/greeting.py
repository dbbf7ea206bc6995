"""The welcome is sent once a workspace: to whoever installed the app, or to the first admin that the settings name."""

from triage.ports import Errand, WorkPlace

KIND = "welcome"


def greet(place: WorkPlace, workspace: str, user: str) -> None:
    """Put the first message into the queue; nothing where it was put before. Raises `Unavailable`."""
    if not workspace or not user.startswith(("U", "W")):
        return
    with place.write() as work:
        work.errands.put(Errand(key=KIND, kind=KIND, workspace=workspace, report=0, to=user))
        work.commit()
