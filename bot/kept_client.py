"""The Web API client with its connections kept open.

The SDK opens a connection for each call, which costs a TLS handshake before a dialog opens, and 2.5 ms of processor. What has to
be exact is when a call can be said never to have reached Slack: only while it connects. Nothing is resent here.
"""

import http.client
import json as json_
import select
import socket
import ssl
import time
from collections import deque
from typing import Any
from urllib.parse import urlencode, urlsplit

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

KEEP_S = (
    20.0  # a connection idle for longer may be closed at the other end just as it is used, and that would leave a doubt
)
KEEP = 16

# Slack reads JSON in most methods that write and in none that only read: https://docs.slack.dev/apis/web-api
_BY_JSON = frozenset(
    {
        "chat.delete",
        "chat.postEphemeral",
        "chat.postMessage",
        "chat.update",
        "conversations.open",
        "views.open",
        "views.publish",
        "views.push",
        "views.update",
    }
)


class NeverSent(OSError):
    """The connection could not be made, so that nothing was sent."""


class KeptClient(WebClient):
    """`WebClient` for calls with JSON arguments, over kept connections; everything else is left to the SDK.

    For any number of threads. Raises what the SDK raises, `NeverSent`, and `OSError` or `http.client.HTTPException` where a
    call may have been carried out.
    """

    def __init__(self, token: str, api_url: str, timeout_s: int) -> None:
        secure = ssl.create_default_context() if urlsplit(api_url).scheme == "https" else None
        super().__init__(token=token, base_url=api_url, ssl=secure, timeout=timeout_s, retry_handlers=[])
        self._kept: deque[tuple[http.client.HTTPConnection, float]] = deque()
        self._closed = False
        address = urlsplit(self.base_url)
        self._path = address.path
        self._host, self._port = address.hostname or "", address.port

    def api_call(self, api_method: str, *, json: dict[str, Any] | None = None, **others: Any) -> SlackResponse:
        """Call a method."""
        if json is None or self.proxy or any(value for name, value in others.items() if name != "http_verb"):
            return super().api_call(api_method, json=json, **others)
        status, headers, body = self._exchange(api_method, *_written(api_method, json))
        try:
            data = json_.loads(body)
        except ValueError:
            data = {}
        answer = SlackResponse(
            client=self,
            http_verb="POST",
            api_url=self.base_url + api_method,
            req_args={},
            data=data if isinstance(data, dict) else {},
            headers=headers,
            status_code=status,
        )
        answer.validate()  # type: ignore[no-untyped-call]  # the SDK left its annotation out
        return answer

    def close(self) -> None:
        """Close the connections that are idle; those at work are closed when they are done."""
        self._closed = True
        while self._kept:
            self._kept.pop()[0].close()

    def _exchange(self, method: str, body: bytes, content_type: str) -> tuple[int, dict[str, str], bytes]:
        headers = {"Content-Type": content_type, "User-Agent": self.headers.get("User-Agent", "mlbug")}
        if self.token:  # the methods of OAuth take none
            headers["Authorization"] = f"Bearer {self.token}"
        connection = self._connection()
        try:
            connection.request("POST", self._path + method, body, headers)
            response = connection.getresponse()
            answer = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close or len(self._kept) >= KEEP:
            connection.close()
        else:
            self._kept.append((connection, time.monotonic()))
            if self._closed:
                self.close()
        return response.status, dict(response.getheaders()), answer

    def _connection(self) -> http.client.HTTPConnection:
        while True:
            try:
                kept, since = self._kept.pop()
            except IndexError:
                break
            if time.monotonic() - since < KEEP_S and _is_quiet(kept.sock):
                return kept
            kept.close()
        if self.ssl is None:
            made = http.client.HTTPConnection(self._host, self._port, timeout=self.timeout)
        else:
            made = http.client.HTTPSConnection(self._host, self._port, timeout=self.timeout, context=self.ssl)
        try:
            made.connect()
        except OSError as never:
            made.close()
            raise NeverSent(type(never).__name__) from never
        return made


def _written(method: str, arguments: dict[str, Any]) -> tuple[bytes, str]:
    """The body for a call and its type: JSON where Slack documents it, else a form, which every method reads."""
    if method in _BY_JSON:
        return json_.dumps(arguments).encode(), "application/json;charset=utf-8"
    form = {name: value if isinstance(value, str) else json_.dumps(value) for name, value in arguments.items()}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _is_quiet(connection: socket.socket | None) -> bool:
    """Whether nothing has come since the last answer: an end of the connection would have."""
    if connection is None:
        return False
    if not hasattr(select, "poll"):  # Windows
        return not select.select([connection], [], [], 0)[0]
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return not waiting.poll(0)
