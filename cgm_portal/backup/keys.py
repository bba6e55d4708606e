"""The keys that backups are sealed with, from BACKUP_ENCRYPTION_KEY: `id:base64[,older-id:base64 ...]`.

The first key seals, each opens: a rotation puts a new one in front and drops an old one once no backup needs it.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from cgm_portal.errors import DomainError

KEY_BYTES = 32
_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True)
class BackupKey:
    """One key: a name that may be shown, and 32 secret bytes."""

    id: str
    value: bytes = field(repr=False)

    def derived(self, purpose: str, *, length: int = KEY_BYTES) -> bytes:
        """Return `length` bytes that are this key's for `purpose` alone (HKDF-SHA256, RFC 5869)."""
        return HKDF(hashes.SHA256(), length=length, salt=None, info=purpose.encode()).derive(self.value)

    @property
    def check(self) -> str:
        """Eight bytes in hex that tell two keys of one name apart and say nothing of either."""
        return self.derived("cgm backup key check", length=8).hex()


def new_key(key_id: str) -> str:
    """Return a fresh key as BACKUP_ENCRYPTION_KEY takes it; raises DomainError("bad_backup_key") for a bad name."""
    text = f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
    parse_keys(text)
    return text


def parse_keys(text: str) -> list[BackupKey]:
    """Return the keys in `text`, the sealing one first; raises DomainError, which never repeats a secret."""
    keys = [_parse_key(part.strip(), place) for place, part in enumerate(text.split(","), 1) if part.strip()]
    if not keys:
        raise DomainError(
            "backup_key_missing",
            "BACKUP_ENCRYPTION_KEY is not set. Make a key with `manage.py backup_database --new-key ID` and keep a "
            "copy apart from the backups.",
        )
    if len({key.id for key in keys}) < len(keys):
        raise DomainError("bad_backup_key", "BACKUP_ENCRYPTION_KEY names two keys alike. Give each its own id.")
    return keys


def _parse_key(text: str, place: int) -> BackupKey:
    key_id, _colon, encoded = text.partition(":")
    try:
        value = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        value = b""
    if not _ID.fullmatch(key_id) or len(value) != KEY_BYTES:
        raise DomainError(
            "bad_backup_key",
            f"Key {place} of BACKUP_ENCRYPTION_KEY is not `id:base64` with an id of at most 40 letters, digits, dots "
            f"or dashes and {KEY_BYTES} bytes in base64.",
        )
    return BackupKey(key_id, value)


def configured_keys() -> list[BackupKey]:
    """Return the keys of the settings, the sealing one first."""
    return parse_keys(settings.BACKUP_ENCRYPTION_KEY)


def key_named(key_id: str, keys: list[BackupKey]) -> BackupKey:
    """Return the key `key_id`; raises DomainError("backup_key_unknown") when it is not among `keys`."""
    for key in keys:
        if key.id == key_id:
            return key
    known = ", ".join(key.id for key in keys)
    raise DomainError(
        "backup_key_unknown",
        f"The backup was sealed with the key {key_id!r}; BACKUP_ENCRYPTION_KEY has {known}. Add that key.",
    )
