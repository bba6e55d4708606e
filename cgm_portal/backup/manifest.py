"""The manifest of a backup: what it holds and what its file must be like, signed with the key that sealed it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cgm_portal.backup.contents import Contents
from cgm_portal.backup.keys import BackupKey, key_named
from cgm_portal.errors import DomainError

FORMAT = 1
MAX_BYTES = 16 * 1024 * 1024  # tens of thousands of tables; more is none of ours


@dataclass(frozen=True)
class Manifest:
    """All that is known of one finished backup. `bytes` and `sha256` are those of the sealed file."""

    name: str
    made_at: datetime
    key_id: str
    bytes: int
    sha256: str
    server_version: int
    dump_version: int
    seconds: float
    contents: Contents

    def signed(self, key: BackupKey) -> bytes:
        """Return the manifest as JSON with its signature (HMAC-SHA256)."""
        fields: dict[str, Any] = {
            "format": FORMAT,
            "name": self.name,
            "made_at": self.made_at.isoformat(),
            "key_id": self.key_id,
            "key_check": key.check,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "server_version": self.server_version,
            "dump_version": self.dump_version,
            "seconds": self.seconds,
            **self.contents.as_json(),
        }
        return json.dumps({**fields, "signature": _signature(fields, key)}, indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, content: bytes, *, name: str, keys: list[BackupKey]) -> Manifest:
        """Return the manifest in `content`, after its key and signature were checked.

        Raises DomainError: "backup_manifest_unreadable", "backup_key_unknown", "backup_key_wrong" (another key of the
        same id), "backup_manifest_tampered" (also when it is that of another backup).
        """
        fields = _fields(content)
        try:
            key = key_named(str(fields["key_id"]), keys)
            signature = str(fields.pop("signature"))
            if not hmac.compare_digest(str(fields["key_check"]), key.check):
                raise DomainError("backup_key_wrong", f"The key {key.id!r} is not the one that sealed this backup.")
            signed = hmac.compare_digest(signature, _signature(fields, key))
            if not signed or fields["name"] != name or fields["format"] != FORMAT:
                message = f"The manifest of {name} was changed since it was written: nothing is restored from it."
                raise DomainError("backup_manifest_tampered", message)
            return cls(
                name=fields["name"],
                made_at=datetime.fromisoformat(fields["made_at"]),
                key_id=fields["key_id"],
                bytes=fields["bytes"],
                sha256=fields["sha256"],
                server_version=fields["server_version"],
                dump_version=fields["dump_version"],
                seconds=fields["seconds"],
                contents=Contents.from_json(fields),
            )
        except KeyError as error:
            raise _unreadable(f"it lacks {error.args[0]!r}") from error


def _fields(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise _unreadable(f"it is larger than {MAX_BYTES:,} bytes")
    try:
        fields = json.loads(content)
    except ValueError as error:
        raise _unreadable("it is not JSON") from error
    if not isinstance(fields, dict):
        raise _unreadable("it is not a JSON object")
    return fields


def _unreadable(why: str) -> DomainError:
    return DomainError("backup_manifest_unreadable", f"The backup's manifest cannot be read: {why}.")


def _signature(fields: dict[str, Any], key: BackupKey) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hmac.new(key.derived("cgm backup manifest"), text.encode(), hashlib.sha256).hexdigest()
