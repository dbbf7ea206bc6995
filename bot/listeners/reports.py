"""`/mlbug report [30d|90d|quarter]` and `/mlbug digest preview`: acked at once, answered when the figures are there."""

import logging
from collections.abc import Callable
from typing import Any

from bot.answer import Answer, Body, new_reference, unexpected
from bot.context import Context
from bot.gateway import RefusedBySlack
from bot.render import digest as rendered_digest
from bot.render import report as rendered_report
from bot.render.answers import sentence
from triage.errors import MlbugError

log = logging.getLogger(__name__)

DEFAULT_PERIOD = "30d"
Made = Callable[[bool], dict[str, Any]]  # from whether charts are known to a message


class Reports:
    """The listeners of figures on demand."""

    def __init__(self, context: Context) -> None:
        self._x = context

    def report(self, body: Body, period: str) -> Answer:
        """Figures of a period, for the asker alone."""
        viewer = self._x.viewer(body)

        def made() -> Made:
            try:
                figures = self._x.overview.report(viewer, period or DEFAULT_PERIOD)
            except ValueError as wrong:
                told = sentence(f"{wrong}.")
                return lambda _charts: told
            zone = self._x.overview.zone(viewer.workspace)
            return lambda charts: rendered_report.message(figures, zone, charts=charts)

        return Answer(then=(lambda: self._answer(body, made),))

    def preview(self, body: Body) -> Answer:
        """The next digest as the channel would read it now, for the asker alone."""
        viewer = self._x.viewer(body)

        def made() -> Made:
            digest = self._x.overview.preview(viewer)
            return lambda charts: rendered_digest.message(digest, charts=charts)

        return Answer(then=(lambda: self._answer(body, made),))

    def _answer(self, body: Body, made: Callable[[], Made]) -> None:
        """Whatever happens, the asker hears of it."""
        url = str(body.get("response_url") or "")
        try:
            message = made()
        except MlbugError as told:
            self._x.gateway.respond(url, sentence(told.message))
            return
        except Exception:  # nobody else would tell the asker
            reference = new_reference()
            log.exception("figures_failed", extra={"reference": reference})
            self._x.gateway.respond(url, sentence(unexpected(reference)))
            return
        try:
            self._x.gateway.respond(url, message(True))
        except RefusedBySlack:  # response URLs say no more: a block that the workspace does not know, most likely
            self._x.gateway.respond(url, message(False))
