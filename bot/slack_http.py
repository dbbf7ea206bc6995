"""One HTTP request from Slack: is it Slack's, what does it say, and what is answered when there is no time for it. Pure.

The signature is checked before anything is parsed, by the verifier that Bolt itself uses, so that what is not Slack's costs
a hash. Parsing is ours for two reasons: Bolt 1.30 answers 404 to a slash command whose text contains the word "payload" (it
looks for the word anywhere in the body), and half of a submit's cost in it is unquoting the form in Python.
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_to_bytes

from slack_sdk.signature import Clock, SignatureVerifier

from bot.answer import TRY_AGAIN
from bot.payload_shape import is_shaped
from bot.render import answers
from bot.render.screens import apology

SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"
BUSY = "mlbug is very busy right now. " + TRY_AGAIN
_JSON = "application/json"


class Malformed(ValueError):
    """A body that nothing can be made of."""


class Kind(StrEnum):
    """What a request is about, as far as its first look tells; decides where it waits, never what is done."""

    COMMAND = "command"
    INTERACTION = "interaction"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: status, body and its type, and headers beside those."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()


class Seal:
    """Tells Slack's own requests from others: the signature fits, is no older than five minutes, and comes the first time."""

    def __init__(self, signing_secret: str, clock: Clock | None = None, remembered: int = 50_000) -> None:
        self._clock = clock or Clock()
        self._verifier = SignatureVerifier(signing_secret, self._clock)
        self._remembered = remembered
        # Two halves, so that forgetting costs nothing: what is in neither came more than five minutes ago.
        self._fresh: set[str] = set()
        self._older: set[str] = set()
        self._turn_at = self._clock.now() + _FIVE_MINUTES

    def is_good(self, body: bytes, timestamp: str, signature: str) -> bool:
        """Whether to go on with a request. Not for several threads at once."""
        # The SDK reads the time with int(), which raises on some texts and takes others that are no Slack time.
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and signature.isascii()):
            return False
        try:
            is_valid = self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:  # the SDK signs text; Slack sends nothing else
            return False
        return is_valid and self._is_first(signature)

    def _is_first(self, signature: str) -> bool:
        now = self._clock.now()
        if now >= self._turn_at or len(self._fresh) >= self._remembered:
            self._older, self._fresh = self._fresh, set()
            self._turn_at = now + _FIVE_MINUTES
        if signature in self._fresh or signature in self._older:
            return False
        self._fresh.add(signature)
        return True


_FIVE_MINUTES = 300.0


def kind_of(body: bytes, content_type: str) -> Kind:
    """A first look, without parsing."""
    if content_type == _JSON:
        return Kind.EVENT
    return Kind.INTERACTION if body.startswith(b"payload=") or b"&payload=" in body else Kind.COMMAND


def parse(body: bytes, content_type: str) -> dict[str, Any]:
    """The payload of a request's body. Raises `Malformed`."""
    try:
        if content_type == _JSON:
            payload = json.loads(body)
        else:
            fields = _fields(body)
            payload = json.loads(fields["payload"]) if "payload" in fields else fields
    except (ValueError, RecursionError) as wrong:
        raise Malformed(type(wrong).__name__) from None
    if not isinstance(payload, dict) or not is_shaped(payload):
        raise Malformed("not of a shape that Slack sends")
    return payload


def _fields(body: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in body.split(b"&"):
        name, _, value = part.partition(b"=")
        if name:
            fields[unquoted(name)] = unquoted(value)
    return fields


def unquoted(value: bytes) -> str:
    """A form's name or value as text. Raises `ValueError` where it is not UTF-8."""
    spaced = value.replace(b"+", b" ")
    escapes = spaced.count(b"%")
    if not escapes:
        return spaced.decode()
    # Quoted-printable is the same code with another sign, and the standard library reads it in C: twenty times as fast.
    quick = binascii.a2b_qp(spaced.replace(b"=", b"=3D").replace(b"%", b"="))
    if len(quick) == len(spaced) - 2 * escapes and b"\n" not in spaced and b"\r" not in spaced:
        return quick.decode()
    return unquote_to_bytes(spaced).decode()  # something in it is no escape: read slowly, as everybody reads it


def busy(body: bytes, kind: Kind) -> Reply:
    """A sentence instead of a time-out, where the request has a place for one. Nothing was done of it."""
    if kind is Kind.COMMAND:
        return as_json(_BUSY_COMMAND)
    if kind is Kind.INTERACTION:
        if b"view_submission" in body:
            return as_json(_BUSY_SUBMIT)
        if b"block_suggestion" in body:
            return as_json({"options": []})
    return Reply(503, BUSY.encode())  # Slack marks a click as failed, and sends an event again


def as_json(body: Mapping[str, Any]) -> Reply:
    """A JSON reply."""
    return Reply(200, json.dumps(body).encode(), _JSON)


_BUSY_COMMAND = {"response_type": "ephemeral"} | answers.sentence(BUSY)
_BUSY_SUBMIT = {"response_action": "push", "view": apology(BUSY)}
