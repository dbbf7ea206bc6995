"""Events for other programs: planned from the record, signed, and posted to the one address that an admin named.

The only HTTP client besides the gateway. It goes to public addresses alone, unless the operator allowed a network: the name is
resolved once, every address that it has is checked, and the connection is made to a checked one, so that a name which
changes its mind in between leads nowhere. No redirect is followed, no proxy is asked, of the answer only the status is read.
"""

import hashlib
import hmac
import http.client
import json
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol
from urllib.parse import urlsplit

from bot.gateway import InDoubt, NotReached, RefusedBySlack, SlackFault
from bot.messages import Plan, Tab
from triage.desk import Desk
from triage.outward import cloud_event
from triage.ports import Clock, Sending

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
REST = timedelta(seconds=30)
KIND = "webhook"
_AGAIN = frozenset({408, 425, 429})
# IPv6 addresses that carry an IPv4 address in them, which might be a private one.
_CARRIERS = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Connect = Callable[[str, str, int], http.client.HTTPConnection]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way: where to, and what."""

    url: str
    body: bytes


class Inner(Protocol):
    """Who plans everything else."""

    def plan(self, sending: Sending) -> "Plan | Tab | Delivery | None":
        """What to send."""


class OutwardMessages:
    """Plans webhooks, and leaves the rest to `inner`. `address_of` gives a workspace's address or nothing."""

    def __init__(self, desk: Desk, address_of: Callable[[str], str], inner: Inner) -> None:
        self._desk = desk
        self._address_of = address_of
        self._inner = inner

    def plan(self, sending: Sending) -> Plan | Tab | Delivery | None:
        """What to send, or None where there is nothing to tell (any more)."""
        errand = sending.errand
        if errand.kind != KIND:
            return self._inner.plan(sending)
        told, url = self._desk.telling(errand), self._address_of(errand.workspace)
        if told is None or told.event is None or not url:
            return None
        event = cloud_event(told.report, told.event)
        return Delivery(url, json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())


class Webhooks:
    """Sends deliveries. Without a `secret` nothing is ever sent: what is not signed could be anybody's."""

    def __init__(
        self,
        secret: str,
        clock: Clock,
        allowed: Sequence[Network] = (),
        *,
        resolve: Callable[[str, int], Sequence[str]] | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._allowed = tuple(allowed)
        self._resolve = resolve or resolved
        self._connect = connect or connected
        self._rests: dict[str, datetime] = {}

    def send(self, delivery: Delivery) -> None:
        """Deliver it, or raise the `SlackFault` that says whether trying again helps.

        A receiver that did not answer is left alone for a while, so that it holds up nothing else.
        """
        if self._clock() < self._rests.get(delivery.url, self._clock()):
            raise NotReached("webhook_rests")
        try:
            self._send(delivery)
        except (NotReached, InDoubt):
            self._rests[delivery.url] = self._clock() + REST
            raise

    def _send(self, delivery: Delivery) -> None:
        if not self._secret:
            raise RefusedBySlack("webhook_without_secret")
        parts = urlsplit(delivery.url)
        host, port = parts.hostname or "", parts.port or 443
        if parts.scheme != "https" or not host:
            raise RefusedBySlack("webhook_not_https")
        try:
            addresses = self._resolve(host, port)
        except OSError:
            raise NotReached("webhook_unknown_host") from None
        if not addresses or not all(may_call(ip_address(address), self._allowed) for address in addresses):
            raise RefusedBySlack("webhook_private_address")
        connection = self._connect(host, addresses[0], port)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, delivery.body, self._headers(delivery.body))
            status = connection.getresponse().status
        except TimeoutError:
            raise InDoubt("webhook_timeout") from None
        except (OSError, http.client.HTTPException) as lost:
            raise NotReached(f"webhook_{type(lost).__name__}") from None
        finally:
            connection.close()
        if fault := _fault(status):
            raise fault

    def _headers(self, body: bytes) -> dict[str, str]:
        stamp = str(int(self._clock().timestamp()))
        return {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "mlbug",
            "X-Mlbug-Signature": f"t={stamp},v1={signature(self._secret, stamp, body)}",
        }


def signature(secret: bytes, stamp: str, body: bytes) -> str:
    """The hex HMAC-SHA256 over `stamp`, a full stop, and the body: a receiver checks it, and that the stamp is recent."""
    return hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def may_call(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is a public one, or in a network that the operator allowed."""
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    if any(plain in network for network in allowed if network.version == plain.version):
        return True
    carried = any(plain in network for network in _CARRIERS if network.version == plain.version)
    return plain.is_global and not plain.is_multicast and not carried


def read_networks(text: str) -> tuple[Network, ...]:
    """The networks in `10.1.0.0/16 192.168.7.9`. Raises ValueError naming the one that is none."""
    return tuple(ip_network(part) for part in text.replace(",", " ").split())


def resolved(host: str, port: int) -> Sequence[str]:
    """Every address of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


class _Pinned(http.client.HTTPSConnection):
    """A TLS connection to an address that was checked, for the name that the certificate has to be of."""

    def __init__(self, host: str, address: str, port: int) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT_S, context=self._tls)
        self._address = address

    def connect(self) -> None:
        """Connect to the address, whatever the name leads to by now."""
        plain = socket.create_connection((self._address, self.port), TIMEOUT_S)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def connected(host: str, address: str, port: int) -> http.client.HTTPConnection:
    """A connection that is made when it is first used."""
    return _Pinned(host, address, port)


def _fault(status: int) -> SlackFault | None:
    if 200 <= status < 300:
        return None
    if status >= 500 or status in _AGAIN:
        return NotReached(f"webhook_{status}")
    return RefusedBySlack(f"webhook_{status}")
