"""What is held back because its channel can't be reached, and who is told of that: the admins, once until it is mended."""

from collections.abc import Iterable
from datetime import datetime

from triage.ports import Errand

KIND = "undelivered"
GROUP = "group"  # the kind of trouble with a user group, which stands where a channel would
NO_CHANNEL = "no_triage_channel"  # none is set
# Slack's own words for a channel that is gone, archived, private to others, or closed to the app: repeating does not help
# until a person has done something.
UNREACHABLE = frozenset(
    {
        NO_CHANNEL,
        "channel_is_archived",
        "channel_is_frozen",
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
    }
)
TOLD_AT_MOST = 20


def notices(errand: Errand, channel: str, error: str, people: Iterable[str], at: datetime) -> list[Errand]:
    """A message to each of `people`, that `errand` waits for `channel` (empty: for one to be set)."""
    key = f"{KIND}:{channel}:{int(at.timestamp() * 1000)}"
    data = {"channel": channel, "error": error, "kind": errand.kind}
    return [
        Errand(f"{key}:{person}", KIND, errand.workspace, errand.report, to=person, data=data)
        for person in sorted(people)[:TOLD_AT_MOST]
    ]
