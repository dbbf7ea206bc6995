"""The Web API methods that the sandbox knows. Any other is answered with unknown_method, as Slack does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.methods import account, chat, conversations, files, oauth, people, views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.methods.method import Method

METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        *account.METHODS,
        *chat.METHODS,
        *conversations.METHODS,
        *files.METHODS,
        *oauth.METHODS,
        *people.METHODS,
        *views.METHODS,
    )
}
