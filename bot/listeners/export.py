"""`/mlbug export [csv|json]`: the history as a file, sent to the admin who asked for it, and to nobody else."""

import io
import logging
from collections.abc import Iterable

from bot.answer import Answer, Body, new_reference, unexpected
from bot.context import Context
from bot.gateway import RefusedBySlack, SlackFault
from bot.render.answers import sentence
from triage.access import Viewer
from triage.errors import MlbugError, Refused
from triage.transfer import FIELDS, Exported, cells, csv_line, jsonl

log = logging.getLogger(__name__)

CSV, JSON = "csv", "json"
BYTES_MAX = 20_000_000
TOO_LARGE = "The history is too large for a file in Slack. Whoever runs mlbug can write all of it on its machine: `mlbug export`."
NO_SCOPE = (
    "mlbug may not send files here: it lacks the permission files:write. An admin of the workspace can grant it by "
    "installing the app again; until then, whoever runs mlbug can write the file on its machine: `mlbug export`."
)
FAILED = "The file could not be sent: Slack did not take it ({error}). Try again in a few minutes."


class Export:
    """The listener."""

    def __init__(self, context: Context) -> None:
        self._x = context

    def asked(self, body: Body, how: str) -> Answer:
        """Refuse at once, or send the file later."""
        viewer = self._x.viewer(body)
        reports = self._x.exporting.reports(viewer)
        as_json = how.lower().startswith(JSON)
        return Answer(then=(lambda: self._told(body, viewer, reports, as_json=as_json),))

    def _told(self, body: Body, viewer: Viewer, reports: Iterable[Exported], *, as_json: bool) -> None:
        """Whatever happens, the asker hears of it."""
        try:
            told = self._send(viewer, reports, as_json=as_json)
        except MlbugError as refused:
            told = refused.message
        except RefusedBySlack as refused:
            told = NO_SCOPE if refused.error == "missing_scope" else FAILED.format(error=refused.error)
        except SlackFault as fault:
            told = FAILED.format(error=fault.error)
        except Exception:  # nobody else would tell the asker
            reference = new_reference()
            log.exception("export_failed", extra={"reference": reference})
            told = unexpected(reference)
        self._x.gateway.respond(str(body.get("response_url") or ""), sentence(told))

    def _send(self, viewer: Viewer, reports: Iterable[Exported], *, as_json: bool) -> str:
        content, number = written(reports, as_json=as_json)
        if not number:
            return "There is nothing to export yet."
        day = self._x.clock().date().isoformat()
        gateway = self._x.gateway
        channel = gateway.direct_channel(viewer.workspace, viewer.user)
        name = f"mlbug-{day}.{'jsonl' if as_json else 'csv'}"
        gateway.send_file(viewer.workspace, channel, name, content)
        return f"{number} {'report is' if number == 1 else 'reports are'} in {name}, in your messages with mlbug."


def written(reports: Iterable[Exported], *, as_json: bool) -> tuple[bytes, int]:
    """The file, and how many reports are in it. Raises `Refused` where it would be too large."""
    file = io.BytesIO()
    if not as_json:
        file.write(csv_line(FIELDS).encode())
    number = 0
    for one in reports:
        record = one.record()
        file.write((jsonl(record) if as_json else csv_line(cells(record))).encode("utf-8", "replace"))
        number += 1
        if file.tell() > BYTES_MAX:
            raise Refused(TOO_LARGE)
    return file.getvalue(), number
