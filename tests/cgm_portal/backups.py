"""A private place for the backups of one test, with a key of its own, here and in processes that the test starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import storages

from cgm_portal.backup.catalogue import file_name, manifest_name
from cgm_portal.backup.keys import new_key


@pytest.fixture
def backup_place(settings, monkeypatch, tmp_path) -> Path:
    """Return the folder that holds this test's backups; BACKUP_ENCRYPTION_KEY is set."""
    # Processes that a command starts find the same folder and the same key.
    monkeypatch.setenv("CGM_LOCAL_DIR", str(tmp_path))
    place = tmp_path / "media" / settings.DATABASE_BACKUP_CONTAINER
    options = {"location": str(place), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "database_backups": local}
    settings.BACKUP_ENCRYPTION_KEY = new_key("test")
    monkeypatch.setenv("BACKUP_ENCRYPTION_KEY", settings.BACKUP_ENCRYPTION_KEY)
    return place


def stored_names(name: str) -> tuple[str, str]:
    """Return the two files of a backup."""
    return file_name(name), manifest_name(name)


def replace_file(name: str, content: bytes) -> None:
    """Put other bytes in the place of a stored file."""
    storages["database_backups"].delete(name)
    with storages["database_backups"].open(name, "wb") as file:
        file.write(content)


def read_file(name: str) -> bytes:
    """Return the bytes of a stored file."""
    with storages["database_backups"].open(name, "rb") as file:
        return bytes(file.read())
