"""Logs: an event's constant name and its ids. Tokens, answers and message bodies never get here; a filter sees to tokens."""

import json
import logging
import re
import sys
from typing import Any, Literal, TextIO

_SECRET = re.compile(r"xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|v0=[0-9a-f]{64}|(?<=://)[^/@\s:]+:[^@\s]+(?=@)")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# Bolt writes whole request bodies at INFO when a signature does not fit, and the SDK whole envelopes at DEBUG.
_TALKATIVE = ("slack_sdk", "aiohttp.access", "urllib3", "sqlalchemy", "alembic")
# Bolt warns with the whole body of what no listener takes, aiohttp with what strangers send instead of HTTP.
_SILENT = {"slack_bolt": logging.ERROR, "aiohttp.server": logging.CRITICAL}


def redact(text: str) -> str:
    """`text` without tokens, signatures and database passwords."""
    return _SECRET.sub("[redacted]", text)


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _Text(_Redacting):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = __import__("time").gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own name
        ids = " ".join(f"{k}={v}" for k, v in _fields(record).items())
        return f"{super().formatMessage(record)} {ids}".rstrip()


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {"at": int(record.created * 1000), "level": record.levelname.lower(), "event": record.getMessage()}
        entry |= _fields(record)
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return redact(json.dumps(entry, default=str))


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {k: v for k, v in vars(record).items() if k not in _OWN}


def set_up_logging(shape: Literal["text", "json"], stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Log to `stream` (standard error if not given), one event a line."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if shape == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name, least in _SILENT.items():
        logging.getLogger(name).setLevel(least)
