"""`mlbug score`, `mlbug bar show` and `mlbug bar check`: the engine without Slack."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from bot import cli_pages
from bot.cli_bar_use import add_use
from triage import bars
from triage.bar import BarError, BugBar, Problem
from triage.scoring import Case, CaseError, read_case, score
from triage.vector import from_vector

DONE, NO, BAD_INPUT = 0, 1, 2
STDIN = "-"

_SCORE = """\
Says how severe a case is by the bar, and why. The case is one JSON object (or JSON lines, each answered in its place):
{"gates": {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"},
 "threats": [{"threat": "data_poisoning", "answers": {"control": "chosen", "decision": "automated"}}]}
A question that is left out counts as unknown. "mlbug bar show" lists threats, questions and options."""


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the commands."""
    scoring = subparsers.add_parser(
        "score",
        help="how severe a case is, and why",
        description=_SCORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    scoring.add_argument("file", nargs="?", metavar="FILE", help="the case; - or nothing: standard input")
    scoring.add_argument("--vector", help="score a vector (AIBB:1.0/TH:...) instead of a file")
    _common(scoring)
    scoring.set_defaults(func=score_cases)

    bar = subparsers.add_parser("bar", help="show a bug bar, or prove one sound")
    actions = bar.add_subparsers(title="what to do", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="the whole bar, or one threat of it")
    show.add_argument("threat", nargs="?", metavar="THREAT", help="a threat's id or code, such as data_poisoning or DP")
    _common(show)
    show.set_defaults(func=show_bar)
    check = actions.add_parser("check", help="prove a bar sound, or say everything that is wrong with it")
    check.add_argument("file", metavar="FILE", help="the bar; - for standard input")
    check.add_argument("--json", action="store_true", help="one JSON value on standard output")
    check.set_defaults(func=check_bar)
    add_use(actions)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bar", metavar="FILE", help="a bar of your own (default: MLBUG_BAR, else the built-in one)")
    parser.add_argument("--json", action="store_true", help="JSON on standard output")


def score_cases(arguments: argparse.Namespace) -> int:
    """`mlbug score`: 0, or 2 if anything could not be scored."""
    answers = _Answers(as_json=arguments.json)
    try:
        bar = _bar(arguments.bar)
        if arguments.vector is not None:
            _no_file_beside_the_vector(arguments.file)
            return answers.one(bar, lambda: from_vector(bar, arguments.vector))
        with _cases(arguments.file) as source:
            return answers.all(bar, source)
    except CaseError as error:
        return answers.refuse(error)


def _no_file_beside_the_vector(file: str | None) -> None:
    if file is not None:
        raise CaseError("usage", "FILE", "Give a file or --vector, not both.")


@contextmanager
def _cases(file: str | None) -> Iterator[TextIO]:
    """Open where the cases come from. What is not UTF-8 spoils its own line only."""
    if file not in {None, STDIN}:
        try:
            # Not a `with` yet: what goes wrong while the cases are answered must not be told as unreadable.
            source = Path(str(file)).open(encoding="utf-8-sig", errors="replace")  # noqa: SIM115 - closed below
        except OSError as error:
            raise CaseError("unreadable", "FILE", f"{file} can’t be read ({error.strerror}).") from error
        with source:
            yield source
        return
    if file is None and sys.stdin.isatty():
        raise CaseError("usage", "FILE", "Name a file with the case, or pipe one in. See mlbug score --help.")
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    yield sys.stdin


class _Answers:
    """Answers cases in the order in which they come; keeps the exit status."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def one(self, bar: BugBar, read: Callable[[], Case]) -> int:
        """Answer a single case with a whole page, or one JSON value."""
        try:
            verdict = score(bar, read())
        except CaseError as error:
            return self.refuse(error)
        _write(sys.stdout, _json(verdict.model_dump(mode="json")) if self._as_json else cli_pages.verdict(bar, verdict))
        return DONE

    def all(self, bar: BugBar, source: TextIO) -> int:
        """Answer one JSON object, or JSON lines each at once."""
        first, rest = _first_line(source)
        if _is_object(first):
            second, rest = _first_line(rest)
            if not second:
                return self.one(bar, lambda: _case(first))
            return self._lines(bar, first, second, rest)
        whole = first + "".join(rest)
        if not whole.strip():
            raise CaseError("empty", "FILE", "There is nothing in it. Give one JSON object, or one a line.")
        if _is_json(whole) or not any(map(_is_object, whole.split("\n"))):
            return self.one(bar, lambda: _case(whole))
        return self._lines(bar, *whole.split("\n"))

    def _lines(self, bar: BugBar, *lines: str | Iterator[str]) -> int:
        status = DONE
        for number, line in enumerate(_flat(lines), start=1):
            if not line.strip():
                continue
            try:
                verdict = score(bar, _case(line))
            except CaseError as error:
                status = self.refuse(error, number)
                continue
            told = _json(verdict.model_dump(mode="json")) if self._as_json else cli_pages.verdict_line(bar, verdict)
            _write(sys.stdout, told)
            sys.stdout.flush()
        return status

    def refuse(self, error: CaseError, line: int | None = None) -> int:
        """Tell an error in the answer's place, and in words."""
        at = f"Line {line}: " if line is not None else ""
        _write(sys.stderr, f"{at}{error}")
        if self._as_json:
            _write(sys.stdout, _json({"error": {"code": error.code, "field": error.field, "message": error.message}}))
        return BAD_INPUT


def show_bar(arguments: argparse.Namespace) -> int:
    """`mlbug bar show`: 0, or 2 for a threat or a file that there is not."""
    answer = _Answers(as_json=arguments.json)
    try:
        bar = _bar(arguments.bar)
    except CaseError as error:
        return answer.refuse(error)
    wanted = arguments.threat
    threat = next((t for t in bar.threats if wanted and wanted.lower() in {t.id, t.code.lower()}), None)
    if wanted is not None and threat is None:
        listed = ", ".join(threat.id for threat in bar.threats)
        return answer.refuse(CaseError("unknown-threat", "THREAT", f"There is no {wanted!r}. Choose one of: {listed}."))
    if arguments.json:
        _write(sys.stdout, _json(threat.model_dump(mode="json") if threat else _whole(bar)))
    else:
        _write(sys.stdout, cli_pages.threat(bar, threat) if threat else cli_pages.bar(bar))
    return DONE


def check_bar(arguments: argparse.Namespace) -> int:
    """`mlbug bar check`: 0 if the bar is sound, 1 with its problems, 2 if there is no such file."""
    try:
        text = _read(arguments.file)
    except CaseError as error:
        return _Answers(as_json=arguments.json).refuse(error)
    problems: tuple[Problem, ...] = ()
    try:
        bar = bars.read(text)
    except BarError as error:
        problems = error.problems
        _write(sys.stderr, cli_pages.problems(problems))
    else:
        _write(sys.stderr, f"{bar.name} {bar.version} is sound: {cli_pages.size(bar)}.")
    if arguments.json:
        listed = [{"code": one.code, "where": one.where, "message": one.message} for one in problems]
        _write(sys.stdout, _json({"problems": listed}))
    return NO if problems else DONE


def _whole(bar: BugBar) -> dict[str, Any]:
    return {"hash": bar.hash, **bar.model_dump(mode="json")}


def _bar(given: str | None) -> BugBar:
    path = given or os.environ.get("MLBUG_BAR")
    if not path:
        return bars.builtin()
    field = "--bar" if given else "MLBUG_BAR"
    try:
        return bars.read(_read(path, field))
    except BarError as error:
        raise CaseError("unsound-bar", field, f"{path} can’t be used.\n{cli_pages.problems(error.problems)}") from error


def _read(path: str, field: str = "FILE") -> str:
    try:
        return sys.stdin.read() if path == STDIN else Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CaseError("unreadable", field, f"{path} can’t be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise CaseError("unreadable", field, f"{path} is not UTF-8 text.") from error


def _case(text: str) -> Case:
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise CaseError("bad-json", "input", f"This is not JSON: {error}.") from error
    return read_case(data)


def _first_line(source: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Return the first line that is not blank (or nothing), and what follows."""
    return next((line for line in source if line.strip()), "").removeprefix("\ufeff"), source


def _flat(lines: tuple[str | Iterator[str], ...]) -> Iterator[str]:
    for line in lines:
        if isinstance(line, str):
            yield line
        else:
            yield from line


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


def _is_object(text: str) -> bool:
    return text.lstrip().startswith("{") and _is_json(text)


def _json(value: object) -> str:
    return json.dumps(value)


def _write(stream: TextIO, text: str) -> None:
    """Write a line; what the terminal's encoding lacks becomes a question mark."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
