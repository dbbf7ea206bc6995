"""Lists of report numbers as bytes, and conditions on many values at once."""

import json
import sys
from array import array
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, String, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

BLOCK = 256
"""Numbers in a full block: a kilobyte."""

NUMBER_BYTES = 4


def packed(numbers: "array[int]") -> bytes:
    """Numbers as bytes: four each, little-endian."""
    return _little(numbers).tobytes()


def numbers_of(kept: bytes) -> "array[int]":
    """The numbers in bytes that `packed` made."""
    numbers = array("I")
    numbers.frombytes(kept)
    return _little(numbers)


def among(dialect: str, column: Column[Any], name: str = "among") -> ColumnElement[bool]:
    """The condition that a column of numbers or words is one of many, which come as one parameter: `many(dialect, values)`.

    The statement stays the same for any number of them, so that it is compiled once.
    """
    if dialect == "postgresql":
        kind = BigInteger() if column.type.python_type is int else String()
        return column == any_(bindparam(name, type_=ARRAY(kind)))
    listed = func.json_each(bindparam(name, type_=String)).table_valued("value")
    return column.in_(select(listed.c.value))


def many(dialect: str, values: Iterable[int] | Iterable[str]) -> Any:
    """The parameter for `among`."""
    return list(values) if dialect == "postgresql" else json.dumps(list(values))


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":  # pragma: no cover  # no such machine at hand
        numbers = numbers[:]
        numbers.byteswap()
    return numbers
