"""`manage.py backup_database` on the suite's PostgreSQL: what it leaves in the store, and what when it fails."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace

import pytest
from django.conf import settings as portal_settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.test import TestCase

from accounts.models import Programme
from cgm_portal.backup import catalogue
from cgm_portal.backup.catalogue import file_name, manifest_name
from cgm_portal.backup.database import find_program, portal_database
from cgm_portal.backup.making import LOCK
from cgm_portal.backup.tasks import backup_database_task
from cgm_portal.celery import app
from cgm_portal.errors import DomainError
from cgm_portal.telemetry import DatabaseBackupMade, switch
from tests.cgm_portal.backups import answer, backup_keys, backup_place, keep_backups_in, portal_sql, refusal_of
from tests.servers import process_env, start_worker, wait_until

__all__ = ["backup_keys", "backup_place"]
pytestmark = pytest.mark.django_db
# Backups see what is committed: tests that need rows of their own commit them, the others do with those of migrations.
committed = pytest.mark.django_db(transaction=True)


def files_in(place):
    return sorted(path for path in place.rglob("*") if path.is_file())


@committed
def test_a_backup_is_a_sealed_file_and_a_manifest_that_fits_it(backup_place, make_measurement):
    make_measurement(weight_kg=9.1)

    made = answer("backup_database")

    sealed, manifest = backup_place / file_name(made["backup"]), backup_place / manifest_name(made["backup"])
    assert files_in(backup_place) == sorted([sealed, manifest])
    assert b"PGDMP" not in sealed.read_bytes()
    told = json.loads(manifest.read_text())
    assert told["bytes"] == sealed.stat().st_size == made["bytes"]
    assert told["tables"]["public.children_measurement"]["rows"] == 1
    assert "Amina" not in manifest.read_text()


@committed
def test_rows_written_while_it_is_made_are_in_neither_dump_nor_manifest(backup_place, programme, monkeypatch):
    write_sealed = catalogue.write_sealed

    def write_after_a_change(*arguments):
        with portal_sql() as other:
            other.execute("UPDATE accounts_programme SET name = 'renamed meanwhile'")
        write_sealed(*arguments)

    monkeypatch.setattr(catalogue, "write_sealed", write_after_a_change)

    answer("backup_database")

    assert Programme.objects.get().name == "renamed meanwhile"
    assert answer("restore_drill")["differences"] == []


def test_only_one_backup_is_made_at_a_time(backup_place):
    with portal_sql() as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOCK,))

        refused = refusal_of("backup_database")

    assert "[backup_running]" in str(refused)
    assert refused.returncode == 4
    assert answer("backup_database")["rows"] > 0


def test_a_database_that_may_not_be_read_leaves_nothing(backup_place, monkeypatch):
    with portal_sql() as admin:
        admin.execute("CREATE ROLE cgm_test_stranger LOGIN PASSWORD 'stranger'")
    try:
        # May connect, may not read the tables.
        stranger = {**portal_database().__dict__, "user": "cgm_test_stranger", "password": "stranger"}
        monkeypatch.setattr(
            "cgm_portal.backup.management.commands.backup_database.portal_database",
            lambda: type(portal_database())(**stranger),
        )

        refused = refusal_of("backup_database")
    finally:
        with portal_sql() as admin:
            admin.execute("DROP ROLE cgm_test_stranger")

    assert "[database_unreadable]" in str(refused)
    assert "InsufficientPrivilege" in str(refused)
    assert refused.returncode == 1
    assert files_in(backup_place) == []


def test_a_dump_that_dies_on_its_way_leaves_nothing(backup_place, tmp_path, monkeypatch):
    put_pg_dump(tmp_path, "18.4", then="head -c 3000000 /dev/zero; echo 'pg_dump: error: connection lost' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    refused = refusal_of("backup_database")

    assert "[pg_dump_failed]" in str(refused)
    assert "connection lost" in str(refused)
    assert files_in(backup_place) == []


def put_pg_dump(folder, version, then=""):
    """Put a pg_dump into `folder` that says its version and otherwise does `then`."""
    program = folder / "pg_dump"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) {version}" && exit\n{then}\n')
    program.chmod(0o755)


class ForgetfulStorage(FileSystemStorage):
    """A store that loses a bit of what it is given."""

    def _save(self, name, content):
        kept = content.read()
        return super()._save(name, ContentFile(kept[:100] + bytes([kept[100] ^ 1]) + kept[101:]))


def test_a_store_that_gives_back_something_else_is_found_out(settings, backup_place):
    keep_backups_in(settings, f"{__name__}.ForgetfulStorage", location=str(backup_place))

    refused = refusal_of("backup_database")

    assert "[backup_not_kept]" in str(refused)
    assert files_in(backup_place) == []


def test_a_store_that_is_away_is_named(settings, tmp_path, backup_keys):
    (tmp_path / "a file").touch()
    keep_backups_in(
        settings, "django.core.files.storage.FileSystemStorage", location=str(tmp_path / "a file" / "below")
    )

    assert "[backup_storage_unavailable]" in str(refusal_of("backup_database"))


def test_the_list_alarms_when_no_backup_is_young_enough(settings, backup_place):
    none = refusal_of("backup_database", "--list")
    answer("backup_database")
    listed = answer("backup_database", "--list")
    settings.BACKUP_MAX_AGE_HOURS = -1.0
    too_old = refusal_of("backup_database", "--list")

    assert [backup["problem"] for backup in listed] == [""]
    assert (none.returncode, too_old.returncode) == (3, 3)


def test_the_nightly_task_backs_up_and_beat_knows_it(backup_place):
    name = backup_database_task()

    scheduled = portal_settings.CELERY_BEAT_SCHEDULE["backup-database"]["task"]
    assert (backup_place / manifest_name(name)).exists()
    assert app.tasks[scheduled] is app.tasks[backup_database_task.name]


def test_a_finished_backup_is_told_and_a_missing_one_is_not(backup_place, settings, monkeypatch):
    told: list[DatabaseBackupMade] = []
    monkeypatch.setattr(switch, "_recorder", SimpleNamespace(send_event=told.append))
    with TestCase.captureOnCommitCallbacks(execute=True):
        name = backup_database_task()
        settings.BACKUP_ENCRYPTION_KEY = ""
        backup_database_task()

    manifest = json.loads((backup_place / manifest_name(name)).read_text())
    [event] = told
    assert (event.bytes, event.rows) == (manifest["bytes"], sum(table["rows"] for table in manifest["tables"].values()))


@committed
def test_a_real_worker_makes_the_backup_that_beat_asks_for(backup_place, tmp_path):
    worker = start_worker(queue="default", env=process_env(database=connection.settings_dict["NAME"]), logs=tmp_path)
    try:
        backup_database_task.delay()

        wait_until(lambda: list(backup_place.rglob("*.manifest.json")), what="the worker's backup")
    finally:
        worker.terminate()

    assert [backup["problem"] for backup in answer("backup_database", "--list")] == [""]


def test_a_night_without_a_backup_is_an_error_in_the_log(settings, caplog):
    settings.BACKUP_ENCRYPTION_KEY = ""

    with caplog.at_level(logging.INFO, logger="cgm_portal.backup"):
        assert backup_database_task() is None

    assert [(record.levelname, "backup_key_missing" in record.message) for record in caplog.records] == [
        ("ERROR", True)
    ]


@pytest.mark.parametrize(
    ("in_path", "server", "chosen"),
    [
        ("18.1", 18, "path"),  # of the server's version
        ("15.9 (Debian 15.9)", 18, "wheel"),  # too old to read the server
        ("19.0", 18, "wheel"),  # newer than another that fits
        ("19.0", 19, "path"),
    ],
)
def test_the_programs_of_the_servers_own_version_are_preferred(tmp_path, monkeypatch, in_path, server, chosen):
    put_pg_dump(tmp_path, in_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    found = find_program("pg_dump", server_major=server)

    assert (found.path == str(tmp_path / "pg_dump")) is (chosen == "path")
    assert found.major >= server


def test_a_server_newer_than_all_programs_is_refused():
    with pytest.raises(DomainError) as refused:
        find_program("pg_dump", server_major=99)

    assert refused.value.code == "no_postgres_programs"
