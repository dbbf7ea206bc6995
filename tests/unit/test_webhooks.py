"""Events for other programs: what is in them, how they are signed, and where they never go."""

import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import a_report, an_event
from stores import HandClock

from bot.gateway import InDoubt, NotReached, RefusedBySlack, SlackFault
from bot.webhooks import Delivery, Webhooks, may_call, read_networks
from triage.outward import cloud_event
from triage.reports import EventKind
from triage.severity import Severity

PUBLIC = "93.184.215.14"
URL = "https://hooks.example.com/in?team=a"


class Receiver:
    """A real HTTP server on loopback that remembers what it got."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), body))
                self.send_response(outer.status)
                self.send_header("Location", "http://127.0.0.1:1/private")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.dialled: list[tuple[str, str, int]] = []

    def connect(self, host: str, address: str, port: int) -> http.client.HTTPConnection:
        self.dialled.append((host, address, port))
        return http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=5)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


def webhooks(
    receiver: Receiver,
    addresses: list[str] | None = None,
    secret: str = "s3cret",  # noqa: S107 - made up
    allow: str = "",
) -> Webhooks:
    resolve = lambda _host, _port: addresses if addresses is not None else [PUBLIC]  # noqa: E731
    return Webhooks(secret, HandClock(), read_networks(allow), resolve=resolve, connect=receiver.connect)


def test_an_event_is_posted_signed_and_to_the_checked_address() -> None:
    with receiving() as receiver:
        webhooks(receiver).send(Delivery(URL, b'{"a":1}'))

    path, headers, body = receiver.got[0]
    assert (path, body) == ("/in?team=a", b'{"a":1}')
    assert receiver.dialled == [("hooks.example.com", PUBLIC, 443)]
    stamp, _, mac = headers["X-Mlbug-Signature"].partition(",")
    expected = hmac.new(b"s3cret", stamp.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest()
    assert mac == f"v1={expected}"
    assert headers["Content-Type"].startswith("application/cloudevents+json")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address that must be refused
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.7",
        "64:ff9b::a00:7",
        "2002:a00:7::1",
        "2001:0:a00:7::1",
        "ff02::1",
    ],
)
def test_private_addresses_are_refused_before_a_connection(address: str) -> None:
    with receiving() as receiver, pytest.raises(RefusedBySlack, match="private_address"):
        webhooks(receiver, [address]).send(Delivery(URL, b"{}"))
    assert receiver.dialled == []


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with receiving() as receiver, pytest.raises(RefusedBySlack):
        webhooks(receiver, [PUBLIC, "10.0.0.7"]).send(Delivery(URL, b"{}"))
    assert receiver.dialled == []


def test_an_allowed_network_may_be_called_and_no_other() -> None:
    with receiving() as receiver:
        hooks = webhooks(receiver, ["10.1.2.3"], allow="10.1.0.0/16")
        hooks.send(Delivery(URL, b"{}"))
        assert receiver.dialled == [("hooks.example.com", "10.1.2.3", 443)]
        with pytest.raises(RefusedBySlack):
            webhooks(receiver, ["10.2.2.3"], allow="10.1.0.0/16").send(Delivery(URL, b"{}"))


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "ftp://x.example/", "file:///etc/passwd", "https:///x"])
def test_only_https_is_called(url: str) -> None:
    with receiving() as receiver, pytest.raises(RefusedBySlack, match="not_https"):
        webhooks(receiver).send(Delivery(url, b"{}"))
    assert receiver.dialled == []


def test_without_a_secret_nothing_leaves() -> None:
    with receiving() as receiver, pytest.raises(RefusedBySlack, match="without_secret"):
        webhooks(receiver, secret="").send(Delivery(URL, b"{}"))
    assert receiver.got == []


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (302, RefusedBySlack),
        (400, RefusedBySlack),
        (410, RefusedBySlack),
        (429, NotReached),
        (500, NotReached),
        (503, NotReached),
    ],
)
def test_what_the_receiver_answers_decides_whether_it_is_tried_again(status: int, fault: type[SlackFault]) -> None:
    with receiving() as receiver:
        receiver.status = status
        with pytest.raises(fault):
            webhooks(receiver).send(Delivery(URL, b"{}"))
    assert len(receiver.got) == 1  # no redirect is followed


def test_a_receiver_that_failed_is_left_alone_for_a_while() -> None:
    with receiving() as receiver:
        receiver.status = 503
        clock = HandClock()
        hooks = Webhooks("s", clock, resolve=lambda _h, _p: [PUBLIC], connect=receiver.connect)
        with pytest.raises(NotReached, match="503"):
            hooks.send(Delivery(URL, b"{}"))
        with pytest.raises(NotReached, match="rests"):
            hooks.send(Delivery(URL, b"{}"))
        receiver.status = 200
        clock.forward(31)
        hooks.send(Delivery(URL, b"{}"))
    assert len(receiver.got) == 2


def test_a_name_that_is_not_known_is_tried_again() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError

    with receiving() as receiver, pytest.raises((NotReached, InDoubt)):
        Webhooks("s", HandClock(), resolve=unknown, connect=receiver.connect).send(Delivery(URL, b"{}"))


def test_an_event_says_who_did_what_and_how_bad_it_is() -> None:
    report = a_report(number=42, override=Severity.LOW)
    event = an_event(kind=EventKind.ANSWERS_CHANGED, was="Critical", now="Low", reason="Because", seq=3)

    told = cloud_event(report, event)

    assert (told["id"], told["type"], told["specversion"]) == ("T1/ML-42/3", "mlbug.report.answers_changed", "1.0")
    assert told["data"]["severity"] == "Low"
    assert told["data"]["computed"] == "Critical"
    assert "description" not in told["data"]  # an allow-list, and the texts that people typed at length are not on it
    json.dumps(told)


@given(kind=st.sampled_from(EventKind), text=st.text(min_size=8).map(lambda t: "SECRET" + t))
def test_of_a_restricted_report_nothing_leaves_but_its_number(kind: EventKind, text: str) -> None:
    report = a_report(number=42, restricted=True, title=text[:150], description=text, system=text[:75])
    told = cloud_event(report, an_event(kind=kind, was=text, now=text, reason=text, data={"x": text}))

    assert "SECRET" not in json.dumps(told)
    assert told["data"] == {"report": "ML-42", "restricted": True}
    assert told["type"] == "mlbug.report.changed"


def test_mapped_addresses_are_judged_by_what_they_map_to() -> None:
    assert may_call(ip_address(f"::ffff:{PUBLIC}"), ())
    assert not may_call(ip_address("::ffff:127.0.0.1"), ())
    assert may_call(ip_address("::ffff:10.1.0.1"), read_networks("10.1.0.0/16"))
