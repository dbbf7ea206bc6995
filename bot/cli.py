"""The command line `mlbug`: one parser; each command returns its exit status.

0 done; 1 done, and the answer is no; 2 bad usage or input; 3 a database or Slack out of reach.
"""

import argparse
import gc
import importlib
import logging
import sys
from collections.abc import Sequence

from bot.settings import SettingsError
from triage.bar import BarError
from triage.errors import MlbugError, Unavailable

log = logging.getLogger(__name__)
# Each module with the commands that it adds: only the one that is asked for is read.
COMMAND_MODULES = {
    "bot.cli_demo": ("demo",),
    "bot.cli_run": ("run", "migrate"),
    "bot.cli_serve": ("serve", "work"),
    "bot.cli_bar": ("score", "bar"),
    "bot.cli_rescore": ("rescore",),
    "bot.cli_history": ("search", "export"),
    "bot.cli_import": ("import",),
    "bot.cli_doctor": ("doctor",),
    "bot.cli_queue": ("queue",),
    "bot.cli_digest": ("digest", "report"),
    "bot.cli_admin": ("manifest", "make-key", "healthy"),
    "bot.cli_workspace": ("dump", "erase"),
}
STAYING = frozenset({"run", "serve", "work"})
OUT_OF_REACH = 3


class _Version(argparse.Action):
    """`--version`, looked up when it is asked for."""

    def __call__(self, top: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata  # noqa: PLC0415  # takes long to read

        sys.stdout.write(f"mlbug {metadata.version('mlbug')}\n")
        top.exit()


def parser(asked: str = "") -> argparse.ArgumentParser:
    """The parser of the command `asked` for, or the whole of it. The heavy rooms are read only when a command runs."""
    top = argparse.ArgumentParser(
        prog="mlbug", description="Triages AI/ML security bugs in Slack, and its engine without Slack."
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and leave")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    wanted = [name for name, added in COMMAND_MODULES.items() if asked in added]
    for name in wanted or COMMAND_MODULES:
        importlib.import_module(name).add_commands(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    given = sys.argv[1:] if argv is None else argv
    asked = given[0] if given else ""
    if asked in STAYING:
        gc.disable()  # nothing of what is read in a start can go: `bot.cli_telling.settled` switches it on
    arguments = parser(asked).parse_args(given)
    try:
        status: int = arguments.func(arguments)
    except (SettingsError, BarError) as wrong:
        problems = wrong.problems if isinstance(wrong, SettingsError) else [f"MLBUG_BAR: {wrong}"]
        _say("The configuration can’t be used:", *(f"  {problem}" for problem in problems))
        return 2
    except Unavailable as away:
        _say(away.message)
        return OUT_OF_REACH
    except MlbugError as refused:
        _say(refused.message)
        return 1
    except BrokenPipeError:  # the reader of our output left
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    return status


def _say(*lines: str) -> None:
    for line in lines:
        sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
