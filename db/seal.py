"""Seals what must not be read from a stolen backup: Fernet (AES-128-CBC, HMAC-SHA-256), the newest key first."""

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from triage.installs import SealBroken

UNREADABLE = "A token can’t be read with MLBUG_TOKEN_KEYS. Put the key back that it was sealed with, or install again."


class Seal:
    """`keys`: 32 bytes each, in URL-safe base64, newest first. Raises `ValueError` where there is none or one is no key."""

    def __init__(self, keys: str) -> None:
        parts = keys.replace(",", " ").split()
        if not parts:
            raise ValueError("MLBUG_TOKEN_KEYS is not set: run “mlbug make-key”.")
        self._fernet = MultiFernet([Fernet(part) for part in parts])

    def close(self, owner: str, secrets: Mapping[str, str]) -> str:
        """`secrets` as text that only `open` with the same owner reads."""
        return self._fernet.encrypt(json.dumps([owner, dict(secrets)]).encode()).decode()

    def open(self, owner: str, sealed: str) -> dict[str, str]:
        """What was sealed for `owner`. Raises `SealBroken`: changed, another's, or sealed with a key that is gone."""
        try:
            told, secrets = json.loads(self._fernet.decrypt(sealed.encode()))
        except (InvalidToken, ValueError):
            raise SealBroken(UNREADABLE) from None
        if told != owner:
            raise SealBroken(UNREADABLE)
        return dict(secrets)
