"""Blocks that a workspace does not have yet: Slack hands new ones out over weeks, and refuses them until then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.team import Team


def refuse_unknown(team: Team, blocks: Any, code: str, pointer: str) -> None:
    """Raise ApiError with this code where a block's type is not known in the workspace."""
    for path, kind in _types(blocks, pointer):
        if kind in team.lacking:
            refusal = ApiError(code, [f"[ERROR] unsupported type: {kind} [json-pointer:{path}/type]"])
            refusal.is_asked_for = True
            raise refusal


def _types(blocks: Any, pointer: str) -> Iterator[tuple[str, str]]:
    for number, block in enumerate(blocks if isinstance(blocks, list) else ()):
        if isinstance(block, dict):
            yield f"{pointer}/{number}", str(block.get("type"))
            yield from _types(block.get("child_blocks"), f"{pointer}/{number}/child_blocks")
