"""HTTP mode: every payload is a signed request to the app's one address.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.link import Answer, Kind

if TYPE_CHECKING:
    from bot.sandbox.ids import Ids

VERIFY_S = 10.0  # the challenge is no ack: an app that is just starting may take its time
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


def sign(secret: str, timestamp: str, body: str) -> str:
    """Make the v0 signature of a request body."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def write(kind: Kind, payload: dict[str, Any]) -> tuple[str, str]:
    """Write a payload as Slack does; give the body and its content type."""
    if kind == "slash_commands":
        return urlencode(payload), _FORM
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload, ensure_ascii=False)}), _FORM
    return json.dumps(payload, ensure_ascii=False), _JSON


class HttpLink:
    """Posts to the app. The session is made on first use, on the sandbox's own loop."""

    def __init__(self, ids: Ids, secret: str, address: str, ack_seconds: float) -> None:
        self._ids = ids
        self._secret = secret
        self._address = address
        self._ack_seconds = ack_seconds
        self._session: aiohttp.ClientSession | None = None
        self._is_verified = False

    @property
    def name(self) -> Literal["socket", "http"]:
        """Tell which transport it is."""
        return "http"

    @property
    def is_connected(self) -> bool:
        """Tell whether the app has answered the challenge that Slack sends to a new address."""
        return self._is_verified

    async def verify(self, token: str) -> bool:
        """Send the url_verification challenge and tell whether it came back."""
        challenge = self._ids.secret(40)
        payload = {"token": token, "challenge": challenge, "type": "url_verification"}
        answer = await self.send("events_api", payload, within_s=max(VERIFY_S, self._ack_seconds))
        echoed = answer.body.get("challenge") if isinstance(answer.body, dict) else answer.body
        self._is_verified = answer.is_good and echoed == challenge
        return self._is_verified

    async def send(
        self, kind: Kind, payload: dict[str, Any], *, retry: int = 0, reason: str = "", within_s: float = 0.0
    ) -> Answer:
        """Post a payload and wait for the answer, `within_s` where it is given."""
        within_s = within_s or self._ack_seconds
        body, content_type = write(kind, payload)
        # The signature's time is the machine's own, not the sandbox's movable one: the app checks it by its own clock.
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(within_s):
                async with self._session.post(self._address, data=body.encode(), headers=headers) as response:
                    return await self._judge(response)
        except TimeoutError:
            return Answer("late", why=f"no answer within {within_s:g} s")
        except aiohttp.ClientError as error:
            return Answer("absent", why=f"the app's address does not answer ({type(error).__name__})")

    @staticmethod
    async def _judge(response: aiohttp.ClientResponse) -> Answer:
        text = await response.text()
        if response.status != 200:
            return Answer("failed", text or None, f"the app answered {response.status}")
        if response.content_type != _JSON:
            return Answer("acknowledged", text or None)
        try:
            return Answer("acknowledged", json.loads(text) or None if text else None)
        except ValueError:
            why = "the app's answer says it is JSON and is not"
            return Answer("failed", text, why, [why])

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
