"""Logs: an event's constant name and its ids. Tokens, answers and message bodies never get here.

Two things see to that: what is logged is a name and ids (a test reads each call), and what others say is cut down to what is
nobody's secret before it is written: of an exception its kind and place (`bot.trace`), of a library's sentence its beginning,
because those quote whole bodies when something in them does not fit. What looks like a token is blotted out all the same.
"""

import functools
import json
import logging
import re
import sys
import threading
import time
from types import TracebackType
from typing import Any, Literal, TextIO

from bot.request_id import at_hand
from bot.trace import named, safe_trace

log = logging.getLogger(__name__)

LONGEST = 200  # characters of one field
_SECRET = re.compile(
    r"xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|xoxe\.[A-Za-z0-9.-]+|v0=[0-9a-f]{64}|(?<=://)[^/@\s:]+:[^@\s]+(?=@)"
    r"|(?<=ticket=)[^&\s\"']+"
)
_SIGNS = ("xox", "xapp-", "v0=", "://", "ticket=")  # one of these is in each: looked for first, being much quicker
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_EVENT = re.compile(r"[a-z][a-z0-9_]{1,60}")
_PLAIN = re.compile(r"[^\s\"'=\\\x00-\x1f\x7f-\x9f\u2028\u2029]+")

# Libraries that begin a sentence with words of their own, and quote only behind them.
_SPEAK = ("aiohttp", "alembic", "asyncio", "concurrent", "slack_bolt", "slack_sdk", "sqlalchemy")
_BEGINNING = re.compile(r"[A-Za-z][A-Za-z ,']{2,80}(?=[^A-Za-z ,']|$)")
_CAUSE = re.compile(r"\[Errno -?\d+\]|\[SSL: [A-Z_]+\]|(?<=status: )\d{3}\b|(?<=error: )[A-Z][A-Za-z]{2,40}(?=[,)])")

_TALKATIVE = ("slack_sdk", "aiohttp.access", "urllib3", "sqlalchemy", "alembic")
# Bolt warns with the whole body of what no listener takes, aiohttp with what strangers send instead of HTTP.
_SILENT = {"slack_bolt": logging.ERROR, "aiohttp.server": logging.CRITICAL}


def redact(text: str) -> str:
    """`text` without tokens, signatures, socket tickets and database passwords."""
    return _SECRET.sub("[redacted]", text) if any(sign in text for sign in _SIGNS) else text


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        shown = [f"{name}={_shown(value)}" for name, value in _fields(record).items()]
        line = redact(" ".join((_second(int(record.created)), record.levelname, _event(record), *shown)))
        trace = _trace(record)
        return f"{line}\n{redact(trace)}" if trace else line


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {"at": int(record.created * 1000), "level": record.levelname.lower(), "event": _event(record)}
        entry |= _fields(record)
        if trace := _trace(record):
            entry["trace"] = trace
        return redact(json.dumps(entry, default=_kind))


class _Lines(logging.StreamHandler[TextIO]):
    """Writes lines. Where that fails it says so without the line that it could not write."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        error = sys.exc_info()[1]
        if isinstance(error, BrokenPipeError | ValueError):  # nobody reads any more
            return
        sys.stderr.write(f"log_failed logger={record.name} error={type(error).__name__}\n")


@functools.lru_cache(maxsize=2)
def _second(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _event(record: logging.LogRecord) -> str:
    """The event's name; for what a library says, that it said something."""
    if _is_ours(record):
        return record.msg if isinstance(record.msg, str) and _EVENT.fullmatch(record.msg) else "unnamed_event"
    return "library_said"


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in {"bot", "db", "triage", "migrations"} or record.name == "__main__"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    if not _is_ours(record):
        return _said(record)
    fields = {name: _short(value) for name, value in vars(record).items() if name not in _OWN}
    if "request" not in fields and (request := at_hand()):
        fields["request"] = request
    return fields


def _said(record: logging.LogRecord) -> dict[str, Any]:
    """Who said something, and how the sentence begins, with a cause that is nobody's secret."""
    fields = {"logger": record.name}
    if record.name.partition(".")[0] in _SPEAK:
        # With arguments, the sentence is a pattern; without, a finished one: its beginning is the library's own in both.
        sentence = str(record.msg).split("%", 1)[0] if record.args else str(record.msg)
        if beginning := _BEGINNING.match(sentence):
            fields["said"] = beginning[0].strip()
            fields |= {"cause": cause[0].strip("[]")} if (cause := _CAUSE.search(sentence)) else {}
    if request := at_hand():
        fields["request"] = request
    return fields


def _trace(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return "" if error is None else safe_trace(error)


def _short(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[:LONGEST] + "…"
    return value if isinstance(value, int | float | None) else _kind(value)


def _kind(value: object) -> str:
    """Stands for a value that is no id."""
    return f"[{type(value).__name__}]"


def _shown(value: object) -> str:
    """A field in a line: as it is where it is one plain word, else as JSON, so that no value looks like another line."""
    if not isinstance(value, str):
        return str(value)
    return value if _PLAIN.fullmatch(value) else json.dumps(value)


def set_up_logging(shape: Literal["text", "json"], stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Log to `stream` (standard error if not given), one event a line."""
    handler = _Lines(stream or sys.stderr)
    handler.setFormatter(_Json() if shape == "json" else _Text())
    # Nothing here is shown, and each costs time at every line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name, least in _SILENT.items():
        logging.getLogger(name).setLevel(least)


def log_what_escapes() -> None:
    """Let what no one caught be logged, too: Python would print it to standard error with all that it says."""
    sys.excepthook = _escaped
    threading.excepthook = _thread_escaped
    sys.unraisablehook = _unraisable
    logging.captureWarnings(capture=True)


def _escaped(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    del trace
    if not issubclass(kind, KeyboardInterrupt):
        log.critical("process_failed", exc_info=error)


def _thread_escaped(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        log.critical("thread_failed", extra={"thread_name": _thread(failed)}, exc_info=failed.exc_value)


def _thread(failed: threading.ExceptHookArgs) -> str:
    return failed.thread.name if failed.thread else "unknown"


def _unraisable(failed: "sys.UnraisableHookArgs") -> None:
    error = failed.exc_value
    log.error("unraisable", extra={"error": named(error) if error else "unknown"})
