"""People whom nobody knows yet: acked first, looked up then, and only then is their request carried out."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.gateway import Gateway, SlackFault
from bot.roster import Roster, Unmet

log = logging.getLogger(__name__)

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Looks people up for the guard, and answers them where the ack is gone."""

    roster: Roster
    gateway: Gateway

    def meet(self, unmet: Unmet) -> None:
        """Ask Slack who it is. Raises `Forbidden` where Slack does not say."""
        self.roster.meet(unmet.workspace, unmet.user)

    def deliver(self, body: Body, content: Mapping[str, Any]) -> None:
        """Send by the response URL what an ack would have carried."""
        url = body.get("response_url")
        if not content or not url:
            return
        try:
            self.gateway.respond(str(url), content)
        except SlackFault as fault:
            log.info("late_answer_lost", extra={"error": fault.error})


def may_wait(body: Body) -> bool:
    """Whether a request can be carried out after its ack: a submitted or closed view and a type-ahead live from theirs."""
    return body.get("type") not in {"view_submission", "view_closed", "block_suggestion"}
