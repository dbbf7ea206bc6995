"""The doctor finds what is broken and names the cure: more than twenty configurations, each broken in one way."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from databases import opened
from reporting import settings_for

from bot import cli, cli_doctor
from bot.doctor import Finding, Verdict
from bot.manifest import OPTIONAL_SCOPES, SCOPES, manifest
from bot.sandbox.clock import MovableClock
from bot.sandbox.definition import AppDefinition
from bot.sandbox.server import Sandbox
from db.models import outbox
from triage.ports import Errand

EVERYTHING = (*SCOPES, *OPTIONAL_SCOPES)


@dataclass
class Site:
    """A configuration that is well, to be broken."""

    sandbox: Sandbox
    env: dict[str, str]
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def triage(self) -> str:
        return self.env["MLBUG_TRIAGE_CHANNEL"]

    def group(self) -> str:
        return next(iter(self.sandbox.team.groups))

    def findings(self) -> list[Finding]:
        for name, value in self.env.items():
            self.monkeypatch.setenv(name, value)
        return list(cli_doctor.examine(env_file=None))

    def wrong(self) -> list[Finding]:
        return [each for each in self.findings() if each.verdict in {Verdict.PROBLEM, Verdict.AWAY, Verdict.WARNING}]


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    app = AppDefinition.from_manifest(manifest())
    with Sandbox(app=app, clock=MovableClock()) as sandbox:
        settings = settings_for(sandbox, sqlite_url)
        (tmp_path / "mlbug.db").chmod(0o600)
        env = {
            "SLACK_BOT_TOKEN": sandbox.bot_token,
            "SLACK_APP_TOKEN": sandbox.app_token,
            "SLACK_API_URL": sandbox.api_url,
            "DATABASE_URL": sqlite_url,
            "MLBUG_TRIAGE_CHANNEL": settings.mlbug_triage_channel,
            "MLBUG_DIGEST_CHANNEL": settings.mlbug_triage_channel,
            "MLBUG_TRIAGERS": settings.mlbug_triagers,
            "MLBUG_DIGEST_AT": "mon 09:00 Europe/Berlin",
        }
        yield Site(sandbox, env, tmp_path, monkeypatch)


def test_a_sound_configuration_has_no_problem_and_no_warning(site: Site) -> None:
    assert site.wrong() == []


Breaking = Callable[[Site], object]


def env(**values: str) -> Breaking:
    def break_it(site: Site) -> None:
        site.env.update(values)

    return break_it


def scopes_but(*taken: str) -> Breaking:
    return lambda site: site.sandbox.set_scopes(*(scope for scope in EVERYTHING if scope not in taken))


def kept_out(site: Site) -> None:
    site.sandbox.set_app_membership("#triage", is_in=False)


def archived(site: Site) -> None:
    site.sandbox.look(lambda: setattr(site.sandbox.team.channels[site.triage()], "is_archived", True))


def empty_group(site: Site) -> None:
    site.sandbox.look(site.sandbox.team.groups[site.group()]["users"].clear)
    site.env["MLBUG_TRIAGERS"] = site.group()


def closed_account(site: Site) -> None:
    mei = site.sandbox.team.user_by_handle("mei")
    assert mei is not None
    site.sandbox.look(lambda: setattr(mei, "is_deleted", True))
    site.env["MLBUG_TRIAGERS"] += f" {mei.id}"


def guest(site: Site) -> None:
    ben = site.sandbox.team.user_by_handle("ben")
    assert ben is not None
    site.sandbox.look(lambda: setattr(ben, "is_guest", True))
    site.env["MLBUG_ADMINS"] = ben.id


def uninstalled(site: Site) -> None:
    site.sandbox.uninstall()


def dead_letters(site: Site) -> None:
    _queue_row(site, dead=True)


def nobody_works(site: Site) -> None:
    _queue_row(site, dead=False)


def _queue_row(site: Site, *, dead: bool) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415  # only here

    from db.work import SqlWorkPlace  # noqa: PLC0415  # as above

    with opened(site.env["DATABASE_URL"]) as engine:
        with SqlWorkPlace(engine, lambda: datetime(2026, 1, 1, tzinfo=UTC)).write() as work:
            work.errands.put(Errand("ML-1:card", "card", site.sandbox.team.id, 1))
            work.commit()
        if dead:
            with engine.begin() as connection:
                connection.execute(outbox.update().values(state="dead"))


def older_schema(site: Site) -> None:
    with opened(site.env["DATABASE_URL"]) as engine, engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")


def newer_schema(site: Site) -> None:
    with opened(site.env["DATABASE_URL"]) as engine, engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")


def unsound_bar(site: Site) -> None:
    file = site.folder / "bar.toml"
    file.write_text('id = "mine"\n')
    site.env["MLBUG_BAR"] = str(file)


def readable_by_others(site: Site) -> None:
    (site.folder / "mlbug.db").chmod(0o644)


def not_made_yet(site: Site) -> None:
    site.env["DATABASE_URL"] = f"sqlite:///{site.folder / 'new.db'}"


def no_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def http_nowhere(site: Site) -> None:
    del site.env["SLACK_APP_TOKEN"]
    site.env |= {"SLACK_SIGNING_SECRET": "abc", "MLBUG_PUBLIC_URL": f"http://127.0.0.1:{no_port()}"}


def http_in_the_clear(site: Site) -> None:
    http_nowhere(site)
    site.env["MLBUG_PUBLIC_URL"] = "http://mlbug.example.com"


def oauth_by_halves(site: Site) -> None:
    site.env |= {"SLACK_CLIENT_ID": "1.2"}


def unreached(variable: str, value: str) -> Breaking:
    return lambda site: site.env.update({variable: value.format(port=no_port())})


def remove(*names: str) -> Breaking:
    return lambda site: [site.env.pop(name) for name in names]


BROKEN: list[tuple[str, Breaking, str, str, str]] = [
    # what is broken, how, the finding's check, part of its subject, part of the cure
    ("no way in", remove("SLACK_APP_TOKEN"), "settings", "mode", "connections:write"),
    ("no bot token", remove("SLACK_BOT_TOKEN"), "settings", "SLACK_BOT_TOKEN", "copy the bot token"),
    ("the example's token", env(SLACK_BOT_TOKEN="xoxb-"), "settings", "SLACK_BOT_TOKEN", "copy the bot token"),
    ("no such time", env(MLBUG_DIGEST_AT="mo 9 Europe/Berlin"), "settings", "MLBUG_DIGEST_AT", "Correct"),
    ("a person's token", env(SLACK_BOT_TOKEN="xoxp-1"), "settings", "SLACK_BOT_TOKEN", "Bot User OAuth Token"),
    ("tokens swapped", env(SLACK_APP_TOKEN="xoxb-1"), "settings", "SLACK_APP_TOKEN", "App-Level Tokens"),
    ("a wrong bot token", env(SLACK_BOT_TOKEN="xoxb-1"), "token", "SLACK_BOT_TOKEN", "Copy it again"),
    ("uninstalled", uninstalled, "token", "SLACK_BOT_TOKEN", "install the app"),
    ("a wrong app token", env(SLACK_APP_TOKEN="xapp-1"), "socket", "SLACK_APP_TOKEN", "new app-level token"),
    ("a scope missing", scopes_but("chat:write"), "scopes", "chat:write", "install the app to the workspace again"),
    ("an optional scope missing", scopes_but("channels:history"), "scopes", "channels:history", "manifest.json"),
    ("a scope too many", lambda s: s.sandbox.set_scopes(*EVERYTHING, "admin"), "scopes", "admin", "Take it out"),
    ("no triage channel", remove("MLBUG_TRIAGE_CHANNEL"), "channel", "triage channel", "MLBUG_TRIAGE_CHANNEL"),
    ("an unknown channel", env(MLBUG_TRIAGE_CHANNEL="C0NOWHERE"), "channel", "C0NOWHERE", "Copy the id again"),
    ("a channel's name", env(MLBUG_TRIAGE_CHANNEL="#triage"), "settings", "MLBUG_TRIAGE_CHANNEL", "Correct"),
    ("not invited", kept_out, "channel", "#triage", "/invite @mlbug"),
    ("an archived channel", archived, "channel", "#triage", "Unarchive"),
    ("no digest channel", remove("MLBUG_DIGEST_CHANNEL"), "channel", "digest channel", "MLBUG_DIGEST_CHANNEL"),
    ("an unknown digest channel", env(MLBUG_DIGEST_CHANNEL="C0GONE"), "channel", "digest channel C0GONE", "Copy"),
    ("no triagers", remove("MLBUG_TRIAGERS"), "people", "triagers", "MLBUG_TRIAGERS"),
    ("an unknown group", env(MLBUG_TRIAGERS="S0NOBODY"), "people", "S0NOBODY", "Copy the group"),
    ("an empty group", empty_group, "people", "user group", "Add people"),
    ("an unknown person", env(MLBUG_ADMINS="U0NOBODY"), "people", "U0NOBODY", "Copy the member"),
    ("a closed account", closed_account, "people", "user U", "name somebody else"),
    ("a guest as admin", guest, "people", "user U", "full member"),
    ("a name for an id", env(MLBUG_TRIAGERS="@ana"), "settings", "MLBUG_TRIAGERS", "Correct"),
    ("no such time zone", env(MLBUG_DIGEST_AT="mon 09:00 Mars/Base"), "settings", "MLBUG_DIGEST_AT", "Correct"),
    ("no such log", env(MLBUG_LOG="xml"), "settings", "MLBUG_LOG", "Correct"),
    ("no such database", env(DATABASE_URL="mysql://x/y"), "database", "DATABASE_URL", "Correct"),
    ("no such folder", env(DATABASE_URL="sqlite:////nowhere/at/all.db"), "database", "DATABASE_URL", "Correct"),
    ("no server", unreached("DATABASE_URL", "postgresql://u@127.0.0.1:{port}/d"), "database", "DATABASE_URL", "server"),
    ("an older schema", older_schema, "migrations", "schema", "back up"),
    ("a newer schema", newer_schema, "migrations", "schema", "back up"),
    ("no schema yet", not_made_yet, "database", "DATABASE_URL", "mlbug migrate"),
    ("a readable database", readable_by_others, "database", "DATABASE_URL", "chmod 600"),
    ("dead letters", dead_letters, "queue", "dead letters", "mlbug queue --retry"),
    ("no worker", nobody_works, "queue", "waiting", "mlbug work"),
    ("no bar", env(MLBUG_BAR="/nowhere/bar.toml"), "bar", "/nowhere/bar.toml", "MLBUG_BAR"),
    ("an unsound bar", unsound_bar, "bar", "bar.toml", "mlbug bar check"),
    ("no Slack", unreached("SLACK_API_URL", "http://127.0.0.1:{port}/api/"), "slack", "Slack", "network"),
    ("a wrong clock", lambda s: s.monkeypatch.setattr(cli_doctor, "utc_now", _late), "clock", "machine", "time sync"),
    ("no server at the public URL", http_nowhere, "public URL", "127.0.0.1", "mlbug serve"),
    ("no TLS", http_in_the_clear, "public URL", "MLBUG_PUBLIC_URL", "TLS"),
    ("half of OAuth", oauth_by_halves, "settings", "SLACK_CLIENT_SECRET", "Basic Information"),
]


def _late() -> Any:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415  # only here

    return datetime.now(UTC) + timedelta(minutes=7)


@pytest.mark.parametrize(("what", "break_it", "check", "subject", "cure"), BROKEN, ids=[row[0] for row in BROKEN])
def test_it_finds_what_is_broken_and_names_the_cure(
    site: Site, what: str, break_it: Breaking, check: str, subject: str, cure: str
) -> None:
    break_it(site)

    wrong = site.wrong()

    assert [f for f in wrong if f.check == check and subject in f.subject and cure in f.todo], (what, wrong)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MLBUG_TRIAGE_CHANNEL", "#triage", "'#triage' is no channel id; copy the id from Slack, not the name."),
        ("MLBUG_TRIAGERS", "@ana", "'@ana' is neither a user id (U…) nor a user group id (S…)."),
        ("MLBUG_LOG", "xml", "it has to be 'text' or 'json'."),
        ("MLBUG_DIGEST_AT", "mo 9", "'mo 9' is no such time; write it like “mon 09:00 Europe/Berlin”."),
    ],
)
def test_a_setting_that_cannot_be_read_is_told_once(site: Site, variable: str, value: str, said: str) -> None:
    env(**{variable: value})(site)

    (wrong,) = site.wrong()

    assert (wrong.subject, wrong.message) == (variable, said)


def test_one_fault_does_not_hide_another(site: Site) -> None:
    env(MLBUG_LOG="xml", MLBUG_TRIAGERS="ana", PORT="many", SLACK_APP_TOKEN="xapp-1")(site)
    scopes_but("chat:write")(site)

    found = {(each.check, each.subject) for each in site.wrong()}

    assert {
        ("settings", "MLBUG_LOG"),
        ("settings", "MLBUG_TRIAGERS"),
        ("settings", "PORT"),
        ("socket", "SLACK_APP_TOKEN"),
        ("scopes", "chat:write"),
    } <= found


@pytest.mark.parametrize(
    ("break_it", "status"),
    [(env(), 0), (kept_out, 1), (unreached("SLACK_API_URL", "http://127.0.0.1:{port}/api/"), 3)],
    ids=["well", "a problem", "out of reach"],
)
def test_the_exit_status_is_the_interfaces(
    site: Site, break_it: Breaking, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    break_it(site)
    for name, value in site.env.items():
        site.monkeypatch.setenv(name, value)
    site.monkeypatch.chdir(site.folder)

    assert cli.main(["doctor", "--json"]) == status
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is (status == 0)
    assert len(told["checks"]) > 8 or status == 3
    assert all(each["todo"] for each in told["problems"])


def test_no_token_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    scopes_but("chat:write")(site)
    for name, value in site.env.items():
        site.monkeypatch.setenv(name, value)
    site.monkeypatch.chdir(site.folder)

    cli.main(["doctor"])

    told = capsys.readouterr()
    for secret in (site.sandbox.bot_token, site.sandbox.app_token):
        assert secret not in told.out + told.err


def test_a_database_that_is_only_looked_at_is_not_made(site: Site) -> None:
    not_made_yet(site)

    site.findings()

    assert not (site.folder / "new.db").exists()


def test_it_says_whether_earlier_reports_are_found_by_meaning_too(site: Site) -> None:
    told = [each for each in site.findings() if each.check == "search"]

    assert [(each.subject, each.verdict) for each in told] == [
        ("by words", Verdict.OK),
        ("by meaning", Verdict.SKIPPED),
    ]
