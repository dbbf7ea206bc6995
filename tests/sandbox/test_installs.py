"""Several workspaces, and the OAuth install that Bolt does itself."""

from __future__ import annotations

import urllib.request
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from slack_bolt import App
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from tiny_server import serving

from bot.sandbox.definition import Human, Room, WorkspaceDefinition
from bot.sandbox.server import Sandbox

OTHER = WorkspaceDefinition(
    "Saltmarsh", "saltmarsh", (Human("ida", "Ida Berg", is_admin=True),), (Room("triage", ("ida",)),)
)


@pytest.fixture
def sandbox():
    with Sandbox(others=[OTHER]) as opened:
        yield opened


def get(url):
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own loopback address
        return answer.geturl(), answer.read().decode()


def test_a_workspace_without_the_app_has_no_token_and_no_command(sandbox):
    ida = sandbox.person("ida", sandbox.teams[1])
    ida.types("#triage", "/mlbug help")
    assert "is not a valid command" in ida.sees_ephemeral("#triage").words
    with pytest.raises(SlackApiError, match="invalid_auth"):
        WebClient(sandbox.teams[1].bot_token, base_url=sandbox.api_url).auth_test()


def test_bolt_installs_itself_and_serves_both_workspaces(sandbox, tmp_path):
    settings = OAuthSettings(
        client_id=sandbox.keys.client_id,
        client_secret=sandbox.keys.client_secret,
        scopes=["commands", "chat:write"],
        authorization_url=sandbox.authorize_url,
        state_store=FileOAuthStateStore(expiration_seconds=60, base_dir=str(tmp_path)),
        installation_store=FileInstallationStore(base_dir=str(tmp_path)),
        state_validation_enabled=False,  # the cookie of a browser; tried with one in a real workspace
    )
    app = App(
        signing_secret=sandbox.signing_secret, client=WebClient(base_url=sandbox.api_url), oauth_settings=settings
    )

    @app.command("/mlbug")
    def answer(ack, client, body):
        ack(f"Hello {client.auth_test()['team']}, {body['user_name']}")

    with serving(app) as address:
        sandbox.deliver_to(address)
        _, page = get(address.replace("/slack/events", "/slack/install"))
        asked = next(part for part in page.split('"') if part.startswith(sandbox.authorize_url)).replace("&amp;", "&")
        back = address.replace("/slack/events", "/slack/oauth_redirect")
        for team in sandbox.teams:
            _, page = get(f"{asked}&redirect_uri={back}")
            link = next(part for part in page.split('"') if team.id in part).replace("&amp;", "&")
            _, thanks = get(sandbox.url.rstrip("/") + link)
            assert "Thank you" in thanks
            person = next(each for each in team.users.values() if each.is_admin)
            someone = sandbox.person(person.handle, team)
            someone.types("#triage", "/mlbug")
            assert someone.sees_ephemeral("#triage").words == f"Hello {team.name}, {person.handle}"
        sandbox.uninstall(sandbox.teams[1])
        ida = sandbox.person("ida", sandbox.teams[1])
        ida.types("#triage", "/mlbug")
        assert "is not a valid command" in ida.sees_ephemeral("#triage").words


def test_codes_are_good_once_and_for_the_right_secret(sandbox):
    api = WebClient(base_url=sandbox.api_url)
    keys = sandbox.keys
    query = f"client_id={keys.client_id}&scope=commands&redirect_uri={sandbox.url}&team={sandbox.team.id}&state=s1"
    landed, _ = get(f"{sandbox.url}oauth/v2/allow?{query}")
    back = parse_qs(urlsplit(landed).query)
    assert back["state"] == ["s1"]
    code = back["code"][0]

    def exchange(**more):
        return api.oauth_v2_access(
            **{"client_id": keys.client_id, "client_secret": keys.client_secret, "code": code} | more
        )

    with pytest.raises(SlackApiError, match="bad_client_secret"):
        exchange(client_secret="x")
    with pytest.raises(SlackApiError, match="invalid_client_id"):
        exchange(client_id="x")
    answer = exchange()
    assert (answer["access_token"], answer["team"]["id"]) == (sandbox.team.bot_token, sandbox.team.id)
    with pytest.raises(SlackApiError, match="invalid_code"):
        exchange()


@pytest.mark.parametrize(
    "change", [{"client_id": "x"}, {"scope": ""}, {"scope": "admin"}, {"redirect_uri": "https://evil.example/"}]
)
def test_an_install_that_slack_would_refuse_is_refused(sandbox, change):
    query = {"client_id": sandbox.keys.client_id, "scope": "commands", "redirect_uri": sandbox.url} | change
    with pytest.raises(HTTPError) as caught:
        get(f"{sandbox.authorize_url}?{urlencode(query)}")
    assert caught.value.code == 400
    caught.value.close()
