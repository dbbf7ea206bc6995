"""An exception as a log may hold it: where it came from and of which kind, never what it says.

What an exception says may be what somebody typed: a database driver quotes the statement's values, a validator the input.
Only the interpreter's own words about the code stay, and our errors' codes.
"""

import traceback
from collections.abc import Iterator

from triage.errors import MlbugError

_OF_THE_CODE = (AttributeError, NameError, ImportError, ZeroDivisionError, RecursionError)
_DEEPEST = 40  # frames of one exception, and exceptions of one chain


def safe_trace(error: BaseException) -> str:
    """The chain of exceptions that ends in `error`, its frames as Python prints them."""
    return "".join(_chain(error, set())).rstrip("\n")


def named(error: BaseException) -> str:
    """The kind of an exception, with the little of what it says that is nobody's secret."""
    name = type(error).__name__
    if isinstance(error, MlbugError):
        return f"{name}: {error.code}"
    if isinstance(error, OSError) and error.errno is not None:
        return f"{name}: errno {error.errno}"
    if type(error) in _OF_THE_CODE:
        return f"{name}: {str(error)[:200]}"
    if isinstance(sqlstate := getattr(getattr(error, "orig", error), "sqlstate", None), str):
        return f"{name}: sqlstate {sqlstate[:5]}"
    return name


def _chain(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen and len(seen) < _DEEPEST:
        yield from _chain(before, seen)
        yield "which led to:\n"
    for frame in traceback.extract_tb(error.__traceback__)[-_DEEPEST:]:
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n'
        if frame.line:
            yield f"    {frame.line}\n"
    yield named(error) + "\n"
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            if id(inner) not in seen and len(seen) < _DEEPEST:
                yield "among them:\n"
                yield from _chain(inner, seen)
