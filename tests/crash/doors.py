"""How a press reaches mlbug: over HTTP to any process, or over any Socket Mode connection."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from tests.bench.client import FORM, headers_for

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tests.crash.links import Links


class Shown(Exception):
    """Something that no person should ever see."""


class Door(Protocol):
    """Takes what Slack would send."""

    def press(self, body: bytes) -> bytes:
        """The answer; nothing where it has to be pressed again. Raises `Shown`."""


class HttpDoor:
    """Any of the processes, by HTTP."""

    def __init__(self, ports: Sequence[int], chance: random.Random, within_s: float = 3.0) -> None:
        self._ports = ports
        self._within_s = within_s
        self._chance = chance

    def press(self, body: bytes) -> bytes:
        """Send it to one of them."""
        connection = http.client.HTTPConnection("127.0.0.1", self._chance.choice(self._ports), timeout=self._within_s)
        try:
            connection.request("POST", "/slack/events", body, {"Content-Type": FORM, **headers_for(body)})
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            return b""
        finally:
            connection.close()
        if response.status != 200:
            raise Shown(f"status {response.status}")
        return answer


class SocketDoor:
    """Any open connection."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def press(self, body: bytes) -> bytes:
        """Send it as an envelope."""
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if "payload" in fields:
            return self._links.send(json.loads(fields["payload"]))
        return self._links.send(fields, "slash_commands")
