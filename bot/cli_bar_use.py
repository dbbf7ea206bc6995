"""`mlbug bar use`: which bar a workspace's new verdicts are given by. Old verdicts keep theirs."""

import argparse
import sys
from pathlib import Path

from bot.saved_settings import environment_settings
from bot.settings import SettingsError, read_settings
from triage import bars
from triage.bar import BarError, BugBar

INSTALLATIONS = "default"  # the word for the installation's own bar
OPERATOR = "operator"  # stands where a settings version has its author


def add_use(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Attach the command."""
    use = actions.add_parser("use", help="give a workspace’s new verdicts by this bar; old ones keep theirs")
    use.add_argument(
        "file", metavar="FILE", help=f"the bar, whole or an overlay; {INSTALLATIONS}: the installation’s again"
    )
    use.add_argument("--workspace", metavar="T…", required=True, help="its id")
    use.set_defaults(func=use_bar)


def use_bar(arguments: argparse.Namespace) -> int:
    """0; 1 for a bar that is not sound; 2 where it can't be read. Raises `Unavailable`, `SchemaMismatch`."""
    from bot.app import utc_now
    from db import schema
    from db.engine import make_engine
    from db.work import SqlWorkPlace

    settings = read_settings()
    bar: BugBar | None = None
    if arguments.file != INSTALLATIONS:
        try:
            bar = bars.read(Path(arguments.file).read_text(encoding="utf-8-sig"))
        except BarError as unsound:
            sys.stderr.write(f"{unsound}\n")
            return 1
        except (OSError, UnicodeDecodeError) as unreadable:
            raise SettingsError([f"FILE: {arguments.file} can’t be read ({type(unreadable).__name__})."]) from None
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        schema.check(engine)
        with SqlWorkPlace(engine).write() as work:
            before = work.settings.get(arguments.workspace) or environment_settings(settings)
            if bar is not None:
                work.bars.keep(bar)
            after = before.model_copy(update={"bar": bar.hash if bar is not None else ""})
            work.settings.put(arguments.workspace, after, utc_now(), OPERATOR)
            work.commit()
    finally:
        engine.dispose()
    named = f"{bar.id} {bar.version}" if bar is not None else "the installation’s bar"
    sys.stderr.write(f"New verdicts of {arguments.workspace} are given by {named}, within half a minute.\n")
    return 0
