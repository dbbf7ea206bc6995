"""Submitted dialogs, each to the listener that its callback id names."""

from collections.abc import Mapping

from bot.answer import Answer, Body, Handler


class Submissions:
    """`by_prefix`: the part of the callback id before the colon -> its listener."""

    def __init__(self, by_prefix: Mapping[str, Handler]) -> None:
        self.by_prefix = by_prefix

    def submitted(self, body: Body) -> Answer:
        """Hand it on. A dialog that nobody knows any more just closes; nothing of it was ever promised."""
        prefix = str(body["view"].get("callback_id", "")).partition(":")[0]
        handler = self.by_prefix.get(prefix)
        return handler(body) if handler else Answer()
