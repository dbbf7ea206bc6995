"""oauth.v2.access: a code for tokens.

https://docs.slack.dev/reference/methods/oauth.v2.access
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.errors import ApiError
from bot.sandbox.methods.method import Call, Method


def _access(call: Call) -> dict[str, Any]:
    if call.args.get("grant_type", "authorization_code") != "authorization_code":
        raise ApiError("invalid_grant_type", ["[ERROR] the sandbox rotates no tokens"])
    return call.hub.installs.exchange(call.args)


METHODS = (
    Method(
        "oauth.v2.access",
        _access,
        {
            "client_id": "text",
            "client_secret": "text",
            "code": "text",
            "redirect_uri": "text",
            "grant_type": "text",
            "refresh_token": "text",
        },
        bearer="nobody",
    ),
)
