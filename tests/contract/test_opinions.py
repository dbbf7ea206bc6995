"""What people thought of answers, on every store."""

from triage.access import Viewer
from triage.ports import WorkPlace


def test_the_last_opinion_of_a_person_counts_and_workspaces_are_apart(place: WorkPlace) -> None:
    ben, mei, far = Viewer("T1", "UBEN"), Viewer("T1", "UMEI"), Viewer("T2", "UBEN")
    with place.write() as work:
        work.opinions.put(ben, "C1:1.2", helped=True)
        work.opinions.put(mei, "C1:1.2", helped=True)
        work.opinions.put(mei, "C1:3.4", helped=False)
        work.opinions.put(far, "C1:1.2", helped=False)
        work.opinions.put(ben, "C1:1.2", helped=False)
        work.commit()

    with place.read() as work:
        assert work.opinions.count("T1") == (1, 2)
        assert work.opinions.count("T2") == (0, 1)
        assert work.opinions.count("T3") == (0, 0)
