"""What a start reads: nothing that it does not need, so that it is ready within a second."""

import subprocess
import sys

import pytest

NEEDED_LATER = (
    "alembic",
    "psycopg",
    "matplotlib",
    "aiohttp",
    "rich",
    "cryptography",
    "bot.sandbox",
    "bot.doctor",
    "bot.slides",
)


def read_by(program: str) -> set[str]:
    """The modules that a fresh interpreter has read after `program`."""
    code = f"import sys\n{program}\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  # our own
    return set(done.stdout.split())


@pytest.mark.parametrize("command", ["run", "work"])
def test_a_start_on_sqlite_reads_nothing_that_it_does_not_need(command: str) -> None:
    read = read_by(
        f"import bot.cli\nbot.cli.parser({command!r})\n"
        "from db import schema, digests, engine, figures, folding, outbox, work\n"
        "engine.make_engine('sqlite:///x.db')"
    )

    assert [name for name in NEEDED_LATER if name in read] == []


def test_the_postgres_driver_is_read_with_its_engine_and_not_at_the_first_question() -> None:
    assert "psycopg" in read_by("from db.engine import make_engine\nmake_engine('postgresql://u:p@127.0.0.1/x')")


def test_one_command_does_not_read_the_others() -> None:
    read = read_by("import bot.cli\nbot.cli.parser('score')")

    assert not read & {"bot.cli_serve", "bot.cli_run", "slack_bolt", "sqlalchemy"}
