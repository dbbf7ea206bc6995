"""What a log line holds: a constant name, ids, where it failed; never what somebody typed, nor what a library quotes."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Literal

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.log import redact, set_up_logging
from bot.request_id import at_hand, carried, id_of_envelope, new_id, repetition, working_on
from bot.trace import safe_trace
from triage.errors import Refused

SECRET = "quicksilver-under-the-mill"
OURS = logging.getLogger("bot.somewhere")


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    shape: Literal["text", "json"] = request.param
    set_up_logging(shape, stream, logging.DEBUG)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_an_event_has_its_name_its_ids_and_the_request(written: io.StringIO) -> None:
    with working_on("0a1b2c3d-4e5f"):
        OURS.info("errand_sent", extra={"workspace": "T1", "try": 2})

    line = written.getvalue()
    if line.startswith("{"):
        told = json.loads(line)
        assert told.pop("at") > 0
        assert told == {
            "level": "info",
            "event": "errand_sent",
            "workspace": "T1",
            "try": 2,
            "request": "0a1b2c3d-4e5f",
        }
    else:
        assert line.split(" ", 1)[1] == "INFO errand_sent workspace=T1 try=2 request=0a1b2c3d-4e5f\n"


def test_what_is_no_events_name_is_not_written(written: io.StringIO) -> None:
    OURS.info("Filed: " + SECRET)
    OURS.info("filed %s", SECRET)

    assert SECRET not in written.getvalue()
    assert written.getvalue().count("unnamed_event") == 2


def test_a_value_cannot_look_like_another_line_or_field(written: io.StringIO) -> None:
    OURS.info("refused", extra={"code": "x\n2026-01-01T00:00:00Z INFO forged a=b", "more": {"title": SECRET}})

    assert written.getvalue().count("\n") == 1
    assert SECRET not in written.getvalue()
    assert " a=b" not in written.getvalue().replace('INFO forged a=b"', "")


def test_an_exception_tells_where_and_of_which_kind_and_not_what_it_says(written: io.StringIO) -> None:
    try:
        try:
            {}[SECRET]
        except KeyError as missing:
            raise ValueError(f"No {SECRET}") from missing
    except ValueError:
        OURS.exception("listener_failed", extra={"reference": "1"})

    line = written.getvalue()
    assert SECRET not in line
    assert all(part in line for part in ("listener_failed", "KeyError", "ValueError", "test_log.py"))


def test_groups_and_endless_chains_are_told_to_an_end() -> None:
    first, second = ValueError(SECRET), OSError(2, SECRET)
    first.__context__, second.__context__ = second, first

    told = safe_trace(ExceptionGroup(SECRET, [first, Refused(SECRET)]))

    assert SECRET not in told
    assert "FileNotFoundError: errno 2" in told
    assert "Refused: refused" in told


def test_the_interpreters_own_words_about_the_code_stay() -> None:
    with pytest.raises(AttributeError) as fault:
        None.strip()  # type: ignore[attr-defined]  # the fault that is told of

    assert "no attribute 'strip'" in safe_trace(fault.value)


@pytest.mark.parametrize(
    ("name", "message", "kept"),
    [
        (
            "slack_sdk.socket_mode",
            "Received an unsupported data frame (payload: {})",
            "Received an unsupported data frame",
        ),
        ("slack_sdk.web.base_client", "Failed to decode Slack API response: {}", "Failed to decode Slack API response"),
        ("slack_sdk.socket_mode", "Failed (error: [Errno 111] Connection refused) {}", "Errno 111"),
        ("slack_bolt.App", "Failed to run listener function (error: {})", "Failed to run listener function"),
        ("asyncio", "Task exception was never retrieved\nfuture: <Task {}>", "Task exception was never retrieved"),
        ("unheard.of", "{} is what I heard", "unheard.of"),
    ],
)
def test_of_what_a_library_says_the_beginning_stays(written: io.StringIO, name: str, message: str, kept: str) -> None:
    logging.getLogger(name).error(message.format(SECRET))
    logging.getLogger(name).error("Refused %s", SECRET)

    assert SECRET not in written.getvalue()
    assert kept in written.getvalue()
    assert written.getvalue().count("library_said") == 2


def test_a_line_that_cannot_be_written_is_told_without_what_it_holds(
    written: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    class Unwilling(str):
        __slots__ = ()

        def __len__(self) -> int:
            raise RuntimeError(SECRET)

    OURS.info("refused", extra={"code": Unwilling(SECRET)})

    assert written.getvalue() == ""
    assert capsys.readouterr().err == "log_failed logger=bot.somewhere error=RuntimeError\n"
    assert sys.exc_info()[0] is None


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1-2-abc",
        "xapp-1-A-2-def",
        "xoxe.xoxb-1-abc",
        "v0=" + "0a" * 32,
        "wss://a/?ticket=abc-def",
        "postgresql://u:pw@h/d",
    ],
)
def test_what_looks_like_a_token_is_blotted_out(secret: str) -> None:
    shown = redact(f"it was {secret}")

    assert "[redacted]" in shown
    assert not any(part in shown for part in ("abc", "def", "pw", "0a0a"))


def test_an_id_is_made_or_taken_from_the_envelope() -> None:
    envelope = SocketModeRequest(type="events_api", envelope_id="DBDD0EF3-1543-4f94-bfb4-133d0e6c1545", payload={})

    assert id_of_envelope(envelope.envelope_id) == "dbdd0ef3-1543"
    for odd in ("", "x", SECRET, "dbdd0ef3-1543-\n" + SECRET):
        assert id_of_envelope(odd) != odd[:13]
        assert len(id_of_envelope(odd)) == len(new_id()) == 13


def test_a_job_in_another_thread_works_on_the_request_that_it_came_from() -> None:
    seen: list[str] = []
    with working_on("0a1b2c3d-4e5f"):
        job = carried(lambda: seen.append(at_hand()))
    seen.append(at_hand())

    job()

    assert [*seen, at_hand()] == ["", "0a1b2c3d-4e5f", ""]


@pytest.mark.parametrize(("said", "number"), [("", 0), ("1", 1), ("3", 3), ("-1", 0), ("9" * 30, 0), ("²", 0)])
def test_a_repetition_is_told_by_its_number(said: str, number: int) -> None:
    assert repetition(said) == number
