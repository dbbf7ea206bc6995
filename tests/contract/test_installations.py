"""Installations, their sealed tokens and the states, on both databases."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet
from databases import opened
from every_table import fill
from sqlalchemy import Engine
from threads import at_once

from bot import cli, cli_oauth
from bot.cli_oauth import erase_gone
from bot.gateway import Gateway, RefusedBySlack
from bot.greeting import greet, is_organisation
from bot.render.welcome import welcome
from bot.renewing import Renewing
from bot.roster import Roster
from bot.saved_settings import MOMENT_S, SavedSettings
from bot.settings import read_settings
from bot.tenancy import FRESH_S, Installed, enterprise_of, home_of
from db.erasure import dump
from db.installations import SqlInstallations
from db.models_installs import installations
from db.outbox import SqlQueue
from db.seal import Seal
from db.work import SqlWorkPlace
from triage.errors import Forbidden
from triage.installs import Installation, SealBroken
from triage.workspace import WorkspaceSettings

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OLD_KEY, NEW_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def an_installation(**changes: Any) -> Installation:
    made = Installation(
        enterprise="",
        team="T1",
        name="Fernhill",
        bot_user="U0",
        bot_id="B0",
        installer="U1",
        scopes="commands,chat:write",
        installed_at=NOW,
        token="xoxb-1-secret",
    )
    return replace(made, **changes)


@pytest.fixture
def store(engine: Engine) -> SqlInstallations:
    return SqlInstallations(engine, Seal(OLD_KEY))


def test_an_installation_comes_back_as_it_was_kept(store: SqlInstallations) -> None:
    kept = an_installation(refresh_token="xoxe-1-r", expires_at=NOW + timedelta(hours=12))
    store.put(kept)

    assert store.of_team("T1") == store.find("", "T1") == kept
    assert store.of_team("T2") is None
    assert list(store.teams()) == ["T1"]


def test_installing_again_replaces_the_token(store: SqlInstallations) -> None:
    store.put(an_installation())
    store.put(an_installation(token="xoxb-2"))

    found = store.of_team("T1")

    assert found is not None
    assert found.token == "xoxb-2"


def test_no_token_is_readable_in_the_database(store: SqlInstallations, engine: Engine) -> None:
    store.put(an_installation(refresh_token="xoxe-1-r"))

    with engine.connect() as connection:
        rows = str(connection.execute(installations.select()).all())

    assert "xoxb-1-secret" not in rows
    assert "xoxe-1-r" not in rows


def test_a_sealed_token_is_good_for_its_own_workspace_alone(store: SqlInstallations, engine: Engine) -> None:
    store.put(an_installation())
    store.put(an_installation(team="T2", token="xoxb-2"))
    with engine.begin() as connection:
        stolen = connection.execute(installations.select().where(installations.c.team == "T1")).one().sealed
        connection.execute(installations.update().where(installations.c.team == "T2").values(sealed=stolen))

    with pytest.raises(SealBroken):
        store.of_team("T2")


def test_a_lost_key_is_said_and_a_new_one_takes_over(store: SqlInstallations, engine: Engine) -> None:
    store.put(an_installation())
    with pytest.raises(SealBroken, match="MLBUG_TOKEN_KEYS"):
        SqlInstallations(engine, Seal(NEW_KEY)).of_team("T1")

    assert SqlInstallations(engine, Seal(f"{NEW_KEY} {OLD_KEY}")).rewrap() == 1

    found = SqlInstallations(engine, Seal(NEW_KEY)).of_team("T1")
    assert found is not None
    assert found.token == "xoxb-1-secret"
    with pytest.raises(SealBroken):
        store.of_team("T1")


@pytest.mark.parametrize("keys", ["", "  ", "short", "!" * 44])
def test_what_is_no_key_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Seal(keys)


def test_an_organisations_installation_serves_its_workspaces(store: SqlInstallations) -> None:
    store.put(an_installation(enterprise="E1", team="", token="xoxb-org"))

    found = store.find("E1", "T9")
    assert found is not None
    assert found.token == "xoxb-org"
    assert store.find("E2", "T9") is None
    assert store.of_team("T9") is None  # until it was seen to belong there
    store.serve("T9", "E1")
    assert store.of_team("T9") == found
    assert list(store.teams()) == ["T9"]
    assert store.remove("E1", "", NOW + timedelta(seconds=1))
    assert store.of_team("T9") is None
    assert list(store.teams()) == []


def test_a_workspaces_own_installation_goes_before_its_organisations(store: SqlInstallations) -> None:
    store.put(an_installation(enterprise="E1", team="", token="xoxb-org"))
    store.put(an_installation(enterprise="E1", token="xoxb-own"))

    found = store.find("E1", "T1")

    assert found is not None
    assert found.token == "xoxb-own"


def test_a_farewell_that_comes_late_does_not_undo_a_new_installation(store: SqlInstallations) -> None:
    store.put(an_installation(installed_at=NOW + timedelta(minutes=5)))

    assert not store.remove("", "T1", NOW)
    assert store.of_team("T1") is not None
    assert store.remove("", "T1", NOW + timedelta(minutes=6))
    assert not store.remove("", "T1", NOW + timedelta(minutes=7))


def test_who_is_gone_for_long_is_known(store: SqlInstallations) -> None:
    store.put(an_installation())
    store.put(an_installation(team="T2"))
    store.remove("", "T1", NOW + timedelta(days=1))

    assert list(store.gone(NOW + timedelta(hours=23))) == []
    assert list(store.gone(NOW + timedelta(days=2))) == ["T1"]
    store.put(an_installation(installed_at=NOW + timedelta(days=3)))
    assert list(store.gone(NOW + timedelta(days=9))) == []


def test_a_state_is_taken_once_however_many_come_at_once(store: SqlInstallations) -> None:
    store.put_state("a" * 64, NOW + timedelta(minutes=10))

    taken = at_once(6, lambda _n: store.take_state("a" * 64, NOW))

    assert sorted(taken) == [False] * 5 + [True]


def test_a_state_ends(store: SqlInstallations) -> None:
    store.put_state("a" * 64, NOW + timedelta(minutes=10))

    assert not store.take_state("a" * 64, NOW + timedelta(minutes=11))
    assert not store.take_state("b" * 64, NOW)


# ---- rotation


class Slack:
    """Slack's side of rotation: a refresh token is good once."""

    def __init__(self) -> None:
        self.good = "xoxe-1-r0"
        self.calls = 0

    def exchange(self, **arguments: str) -> dict[str, Any]:
        self.calls += 1
        if arguments["refresh_token"] != self.good:
            raise RefusedBySlack("invalid_refresh_token")
        self.good = f"xoxe-1-r{self.calls}"
        return {"access_token": f"xoxb-{self.calls}", "refresh_token": self.good, "expires_in": 43200}


def rotating(**changes: Any) -> Installation:
    return an_installation(refresh_token="xoxe-1-r0", expires_at=NOW + timedelta(hours=1), **changes)


def test_a_token_that_ends_soon_is_renewed_and_no_other(store: SqlInstallations) -> None:
    store.put(rotating())
    store.put(an_installation(team="T2"))
    store.put(an_installation(team="T3", refresh_token="xoxe-x", expires_at=NOW + timedelta(hours=9)))
    slack, told = Slack(), []

    assert Renewing(store, slack.exchange, lambda: NOW, lambda: told.append("renewed")).go() == 1

    found = store.of_team("T1")
    assert found is not None
    assert (found.token, found.refresh_token, found.version) == ("xoxb-1", "xoxe-1-r1", 2)
    assert found.expires_at == NOW + timedelta(hours=12)
    assert told == ["renewed"]
    assert Renewing(store, slack.exchange, lambda: NOW).go() == 0


def test_two_processes_renewing_at_once_leave_a_good_token(store: SqlInstallations) -> None:
    store.put(rotating())
    slack = Slack()

    done = at_once(2, lambda _n: Renewing(store, slack.exchange, lambda: NOW).go())

    found = store.of_team("T1")
    assert found is not None
    assert sum(done) == 1
    assert found.refresh_token == slack.good


# ---- who is served


def installed(store: SqlInstallations, now: Callable[[], float] = lambda: 0.0) -> Installed:
    from bot.gateway import make_client  # noqa: PLC0415  # only here

    return Installed(store, lambda token: make_client(token, "http://127.0.0.1:9/api/"), now)


def test_a_payload_is_its_installations(store: SqlInstallations) -> None:
    store.put(an_installation())
    served = installed(store)

    assert served.home({"team_id": "T1", "user_id": "U1"}) == "T1"
    assert served.client("T1").token == "xoxb-1-secret"
    with pytest.raises(Forbidden):
        served.home({"team_id": "T2", "user_id": "U1"})
    with pytest.raises(RefusedBySlack, match="not_installed"):
        served.client("T2")
    assert served.authorize(None, "T2") is None
    served.close()


@pytest.mark.parametrize(
    ("body", "home"),
    [
        ({"team_id": "T1"}, "T1"),
        ({"team": {"id": "T1"}, "user": {"id": "U", "team_id": "T9"}}, "T1"),
        ({"team": None, "user": {"id": "U", "team_id": "T1"}}, "T1"),
        ({"team": {"id": "T9"}, "message": {"team": "T1", "bot_id": "B"}}, "T1"),
        ({"team": {"id": "T9"}, "message": {"team": "T2", "user": "U"}}, "T9"),
        ({"team": {"id": "T9"}, "view": {"app_installed_team_id": "T1"}}, "T1"),
        ({"team_id": "T9", "authorizations": [{"team_id": "T1", "enterprise_id": None}], "event": {}}, "T1"),
        ({}, ""),
    ],
)
def test_the_home_of_a_payload_is_where_the_app_was_let_in(body: dict[str, Any], home: str) -> None:
    assert home_of(body) == home


def test_an_organisation_is_read_from_a_payload() -> None:
    assert enterprise_of({"enterprise": {"id": "E1"}}) == "E1"
    assert enterprise_of({"authorizations": [{"enterprise_id": "E1"}]}) == "E1"
    assert enterprise_of({"enterprise_id": "E1"}) == "E1"
    assert enterprise_of({"enterprise": None}) == ""


def test_what_another_process_took_out_is_noticed_soon(store: SqlInstallations) -> None:
    time = [0.0]
    store.put(an_installation())
    served = installed(store, lambda: time[0])
    assert served.home({"team_id": "T1"}) == "T1"

    store.remove("", "T1", NOW + timedelta(minutes=1))
    time[0] = FRESH_S + 1

    with pytest.raises(Forbidden):
        served.home({"team_id": "T1"})


def test_what_was_looked_up_lately_is_at_hand(store: SqlInstallations) -> None:
    time = [0.0]
    store.put(an_installation())
    served = installed(store, lambda: time[0])
    body = {"team_id": "T1", "user_id": "U1"}
    assert not served.is_at_hand(body)

    served.home(body)
    assert served.is_at_hand(body)
    assert not served.is_at_hand({"team_id": "T2", "user_id": "U1"})

    time[0] = FRESH_S - MOMENT_S  # it may be too old before it is used
    assert not served.is_at_hand(body)


def test_where_it_is_not_installed_nothing_is_at_hand(store: SqlInstallations) -> None:
    served = installed(store)
    with pytest.raises(Forbidden):
        served.home({"team_id": "T1"})

    assert not served.is_at_hand({"team_id": "T1"})


def test_a_workspace_of_an_organisation_is_remembered_when_it_first_shows(store: SqlInstallations) -> None:
    store.put(an_installation(enterprise="E1", team=""))
    served = installed(store)

    assert served.home({"team": {"id": "T5"}, "enterprise": {"id": "E1"}}) == "T5"

    assert list(served.all()) == ["T5"]
    assert served.client("T5").token == "xoxb-1-secret"
    served.close()


def test_a_stolen_sqlite_file_gives_no_token_away(sqlite_url: str) -> None:
    with opened(sqlite_url) as engine:
        SqlInstallations(engine, Seal(OLD_KEY)).put(an_installation())
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with sqlite3.connect(file) as connection:
        text = "\n".join(connection.iterdump())
    connection.close()

    assert "xoxb-1-secret" not in text
    assert b"xoxb-1-secret" not in file.read_bytes()


# ---- by command, and by time


def test_a_new_key_takes_over_by_command(
    store: SqlInstallations, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store.put(an_installation())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert cli.main(["make-key", "--rewrap"]) == 2  # no keys
    monkeypatch.setenv("MLBUG_TOKEN_KEYS", NEW_KEY)
    assert cli.main(["make-key", "--rewrap"]) == 1  # the key that sealed them is missing
    monkeypatch.setenv("MLBUG_TOKEN_KEYS", f"{NEW_KEY} {OLD_KEY}")
    assert cli.main(["make-key", "--rewrap"]) == 0

    assert SqlInstallations(engine, Seal(NEW_KEY)).of_team("T1") is not None


def test_a_workspace_that_left_is_erased_after_the_set_days_and_no_other(
    store: SqlInstallations, engine: Engine
) -> None:
    long_ago, lately = datetime.now(UTC) - timedelta(days=31), datetime.now(UTC) - timedelta(days=2)
    for team, left in (("T1", long_ago), ("T2", lately), ("T3", None)):
        fill(engine, team)
        store.put(an_installation(team=team, enterprise="", installed_at=long_ago - timedelta(days=1)))
        if left:
            store.remove("", team, left)

    assert erase_gone(engine, store, timedelta(days=30)) == 1

    assert list(dump(engine, "T1")) == []
    assert list(dump(engine, "T2")) != []
    assert list(dump(engine, "T3")) != []
    assert erase_gone(engine, store, timedelta(days=30)) == 0


def test_an_organisation_that_left_is_erased_behind_its_workspaces(store: SqlInstallations, engine: Engine) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=31)
    for enterprise, left in (("E1", long_ago), ("E2", None)):
        store.put(an_installation(enterprise=enterprise, team="", installed_at=long_ago - timedelta(days=1)))
        store.serve(f"T-{enterprise}", enterprise)
        for workspace in (f"T-{enterprise}", enterprise):
            greet(SqlWorkPlace(engine), workspace, "U1")
        if left:
            store.remove(enterprise, "", left)

    assert list(store.gone(datetime.now(UTC) - timedelta(days=30))) == ["T-E1", "E1"]
    assert erase_gone(engine, store, timedelta(days=30)) == 2
    assert erase_gone(engine, store, timedelta(days=30)) == 0

    assert [list(dump(engine, gone)) for gone in ("T-E1", "E1")] == [[], []]
    assert {row["table"] for row in dump(engine, "E2")} == {"installations", "outbox"}
    assert list(dump(engine, "T-E2")) != []


# ---- the welcome


@pytest.mark.parametrize(
    ("told", "workspace", "words"),
    [
        ({"team": {"id": "T1", "name": "Fernhill"}, "enterprise": None}, "T1", "mlbug is installed.*"),
        (
            {"team": None, "enterprise": {"id": "E1", "name": "Hill & Co"}, "is_enterprise_install": True},
            "E1",
            "installed for your organisation",
        ),
    ],
)
def test_whoever_installs_it_is_welcomed_also_for_a_whole_organisation(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], workspace: str, words: str
) -> None:
    answer = told | {"access_token": "xoxb-new", "token_type": "bot", "bot_id": "B0", "authed_user": {"id": "U7"}}
    monkeypatch.setattr(cli_oauth, "_exchange", lambda _settings: lambda **_asked: answer)
    settings = read_settings(env_file=None, mlbug_token_keys=OLD_KEY, mlbug_public_url="https://mlbug.example.com")
    inside = cli_oauth.letting_in(settings, engine, SqlWorkPlace(engine))
    begun = dict(inside.installer.begin().headers)
    state = parse_qs(urlsplit(begun["Location"]).query)["state"][0]

    reply = inside.installer.finish({"state": state, "code": "1"}, state)

    assert b"mlbug is installed" in reply.body
    sending = SqlQueue(engine).claim(datetime.now(UTC), 60)
    assert sending is not None
    assert (sending.errand.kind, sending.errand.workspace, sending.errand.to) == ("welcome", workspace, "U7")
    assert inside.workspaces.client(workspace).token == "xoxb-new"
    assert words in str(welcome(whole=is_organisation(workspace)))
    inside.workspaces.close()


def test_a_member_of_several_workspaces_of_an_organisation_is_no_stranger_in_any(engine: Engine) -> None:
    class Slack(Gateway):
        def __init__(self) -> None:
            pass

        def user(self, workspace: str, user: str) -> dict[str, Any]:
            del workspace
            return {"id": user, "team_id": "T1", "enterprise_user": {"enterprise_id": "E1", "teams": ["T1", "T2"]}}

    saved = SavedSettings(SqlWorkPlace(engine), WorkspaceSettings())
    roster = Roster(SqlWorkPlace(engine), Slack(), saved, lambda: NOW, lambda _job: True)

    met = {workspace: roster.meet(workspace, "W1").is_outsider for workspace in ("T1", "T2", "T3")}

    assert met == {"T1": False, "T2": False, "T3": True}
