"""The environment, read once into a frozen value. All problems of a configuration are told at once."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ID = {"channel": re.compile(r"[CGD][A-Z0-9]{2,}"), "user": re.compile(r"[UW][A-Z0-9]{2,}")}
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
MAKE_KEY = "mlbug make-key"
_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_DIGEST_AT = re.compile(r"(?P<day>[a-z]{3}) (?P<hour>\d{1,2}):(?P<minute>\d{2}) (?P<zone>\S+)")


class SettingsError(Exception):
    """The configuration can't be used; `problems` has one sentence a variable, each with what to do.

    `variables` names those that hold something unusable.
    """

    def __init__(self, problems: list[str], variables: tuple[str, ...] = ()) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.variables = variables


class DigestTime(BaseModel):
    """When the weekly digest goes out: `mon 09:00 Europe/Berlin`."""

    model_config = ConfigDict(frozen=True)

    weekday: int = Field(ge=0, le=6)  # Monday is 0
    hour: int = Field(ge=0, le=23)
    minute: int = Field(ge=0, le=59)
    zone: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `mon 09:00 Europe/Berlin`. Raises ValueError with what to write instead."""
        found = _DIGEST_AT.fullmatch(text.strip().lower() if "/" not in text else _lower_day(text))
        example = "write it like “mon 09:00 Europe/Berlin”"
        if found is None or found["day"] not in WEEKDAYS:
            raise ValueError(f"{text.strip()!r} is no such time; {example}")
        hour, minute = int(found["hour"]), int(found["minute"])
        if hour > 23 or minute > 59:
            raise ValueError(f"{found['hour']}:{found['minute']} is no time of day; {example}")
        zone = found["zone"].upper() if found["zone"] == "utc" else found["zone"]
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{zone} is no IANA time zone; {example}") from None
        return cls(weekday=WEEKDAYS.index(found["day"]), hour=hour, minute=minute, zone=zone)


def _lower_day(text: str) -> str:
    day, _, rest = text.strip().partition(" ")
    return f"{day.lower()} {rest.strip()}"


def _ids(kind: str) -> AfterValidator:
    def checked(value: str) -> str:
        if value and not _ID[kind].fullmatch(value):
            raise ValueError(f"{value!r} is no {kind} id; copy the id from Slack, not the name")
        return value

    return AfterValidator(checked)


def _people(value: str) -> str:
    for part in value.replace(",", " ").split():
        if not _ID["user"].fullmatch(part) and not _GROUP.fullmatch(part):
            raise ValueError(f"{part!r} is neither a user id (U…) nor a user group id (S…)")
    return value


def _digest_time(value: object) -> object:
    return DigestTime.parse(value) if isinstance(value, str) else value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("write it like https://mlbug.example.com, with nothing after the path")
    return value.rstrip("/")


def _keys(value: SecretStr) -> SecretStr:
    for part in value.get_secret_value().replace(",", " ").split():
        if not _KEY.fullmatch(part):
            raise ValueError(f"a key is 32 random bytes in base64; make one with “{MAKE_KEY}”")
    return value


def _networks(value: str) -> str:
    for part in value.replace(",", " ").split():
        try:
            ip_network(part)
        except ValueError:
            raise ValueError(f"{part!r} is no network; write it like 10.1.0.0/16") from None
    return value


_UNSET = ("", "xoxb-", "xapp-")


class Settings(BaseSettings):
    """Each field is one environment variable of INTERFACES; a `.env` file is read in development."""

    model_config = SettingsConfigDict(
        frozen=True, env_file=".env", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_client_id: str = ""
    slack_client_secret: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    database_url: SecretStr = SecretStr("sqlite:///mlbug.db")
    port: int = Field(default=3000, ge=0, le=65535)
    mlbug_bar: Path | None = None
    mlbug_log: Literal["text", "json"] = "text"
    mlbug_admins: Annotated[str, AfterValidator(_people)] = ""
    mlbug_triagers: Annotated[str, AfterValidator(_people)] = ""
    mlbug_triage_channel: Annotated[str, _ids("channel")] = ""
    mlbug_digest_channel: Annotated[str, _ids("channel")] = ""
    mlbug_rate_person: int = Field(default=600, ge=0)  # requests a minute; 0: no limit
    mlbug_rate_workspace: int = Field(default=12_000, ge=0)
    mlbug_semantic: Literal["auto", "off"] = "auto"  # auto: search by meaning, too, where the extra is installed
    mlbug_digest_at: Annotated[DigestTime | None, NoDecode, BeforeValidator(_digest_time)] = None
    mlbug_webhook_secret: SecretStr = SecretStr("")  # signs the events that leave; without it none does
    mlbug_webhook_allow: Annotated[str, AfterValidator(_networks)] = ""  # private networks that a webhook may go to
    mlbug_public_url: Annotated[str, AfterValidator(_web_address)] = ""
    mlbug_token_keys: Annotated[SecretStr, AfterValidator(_keys)] = SecretStr("")
    mlbug_keep_after_uninstall: int | None = Field(default=None, ge=0, le=3650)  # days

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: Mapping[str, object]) -> dict[str, object]:
        """`SLACK_APP_TOKEN=` in a `.env` file means: not set, and so does what .env.example begins a token with.

        A pasted token may bring spaces along.
        """
        trimmed = {k: v.strip() if isinstance(v, str) else v for k, v in values.items()}
        return {k: v for k, v in trimmed.items() if v not in _UNSET}

    @property
    def is_oauth(self) -> bool:
        """Whether workspaces install the app themselves."""
        return bool(self.slack_client_id or self.slack_client_secret.get_secret_value())

    @property
    def triagers(self) -> frozenset[str]:
        """User ids and user group ids that may do everything on reports."""
        return frozenset(self.mlbug_triagers.replace(",", " ").split())

    @property
    def admins(self) -> frozenset[str]:
        """User ids and user group ids that may change settings."""
        return frozenset(self.mlbug_admins.replace(",", " ").split())


def read_settings(env_file: str | None = ".env", **given: object) -> Settings:
    """Read the environment; `given` wins over it. Raises `SettingsError` with every problem."""
    try:
        return Settings(_env_file=env_file, **given)  # type: ignore[arg-type]  # pydantic-settings takes both
    except ValidationError as wrong:
        problems = wrong.errors(include_input=False)
        raise SettingsError([_sentence(p) for p in problems], tuple(_variable(p) for p in problems)) from None


def missing_for_worker(settings: Settings) -> list[str]:
    """What `mlbug work` lacks, one sentence each."""
    if settings.is_oauth:
        return missing_for_oauth(settings)
    problems = []
    if not settings.slack_bot_token.get_secret_value():
        problems.append(
            "SLACK_BOT_TOKEN is not set: install the app to your workspace and copy the bot token (xoxb-…) "
            "from OAuth & Permissions."
        )
    elif not settings.slack_bot_token.get_secret_value().startswith("xoxb-"):
        problems.append("SLACK_BOT_TOKEN is no bot token: it has to begin with xoxb-.")
    return problems


def missing_for_oauth(settings: Settings) -> list[str]:
    """What several workspaces lack, one sentence each."""
    needed = {
        "SLACK_CLIENT_ID": (settings.slack_client_id, "copy it from Basic Information."),
        "SLACK_CLIENT_SECRET": (settings.slack_client_secret.get_secret_value(), "copy it from Basic Information."),
        "SLACK_SIGNING_SECRET": (settings.slack_signing_secret.get_secret_value(), "copy it from Basic Information."),
        "MLBUG_TOKEN_KEYS": (settings.mlbug_token_keys.get_secret_value(), f"make one with “{MAKE_KEY}”."),
        "MLBUG_PUBLIC_URL": (settings.mlbug_public_url, "set the https address of “mlbug serve”."),
    }
    return [f"{name} is not set: {todo}" for name, (value, todo) in needed.items() if not value]


def missing_for_http(settings: Settings) -> list[str]:
    """What `mlbug serve` lacks, one sentence each."""
    problems = missing_for_worker(settings)
    if not settings.is_oauth and not settings.slack_signing_secret.get_secret_value():
        problems.append("SLACK_SIGNING_SECRET is not set: copy the signing secret from Basic Information.")
    return problems


def missing_for_socket_mode(settings: Settings) -> list[str]:
    """What `mlbug run` lacks, one sentence each."""
    if settings.is_oauth:
        return [
            "SLACK_CLIENT_ID or SLACK_CLIENT_SECRET is set: several workspaces need “mlbug serve”. Clear both for one."
        ]
    problems = missing_for_worker(settings)
    if not settings.slack_app_token.get_secret_value():
        problems.append(
            "SLACK_APP_TOKEN is not set: make an app-level token (xapp-…) with the scope connections:write "
            "under Basic Information."
        )
    elif not settings.slack_app_token.get_secret_value().startswith("xapp-"):
        problems.append("SLACK_APP_TOKEN is no app-level token: it has to begin with xapp-.")
    return problems


def _sentence(problem: Mapping[str, object]) -> str:
    text = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "it has to be")
    return f"{_variable(problem)}: {text}."


def _variable(problem: Mapping[str, object]) -> str:
    place = problem["loc"]
    return str(place[0]).upper() if isinstance(place, tuple) and place else "MLBUG"
