"""The pieces that descriptions of blocks are made of: small checks that combine into larger ones.

A check takes the walk, a value and its JSON pointer, and notes what is wrong. A `Shape` is the check of an object
with named fields; it refuses fields that it does not know.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.blockkit import limits
from bot.sandbox.blockkit.problems import Problem

Surface = Literal["message", "modal", "home"]


@dataclass
class Walk:
    """One pass over a payload: where it will be shown, what was found, and what must be unique or counted in it."""

    surface: Surface
    problems: list[Problem] = field(default_factory=list)
    block_ids: dict[str, str] = field(default_factory=dict)
    action_ids: dict[str, str] = field(default_factory=dict)
    focused: list[str] = field(default_factory=list)
    primary: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    silent_inputs: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    characters: dict[str, int] = field(default_factory=dict)

    def error(self, path: str, code: str, message: str, limit: object = None, got: object = None) -> None:
        """Note something that Slack refuses."""
        self.problems.append(Problem(path, code, message, "error", limit, got))

    def warn(self, path: str, code: str, message: str, limit: object = None, got: object = None) -> None:
        """Note something that is legal and unwise."""
        self.problems.append(Problem(path, code, message, "warn", limit, got))

    def count(self, what: str, characters: int) -> None:
        """Add to a length that is limited over the whole payload."""
        self.characters[what] = self.characters.get(what, 0) + characters


Check = Callable[[Walk, Any, str], None]


def anything(_walk: Walk, _value: object, _path: str) -> None:
    """Accept every value."""


def string(most: int | None = None, least: int = 1) -> Check:
    """Describe a string by its length in characters."""

    def check(walk: Walk, value: object, path: str) -> None:
        if not isinstance(value, str):
            walk.error(path, "not_a_string", f"must provide a string (got {type(value).__name__})")
            return
        if len(value) < least:
            walk.error(path, "too_short", f"must be more than {least - 1} characters", least, len(value))
        elif most is not None and len(value) > most:
            walk.error(path, "too_long", f"must be less than {most + 1} characters", most, len(value))
        elif most is not None and len(value.encode("utf-16-le")) // 2 > most:
            walk.warn(path, "too_long_utf16", f"over {most} when counted in UTF-16 units", most)
        if least and value and not value.strip():
            walk.warn(path, "blank_text", "only white space")

    return check


def boolean(walk: Walk, value: object, path: str) -> None:
    """Accept true and false."""
    if not isinstance(value, bool):
        walk.error(path, "not_a_boolean", "must be true or false")


def integer(least: int | None = None, most: int | None = None) -> Check:
    """Describe a whole number by its range."""

    def check(walk: Walk, value: object, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            walk.error(path, "not_an_integer", "must be an integer")
        elif (least is not None and value < least) or (most is not None and value > most):
            walk.error(path, "out_of_range", f"must be between {least} and {most}", [least, most], value)

    return check


def number(*, positive: bool = False) -> Check:
    """Describe a finite number."""

    def check(walk: Walk, value: object, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            walk.error(path, "not_a_number", "must be a finite number", got=value)
        elif positive and value <= 0:
            walk.error(path, "out_of_range", "must be greater than 0", 0, value)

    return check


def one_of(*values: str | int) -> Check:
    """Describe a value out of a short list."""

    def check(walk: Walk, value: object, path: str) -> None:
        if value not in values:
            walk.error(path, "invalid_enum", f"must be one of {', '.join(map(str, values))}", got=value)

    return check


def url(most: int = limits.URL, *, https: bool = False) -> Check:
    """Describe an absolute URL."""
    schemes = ("https://",) if https else ("https://", "http://", "mailto:", "slack://")

    def check(walk: Walk, value: object, path: str) -> None:
        string(most)(walk, value, path)
        if isinstance(value, str) and not value.startswith(schemes):
            walk.error(path, "invalid_url", f"must be a URL that starts with {' or '.join(schemes)}", got=value[:60])

    return check


def array(item: Check, least: int = 0, most: int | None = None) -> Check:
    """Describe a list by its items and their number."""

    def check(walk: Walk, value: object, path: str) -> None:
        if not isinstance(value, list):
            walk.error(path, "not_an_array", f"must provide an array (got {type(value).__name__})")
            return
        if len(value) < least:
            walk.error(path, "too_few_items", f"no fewer than {least} items allowed", least, len(value))
        if most is not None and len(value) > most:
            walk.error(path, "too_many_items", f"no more than {most} items allowed", most, len(value))
        for index, each in enumerate(value):
            item(walk, each, f"{path}/{index}")

    return check


def type_of(value: dict[str, Any]) -> str:
    """Give the `type` of an object, or an empty string where that is no string."""
    kind = value.get("type")
    return kind if isinstance(kind, str) else ""


def is_object(walk: Walk, value: object, path: str) -> bool:
    """Tell whether the value is an object, and note it when it is not."""
    if isinstance(value, dict):
        return True
    walk.error(path, "not_an_object", f"must provide an object (got {type(value).__name__})")
    return False


@dataclass(frozen=True)
class Shape:
    """The check of an object: fields it must have, fields it may have, and what concerns several of them."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    also: Sequence[Check] = ()

    def __call__(self, walk: Walk, value: Any, path: str) -> None:
        """Note what is wrong with an object."""
        if not is_object(walk, value, path):
            return
        for name, check in self.required.items():
            if value.get(name) is None:
                walk.error(path, "missing_field", f"missing required field: {name}")
            else:
                check(walk, value[name], f"{path}/{name}")
        for name, each in value.items():
            if name in self.optional:
                self.optional[name](walk, each, f"{path}/{name}")
            elif name not in self.required:
                walk.error(f"{path}/{name}", "unknown_field", f"invalid additional property: {name}")
        for check in self.also:
            check(walk, value, path)

    def plus(self, **optional: Check) -> Shape:
        """Make the same shape with further optional fields."""
        return Shape(self.required, {**self.optional, **optional}, self.also)


def exactly_one_of(*names: str) -> Check:
    """Describe an object that has exactly one of the named fields."""

    def check(walk: Walk, value: dict[str, object], path: str) -> None:
        if sum(name in value for name in names) != 1:
            walk.error(path, "exactly_one", f"exactly one of {', '.join(names)} is required")

    return check


def at_least_one_of(*names: str) -> Check:
    """Describe an object that has one or more of the named fields."""

    def check(walk: Walk, value: dict[str, object], path: str) -> None:
        if not any(value.get(name) is not None for name in names):
            walk.error(path, "missing_field", f"needs at least one of {', '.join(names)}")

    return check
