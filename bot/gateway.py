"""The only place that calls Slack. What can go wrong there is sorted here into the few kinds that matter to a caller.

Clients are built without the SDK's own resending: it turned one dropped answer into two messages.
"""

import http.client
import json
import logging
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.kept_client import KeptClient, NeverSent

log = logging.getLogger(__name__)

TIMEOUT_S = 15
UPLOAD_S = 60
EVENT_TYPE = "mlbug_message"  # the metadata under which a post can be found again

_NAME = re.compile(r"[a-z0-9_.:-]{1,80}")
_PASSING = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})


class SlackFault(Exception):
    """A call to Slack did not do what was asked; `error` is Slack's name for it, or ours."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class RateLimited(SlackFault):
    """Slack asks to wait `after_s` seconds; nothing was done."""

    def __init__(self, after_s: float) -> None:
        super().__init__("ratelimited")
        self.after_s = after_s


class NotReached(SlackFault):
    """The call never got to Slack; it can be repeated."""


class InDoubt(SlackFault):
    """The call may or may not have been carried out: the answer was lost, or Slack failed on its side."""


class RefusedBySlack(SlackFault):
    """Slack refused; repeating does not help."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message is: its channel and its ts."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Introduction:
    """Slack's `auth.test` answer with what its headers tell: the granted scopes, and Slack’s Unix time (0: not told)."""

    told: Mapping[str, Any]
    scopes: frozenset[str]
    slack_time: float


def make_client(token: str, api_url: str) -> KeptClient:
    """A Web API client that resends nothing, waits `TIMEOUT_S`, and connects and loads the CA bundle once, not at each call."""
    return KeptClient(token, api_url, TIMEOUT_S)


class Gateway:
    """Calls to Slack for any workspace, by way of the client that `client_of` gives for it."""

    def __init__(self, client_of: Callable[[str], WebClient]) -> None:
        self._client_of = client_of

    def open_view(self, workspace: str, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a dialog."""
        self._call(workspace, "views.open", trigger_id=trigger_id, view=view)

    def push_view(self, workspace: str, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Lay a dialog over the one that is open."""
        self._call(workspace, "views.push", trigger_id=trigger_id, view=view)

    def update_view(self, workspace: str, view_id: str, view: Mapping[str, Any], view_hash: str = "") -> None:
        """Change an open dialog; a newer change by somebody else wins where `view_hash` is given."""
        guard = {"hash": view_hash} if view_hash else {}
        self._call(workspace, "views.update", view_id=view_id, view=view, **guard)

    def update_named(self, workspace: str, external_id: str, view: Mapping[str, Any]) -> None:
        """Change an open dialog that goes by the app's own id for it."""
        self._call(workspace, "views.update", external_id=external_id, view=view)

    def post(self, workspace: str, channel: str, message: Mapping[str, Any], key: str, thread_ts: str = "") -> Posted:
        """Post a message that can be found again by `key`."""
        body = dict(message) | {
            "channel": channel,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": key}},
        }
        if thread_ts:
            body["thread_ts"] = thread_ts
        answer = self._call(workspace, "chat.postMessage", **body)
        return Posted(str(answer["channel"]), str(answer["ts"]))

    def edit(self, workspace: str, at: Posted, message: Mapping[str, Any]) -> None:
        """Put `message` in the place of the one at `at`."""
        self._call(workspace, "chat.update", **(dict(message) | {"channel": at.channel, "ts": at.ts}))

    def find(self, workspace: str, channel: str, key: str, oldest_s: float, thread_ts: str = "") -> Posted | None:
        """The message that was posted with `key` since `oldest_s` (a Unix time), if Slack has it. Raises `SlackFault`."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        where = {"channel": channel, "include_all_metadata": True, "limit": 200, "oldest": f"{oldest_s:.6f}"}
        if thread_ts:
            where["ts"] = thread_ts
        cursor = ""
        while True:
            page = self._call(workspace, method, **where, **({"cursor": cursor} if cursor else {}))
            for message in page.get("messages", ()):
                if message.get("metadata", {}).get("event_payload", {}).get("key") == key:
                    return Posted(channel, str(message["ts"]))
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return None

    def direct_channel(self, workspace: str, user: str) -> str:
        """The id of the direct conversation with `user`."""
        return str(self._call(workspace, "conversations.open", users=user)["channel"]["id"])

    def whisper(self, workspace: str, channel: str, user: str, message: Mapping[str, Any]) -> None:
        """Show `message` to `user` alone. Slack does not promise delivery."""
        self._call(workspace, "chat.postEphemeral", **(dict(message) | {"channel": channel, "user": user}))

    def respond(self, response_url: str, message: Mapping[str, Any]) -> None:
        """Answer a command or a click by its response URL, visible to that person alone."""
        body = json.dumps({"response_type": "ephemeral", "replace_original": False} | dict(message)).encode()
        # Only URLs that came in with Slack's own signed payload get here, and only these two schemes are followed.
        if urlsplit(response_url).scheme not in {"http", "https"}:
            raise RefusedBySlack("bad_response_url")
        request = urllib.request.Request(  # noqa: S310  # the scheme is checked above
            response_url, body, {"Content-Type": "application/json; charset=utf-8"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  # as above
                answer.read()
        except urllib.error.HTTPError as refused:
            raise RefusedBySlack(f"response_url_{refused.code}") from None
        except (OSError, http.client.HTTPException) as lost:
            raise InDoubt(type(lost).__name__) from None

    def send_file(self, workspace: str, channel: str, name: str, content: bytes) -> None:
        """Put a file into a channel."""
        place = self._call(workspace, "files.getUploadURLExternal", filename=name, length=len(content))
        self._carry(str(place["upload_url"]), content)
        files = [{"id": str(place["file_id"]), "title": name}]
        self._call(workspace, "files.completeUploadExternal", files=files, channel_id=channel)

    def _carry(self, url: str, content: bytes) -> None:
        """Post bytes to an address that Slack has just named for them."""
        if urlsplit(url).scheme not in {"http", "https"}:
            raise RefusedBySlack("bad_upload_url")
        headers = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(url, content, headers, method="POST")  # noqa: S310  # the scheme is checked above
        try:
            with urllib.request.urlopen(request, timeout=UPLOAD_S) as answer:  # noqa: S310  # as above
                answer.read()
        except urllib.error.HTTPError as refused:
            raise RefusedBySlack(f"upload_{refused.code}") from None
        except (OSError, http.client.HTTPException) as lost:
            raise InDoubt(type(lost).__name__) from None

    def user(self, workspace: str, user: str) -> dict[str, Any]:
        """Slack's `users.info` of somebody."""
        found: dict[str, Any] = self._call(workspace, "users.info", user=user)["user"]
        return found

    def group_members(self, workspace: str, group: str) -> list[str]:
        """The user ids in a user group."""
        return [str(user) for user in self._call(workspace, "usergroups.users.list", usergroup=group)["users"]]

    def groups(self, workspace: str) -> dict[str, str]:
        """The workspace's user groups that are not disabled: id -> `@handle`."""
        found = self._call(workspace, "usergroups.list")["usergroups"]
        return {str(group["id"]): f"@{group.get('handle') or group.get('name')}" for group in found}

    def admins(self, workspace: str) -> list[str]:
        """The user ids of the workspace's own admins and owners, by Slack's `users.list`."""
        found: list[str] = []
        cursor = ""
        while True:
            page = self._call(workspace, "users.list", limit=200, **({"cursor": cursor} if cursor else {}))
            found += [str(user["id"]) for user in page["members"] if is_admin(user) and not user.get("deleted")]
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return found

    def channel(self, workspace: str, channel: str) -> dict[str, Any]:
        """Slack's `conversations.info` of a channel."""
        found: dict[str, Any] = self._call(workspace, "conversations.info", channel=channel)["channel"]
        return found

    def permalink(self, workspace: str, channel: str, ts: str) -> str:
        """The address of a message."""
        return str(self._call(workspace, "chat.getPermalink", channel=channel, message_ts=ts)["permalink"])

    def publish_home(self, workspace: str, user: str, view: Mapping[str, Any]) -> None:
        """Show `view` on somebody's Home tab."""
        self._call(workspace, "views.publish", user_id=user, view=view)

    def who_am_i(self, workspace: str) -> dict[str, Any]:
        """Slack's `auth.test` answer."""
        return self._call(workspace, "auth.test")

    def introduction(self, workspace: str) -> Introduction:
        """Who the token belongs to, and what it may do."""
        answer = self._answer(workspace, "auth.test", {})
        headers = {name.lower(): value for name, value in answer.headers.items()}
        given = headers.get("x-oauth-scopes", "")
        scopes = frozenset(scope.strip() for scope in str(given).split(",") if scope.strip())
        try:
            slack_time = parsedate_to_datetime(str(headers["date"])).timestamp()
        except (KeyError, ValueError):
            slack_time = 0.0
        return Introduction(_data(answer), scopes, slack_time)

    def exchange(self, **arguments: str) -> Mapping[str, Any]:
        """Slack's `oauth.v2.access`: a code, or a refresh token, for tokens. Its answer holds secrets."""
        return self._call("", "oauth.v2.access", **arguments)

    def open_socket(self) -> None:
        """Ask for a Socket Mode address, with an app-level token; nothing is connected."""
        self._call("", "apps.connections.open")

    def _call(self, workspace: str, method: str, **arguments: Any) -> dict[str, Any]:
        return _data(self._answer(workspace, method, arguments))

    def _answer(self, workspace: str, method: str, arguments: Mapping[str, Any]) -> SlackResponse:
        try:
            return self._client_of(workspace).api_call(method, json=_without_nulls(arguments))
        except SlackApiError as refused:
            fault = _sorted(refused)
        except NeverSent as never:
            fault = NotReached(str(never))
        except urllib.error.URLError as lost:
            refused_early = isinstance(lost.reason, ConnectionRefusedError) or type(lost.reason).__name__ == "gaierror"
            fault = (NotReached if refused_early else InDoubt)(type(lost.reason).__name__)
        except (OSError, http.client.HTTPException, SlackClientError) as lost:
            fault = InDoubt(type(lost).__name__)
        log.info("slack_fault", extra={"method": method, "error": fault.error, "kind": type(fault).__name__})
        raise fault


def is_admin(user: Mapping[str, Any]) -> bool:
    """Whether Slack's description of somebody says that the workspace is theirs to manage."""
    return any(user.get(name) for name in ("is_admin", "is_owner", "is_primary_owner"))


def _data(answer: SlackResponse) -> dict[str, Any]:
    if not isinstance(answer.data, dict):
        raise InDoubt("not_json")
    return answer.data


def _sorted(refused: SlackApiError) -> SlackFault:
    response: Any = refused.response
    status = getattr(response, "status_code", 0)
    body = response.data if isinstance(getattr(response, "data", None), dict) else {}
    error = str(body.get("error") or f"http_{status}")
    if not _NAME.fullmatch(error):  # a proxy's page, or the like: none of Slack's names
        error = f"http_{status}"
    if status == 429 or error in {"ratelimited", "rate_limited"}:
        wait = response.headers.get("Retry-After") or response.headers.get("retry-after") or "1"
        first = str(wait[0] if isinstance(wait, list) else wait)
        return RateLimited(float(first) if first.isdigit() else 1.0)
    if status >= 500 or not body or error in _PASSING:
        return InDoubt(error)
    return RefusedBySlack(error)


def _without_nulls(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}
