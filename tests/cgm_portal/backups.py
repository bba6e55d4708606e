"""A private place for the backups of one test, with a key of its own, here and in processes that the test starts."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from cgm_portal.backup.database import Database, portal_database
from cgm_portal.backup.keys import new_key
from cgm_portal.backup.scratch import create_database, drop_database, side_name


@pytest.fixture
def backup_keys(settings, monkeypatch) -> str:
    """Return BACKUP_ENCRYPTION_KEY, one fresh key, as it is set for this test."""
    settings.BACKUP_ENCRYPTION_KEY = new_key("test")
    monkeypatch.setenv("BACKUP_ENCRYPTION_KEY", settings.BACKUP_ENCRYPTION_KEY)
    return str(settings.BACKUP_ENCRYPTION_KEY)


@pytest.fixture
def backup_place(settings, monkeypatch, tmp_path, backup_keys) -> Path:
    """Return the folder that holds this test's backups."""
    # Processes that a command starts find the same folder.
    monkeypatch.setenv("CGM_LOCAL_DIR", str(tmp_path))
    place = tmp_path / "media" / settings.DATABASE_BACKUP_CONTAINER
    keep_backups_in(settings, "django.core.files.storage.FileSystemStorage", location=str(place))
    return place


@pytest.fixture
def empty_database() -> Iterator[Database]:
    """Return an empty database on the suite's server; gone afterwards."""
    made = create_database(side_name("cgm_test_target"), beside=portal_database())
    yield made
    drop_database(made, beside=portal_database())


def keep_backups_in(settings: Any, backend: str, **options: Any) -> None:
    """Let `storages["database_backups"]` be `backend` for this test."""
    settings.STORAGES = {**settings.STORAGES, "database_backups": {"BACKEND": backend, "OPTIONS": options}}


def answer(*arguments: str) -> dict[str, Any]:
    """Return what `manage.py ... --json` answers."""
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    answered: dict[str, Any] = json.loads(out.getvalue())
    return answered


def refusal_of(*arguments: str) -> CommandError:
    """Return the error that `manage.py ...` ends with; fails when it does not."""
    with pytest.raises(CommandError) as refused:
        call_command(*arguments)
    return refused.value


def change_file(name: str, change: Callable[[bytes], bytes]) -> None:
    """Put `change(content)` in the place of a stored file, as whoever may write to the store can."""
    store = storages["database_backups"]
    with store.open(name, "rb") as file:
        content = file.read()
    store.delete(name)
    store.save(name, ContentFile(change(content)))


@contextmanager
def portal_sql() -> Iterator[Any]:
    """Yield a connection of its own to the portal's database, beside Django's."""
    with portal_database().connect() as connection:
        yield connection
