"""Search by meaning: whether the extra `semantic` is installed and wanted, and its model, loaded when it is first needed."""

import logging
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from threading import Lock, Thread
from typing import Protocol

from bot.settings import Settings
from triage.likeness import Nearness
from triage.ports import Meaning

log = logging.getLogger(__name__)

PACKAGE = "wordllama"


class Model(Meaning, Protocol):
    """A model that says what it is."""

    @property
    def name(self) -> str:
        """Its name and version."""


class LateMeaning:
    """`triage.ports.Meaning` over a model that is loaded by the first question, or by `begin` in a thread of its own.

    Whatever goes wrong with it is logged; the search then goes by words alone. What does not load is not tried again.
    """

    def __init__(self, load: Callable[[], Meaning]) -> None:
        self._load: Callable[[], Meaning] | None = load
        self._model: Meaning | None = None
        self._loading = Lock()

    def begin(self) -> None:
        """Load it beside the start."""
        Thread(target=self._loaded, name="meaning").start()

    def compare(self, question: str, texts: Sequence[str]) -> Nearness | None:
        """How near each text is to the question; None where the model can't tell."""
        model = self._loaded()
        if model is None:
            return None
        try:
            return model.compare(question, texts)
        except Exception as wrong:  # noqa: BLE001 - whatever it is, the search goes on without
            log.warning("search_by_meaning_failed", extra={"error": type(wrong).__name__})
            return None

    def _loaded(self) -> Meaning | None:
        with self._loading:
            if self._load is not None:
                load, self._load = self._load, None
                try:
                    self._model = load()
                except Exception as wrong:  # noqa: BLE001 - a package that is broken is broken in its own way
                    log.warning("search_by_meaning_does_not_load", extra={"error": type(wrong).__name__})
        return self._model


def is_installed() -> bool:
    """Whether the extra is here. Nothing of it is imported to know."""
    return find_spec(PACKAGE) is not None


def load() -> Model:
    """The model, from its package's files. Raises what an incomplete installation raises."""
    from bot.wordllama import WordLlama  # noqa: PLC0415 - numpy comes with it, which nobody else needs

    return WordLlama.installed()


def meaning_for(settings: Settings) -> LateMeaning | None:
    """The model, not loaded yet; None where it is not installed, or switched off."""
    return LateMeaning(load) if settings.mlbug_semantic == "auto" and is_installed() else None
