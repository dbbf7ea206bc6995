"""Settings hold as soon as they are saved, and an old reading never comes back."""

from datetime import UTC, datetime

from fakes import MemoryPlace, MemoryStore

from bot.saved_settings import FRESH_S, SavedSettings
from triage.workspace import WorkspaceSettings

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FIRST, SECOND = WorkspaceSettings(triage_channel="C0FIRST"), WorkspaceSettings(triage_channel="C0SECOND")
ENVIRONMENT = WorkspaceSettings(triage_channel="C0ENV")


def save(place: MemoryPlace, settings: WorkspaceSettings) -> None:
    with place.write() as work:
        work.settings.put("T1", settings, NOW, "UANA")
        work.commit()


def test_the_environment_holds_until_something_is_saved() -> None:
    place = MemoryPlace(MemoryStore(), lambda: NOW)

    assert SavedSettings(place, ENVIRONMENT).of("T1") == ENVIRONMENT


def test_what_was_saved_here_holds_at_once_and_elsewhere_soon() -> None:
    place, clock = MemoryPlace(MemoryStore(), lambda: NOW), [0.0]
    here = SavedSettings(place, ENVIRONMENT, lambda: clock[0])
    elsewhere = SavedSettings(place, ENVIRONMENT, lambda: clock[0])
    assert elsewhere.of("T1") == ENVIRONMENT
    save(place, FIRST)
    here.forget("T1")

    assert here.of("T1") == FIRST
    assert elsewhere.of("T1") == ENVIRONMENT
    clock[0] += FRESH_S
    assert elsewhere.of("T1") == FIRST


def test_somebody_who_reads_while_a_change_is_kept_neither_sees_the_environment_nor_keeps_the_old() -> None:
    """A reading that began before the change ends after it; meanwhile another reader looks."""
    place = MemoryPlace(MemoryStore(), lambda: NOW)
    save(place, FIRST)
    settings = SavedSettings(place, ENVIRONMENT)
    reads: list[WorkspaceSettings] = []

    class Slow(MemoryPlace):
        def read(self):  # type: ignore[no-untyped-def]  # as MemoryPlace's
            if not reads:
                reads.append(FIRST)
                save(place, SECOND)
                settings.forget("T1")
                assert settings.of("T1") == SECOND  # the other reader, at the worst moment
            return super().read()

    settings._place = Slow(place._store, lambda: NOW)
    settings.of("T1")

    assert settings.of("T1") == SECOND
