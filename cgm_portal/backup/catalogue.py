"""The backups in `storages["database_backups"]`: their names, their manifests, their bytes.

Every trouble of the store leaves here as DomainError("backup_storage_unavailable").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from azure.core.exceptions import AzureError
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages

from cgm_portal.backup.keys import BackupKey
from cgm_portal.backup.manifest import MAX_BYTES, Manifest
from cgm_portal.backup.sealing import SealedReader
from cgm_portal.errors import DomainError

FOLDER = "database"
NEWEST = "newest"
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z")
_SEALED, _MANIFEST = ".pgdump.sealed", ".manifest.json"


@dataclass(frozen=True)
class Listed:
    """One backup as the store shows it: whole (a manifest that we can trust and a file of its size), or why not."""

    name: str
    made_at: datetime
    manifest: Manifest | None
    problem: str  # the code of what is wrong with it, or ""

    @property
    def is_good(self) -> bool:
        """Say whether it can be restored, as far as can be told without reading it."""
        return self.manifest is not None


def store() -> Storage:
    """Return where backups are kept."""
    return storages["database_backups"]


def new_name(now: datetime) -> str:
    """Return the name of a backup made `now`: the instant to a microsecond, so that names sort as backups were made."""
    return now.astimezone(UTC).strftime(_STAMP)


def stamped(name: str) -> datetime:
    """Return the instant in the name of a backup; raises DomainError("unknown_backup") for what is no such name."""
    if not _NAME.fullmatch(name):
        raise DomainError("unknown_backup", f"{name!r} is not the name of a backup. `--list` shows them.")
    return datetime.strptime(name, _STAMP).replace(tzinfo=UTC)


def file_name(name: str) -> str:
    """Return where the sealed dump of the backup `name` is."""
    return f"{FOLDER}/{name}{_SEALED}"


def manifest_name(name: str) -> str:
    """Return where the manifest of the backup `name` is."""
    return f"{FOLDER}/{name}{_MANIFEST}"


@contextmanager
def storage_trouble() -> Iterator[None]:
    """Turn what a store raises into our error."""
    try:
        yield
    except (OSError, AzureError) as error:
        message = f"The store of the backups does not answer as it should ({type(error).__name__})."
        raise DomainError("backup_storage_unavailable", message) from error


def write_sealed(name: str, stream: SealedReader) -> None:
    """Store the sealed dump; nothing of it is left when that fails."""
    wanted = file_name(name)
    try:
        with storage_trouble():
            saved = store().save(wanted, File(stream, name=wanted))
    except BaseException:
        with storage_trouble():
            store().delete(wanted)
        raise
    if saved != wanted:  # the store made up another name, as it does for one that is taken
        raise DomainError("backup_name_taken", f"The store kept {name} under another name.")


def write_manifest(manifest: Manifest, key: BackupKey) -> None:
    """Store the manifest, which makes the backup one."""
    with storage_trouble():
        store().save(manifest_name(manifest.name), ContentFile(manifest.signed(key)))


@contextmanager
def sealed_file(name: str) -> Iterator[IO[bytes]]:
    """Open the sealed dump for reading; raises DomainError("backup_incomplete") when it is not there."""
    with storage_trouble():
        if not store().exists(file_name(name)):
            raise DomainError("backup_incomplete", f"The backup {name} has no file.")
        with store().open(file_name(name), "rb") as opened:
            yield opened


def read_manifest(name: str, keys: list[BackupKey]) -> Manifest:
    """Return the checked manifest of a backup; raises DomainError as Manifest.read does, or "backup_incomplete"."""
    stamped(name)
    with storage_trouble():
        if not store().exists(manifest_name(name)):
            message = f"The backup {name} has no manifest: it was never finished, or never made."
            raise DomainError("backup_incomplete", message)
        with store().open(manifest_name(name), "rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    return Manifest.read(content, name=name, keys=keys)


def listed_backups(keys: list[BackupKey]) -> list[Listed]:
    """Return all backups, newest first."""
    return [_listed(name, keys) for name in sorted(_names(), reverse=True)]


def find_backup(wanted: str, keys: list[BackupKey]) -> Manifest:
    """Return the manifest of the backup `wanted`, or of the newest good one for `newest`.

    Raises DomainError("no_backup") when there is none.
    """
    if wanted != NEWEST:
        return read_manifest(wanted, keys)
    for name in sorted(_names(), reverse=True):
        if (manifest := _listed(name, keys).manifest) is not None:
            return manifest
    raise DomainError("no_backup", "There is no whole backup. `manage.py backup_database` makes one.")


def delete_backup(name: str) -> None:
    """Delete a backup: its manifest first, so that half of it never looks like one."""
    with storage_trouble():
        store().delete(manifest_name(name))
        store().delete(file_name(name))


def _names() -> set[str]:
    with storage_trouble():
        try:
            _folders, files = store().listdir(FOLDER)
        except FileNotFoundError:  # a local folder before the first backup
            return set()
    names = (re.sub(rf"({re.escape(_SEALED)}|{re.escape(_MANIFEST)})$", "", file.split("/")[-1]) for file in files)
    return {name for name in names if _NAME.fullmatch(name)}


def _listed(name: str, keys: list[BackupKey]) -> Listed:
    try:
        manifest = read_manifest(name, keys)
        with storage_trouble():
            size = store().size(file_name(name)) if store().exists(file_name(name)) else -1
    except DomainError as refusal:
        if refusal.code == "backup_storage_unavailable":
            raise
        return Listed(name, stamped(name), None, refusal.code)
    if size != manifest.bytes:
        return Listed(name, stamped(name), None, "backup_incomplete" if size < 0 else "backup_truncated")
    return Listed(name, stamped(name), manifest, "")
