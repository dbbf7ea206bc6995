"""What can go wrong in the sandbox.

SandboxError
+-- ApiError     a Web API call is refused, with one of Slack's error names
+-- PersonError  a person cannot do what they tried (in the page or through the driver)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.blockkit import Problem


class SandboxError(Exception):
    """The root of what the sandbox raises itself."""


class ApiError(SandboxError):
    """A refused Web API call: Slack's error name, and pointers to the parts that are wrong."""

    def __init__(self, code: str, messages: Sequence[str] = (), **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.more = more
        self.is_asked_for = False

    @classmethod
    def of(cls, code: str, problems: Sequence[Problem], prefix: str = "") -> ApiError:
        """Make the error that Slack answers to a payload with problems in it."""
        messages = [f"[ERROR] {each.message} [json-pointer:{prefix}{each.path}]" for each in problems]
        return cls(code, messages, problems=[f"{prefix}{each}" for each in map(str, problems)])


class PersonError(SandboxError):
    """Somebody tried what the screen does not offer; the message says what was on the screen."""
