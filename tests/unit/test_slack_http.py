"""Requests from Slack over HTTP: whose they are, what they say, and what is answered when there is no time."""

import json
from urllib.parse import quote_plus, unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier

from bot.render.screens import apology
from bot.slack_http import BUSY, Kind, Malformed, Seal, busy, kind_of, parse, unquoted

FORM = "application/x-www-form-urlencoded"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEXT = st.text(st.characters(exclude_categories=("Cs",)))


class Hand(Clock):
    def __init__(self) -> None:
        self.at = 1_795_000_000.0

    def now(self) -> float:
        return self.at


def sealed(body: bytes, at: float, secret: str = SECRET) -> tuple[bytes, str, str]:
    moment = str(int(at))
    seal = SignatureVerifier(secret).generate_signature(timestamp=moment, body=body)
    assert seal is not None
    return body, moment, seal


@given(TEXT)
def test_a_form_is_read_as_it_was_written(text: str) -> None:
    assert unquoted(quote_plus(text).encode()) == text


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_the_standard_library_reads_them(value: bytes) -> None:
    read = unquote_to_bytes(value.replace(b"+", b" "))
    try:
        expected = read.decode()
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            unquoted(value)
        return
    assert unquoted(value) == expected


def test_a_command_may_speak_of_a_payload() -> None:
    body = urlencode(
        {"command": "/mlbug", "text": "the payload is too large", "user_id": "U1", "team_id": "T1", "trigger_id": "1"}
    ).encode()

    assert kind_of(body, FORM) is Kind.COMMAND
    assert parse(body, FORM)["text"] == "the payload is too large"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", FORM),
        (b"payload=", FORM),
        (b"payload=%7B", FORM),
        (b"payload=%5B%5D", FORM),
        (b"payload=null", FORM),
        (b"payload=%FF", FORM),
        (b"[" * 100_000, "application/json"),
        (b"{}", "application/json"),
        (b'{"type": null}', "application/json"),
        (b'{"type": "view_submission", "user": {"id": "U1"}, "view": "x"}', "application/json"),
        (b'{"type": "block_actions", "user": {"id": "U1"}, "trigger_id": "1", "actions": []}', "application/json"),
    ],
)
def test_what_slack_does_not_send_is_malformed(body: bytes, content_type: str) -> None:
    with pytest.raises(Malformed):
        parse(body, content_type)


def test_slacks_own_request_is_good_once() -> None:
    clock = Hand()
    seal = Seal(SECRET, clock)
    request = sealed(b"command=%2Fmlbug", clock.at)

    assert seal.is_good(*request)
    assert not seal.is_good(*request)  # replayed
    clock.at += 299
    assert not seal.is_good(*request)
    clock.at += 2
    assert not seal.is_good(*request)  # and then it is stale


def test_a_replay_is_remembered_for_as_long_as_its_signature_is_good() -> None:
    clock = Hand()
    seal = Seal(SECRET, clock)
    clock.at += 290
    request = sealed(b"x=1", clock.at)
    assert seal.is_good(*request)
    for _ in range(29):
        clock.at += 10
        assert seal.is_good(*sealed(b"x=2", clock.at))  # the memory turns over meanwhile
        assert not seal.is_good(*request)


@pytest.mark.parametrize("at", [-301, 302])
def test_a_stale_or_future_request_is_not_good(at: int) -> None:
    clock = Hand()

    assert not Seal(SECRET, clock).is_good(*sealed(b"x", clock.at + at))


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [("", ""), ("now", "v0=" + "0" * 64), ("-1", "v0="), ("²", "v0="), ("9" * 5000, "v0="), ("1795000000", "v0=é")],
)
def test_headers_of_no_form_are_not_good(timestamp: str, signature: str) -> None:
    assert not Seal(SECRET, Hand()).is_good(b"x", timestamp, signature)


def test_a_changed_body_is_not_good() -> None:
    clock = Hand()
    _, moment, seal = sealed(b"text=one", clock.at)

    assert not Seal(SECRET, clock).is_good(b"text=two", moment, seal)
    assert not Seal(SECRET, clock).is_good(b"\xff\xfe", moment, seal)


def test_busy_is_said_where_the_person_looks() -> None:
    told = json.loads(busy(b"command=%2Fmlbug", Kind.COMMAND).body)
    assert told["response_type"] == "ephemeral"
    assert BUSY in json.dumps(told, ensure_ascii=False)

    submit = json.loads(busy(b"payload=%7B%22type%22%3A%22view_submission%22%7D", Kind.INTERACTION).body)
    assert submit == {"response_action": "push", "view": apology(BUSY)}
    assert json.loads(busy(b"payload=%7B%22type%22%3A%22block_suggestion", Kind.INTERACTION).body) == {"options": []}
    assert busy(b"{}", Kind.EVENT).status == 503
