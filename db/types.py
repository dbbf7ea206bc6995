"""Column types that behave the same on SQLite and PostgreSQL, and refuse what one of them could not give back."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator

# PostgreSQL stores no NUL, UTF-8 has no lone surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

RowId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts by itself in an INTEGER PRIMARY KEY only


def storable(text: str) -> str:
    """`text` as both databases can keep it: NUL and lone surrogates become U+FFFD, everything else stays."""
    if text.isascii() and "\x00" not in text:  # most text, and much quicker to tell
        return text
    return _UNSTORABLE.sub("\ufffd", text)


class Bounded(TypeDecorator[Any]):
    """A VARCHAR whose length holds on SQLite, too, and whose conversion is the same for both databases: `take`."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def take(self, value: Any) -> str | None:
        """The value as it is kept."""
        raise NotImplementedError

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Take it."""
        return self.take(value)

    def bound(self, text: str) -> str:
        """Return `text`, or raise `ValueError` where it is too long."""
        if len(text) > self.length:
            raise ValueError(f"Text of {len(text)} characters where {self.length} fit.")
        return text


class Words(Bounded):
    """Text that somebody wrote, at most `length` characters, made `storable`. Raises `ValueError` where it is longer."""

    cache_ok = True

    def take(self, value: str | None) -> str | None:
        """Bound the text and make it storable."""
        if value is None or (len(value) <= self.length and value.isascii() and "\x00" not in value):
            return value  # nearly always, and called for each value of a row
        return storable(self.bound(value))


class Exact(Bounded):
    """Text that must come back byte for byte. Raises `ValueError` where it is too long or could not."""

    cache_ok = True

    def take(self, value: str | None) -> str | None:
        """Refuse what would not come back."""
        if value is None:
            return None
        if _UNSTORABLE.search(value):
            raise ValueError("Text that must be kept byte for byte holds a NUL or a lone surrogate.")
        return self.bound(value)


class Strings(Bounded):
    """A small dict of strings as JSON text, keys sorted, values made `storable`."""

    cache_ok = True

    def take(self, value: dict[str, str] | None) -> str | None:
        """Write it as JSON."""
        if value is None:
            return None
        clean = {storable(key): storable(text) for key, text in value.items()}
        return self.bound(json.dumps(clean, sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> dict[str, str] | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read the JSON."""
        return None if value is None else json.loads(value)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. Raises `ValueError` for a time without a zone.

    SQLite keeps `2026-11-24 09:00:00.000000`: text of one length, so that it sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn it to UTC."""
        if value is None:
            return None
        return _in_utc(value).replace(tzinfo=None) if dialect.name == "sqlite" else _in_utc(value)

    @staticmethod
    def taking(dialect: Dialect) -> Callable[[datetime | None], datetime | str | None]:
        """The way to what the driver takes, SQLAlchemy's last step included."""
        if dialect.name == "sqlite":
            return _as_text
        return lambda value: None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give it back aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("A moment needs its time zone: use datetime.now(UTC).")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    return None if value is None else _in_utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")
