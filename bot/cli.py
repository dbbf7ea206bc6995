"""The command line `mlbug`: one parser; each command returns its exit status.

0 done; 1 done, and the answer is no; 2 bad usage or input; 3 a database or Slack out of reach.
"""

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from importlib import metadata

from bot.settings import SettingsError
from triage.bar import BarError
from triage.errors import MlbugError, Unavailable

log = logging.getLogger(__name__)
COMMAND_MODULES = (
    "bot.cli_run",
    "bot.cli_serve",
    "bot.cli_bar",
    "bot.cli_rescore",
    "bot.cli_history",
    "bot.cli_import",
    "bot.cli_doctor",
    "bot.cli_queue",
    "bot.cli_digest",
    "bot.cli_admin",
    "bot.cli_workspace",
)
OUT_OF_REACH = 3


def parser() -> argparse.ArgumentParser:
    """The whole parser. A command's own module is read here, and the heavy rooms only when the command runs."""
    top = argparse.ArgumentParser(
        prog="mlbug", description="Triages AI/ML security bugs in Slack, and its engine without Slack."
    )
    top.add_argument("--version", action="version", version=f"mlbug {metadata.version('mlbug')}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMAND_MODULES:
        importlib.import_module(name).add_commands(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    arguments = parser().parse_args(argv)
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
