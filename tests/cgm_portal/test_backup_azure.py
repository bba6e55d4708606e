"""Backups in a container of Azure Blob Storage, as Azurite plays it."""

from __future__ import annotations

import uuid

import pytest
from azure.storage.blob import BlobServiceClient

from cgm_portal.backup.catalogue import file_name, manifest_name
from tests.cgm_portal.backups import answer, backup_keys, change_file, keep_backups_in, portal_sql, refusal_of

__all__ = ["backup_keys"]
pytestmark = pytest.mark.django_db
# Backups see what is committed: tests that need rows of their own commit them, the others do with those of migrations.
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def container(settings, azurite, backup_keys):
    """Return the client of a container of this test's own, where the backups go."""
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    made = client.create_container(f"backups-{uuid.uuid4().hex[:8]}")
    keep_backups_in(
        settings,
        "cgm_portal.azure_storage.PrivateAzureStorage",
        connection_string=azurite.connection_string,
        azure_container=made.container_name,
    )
    return made


@committed
def test_backup_list_drill_and_retention_work_on_blobs(settings, container, make_measurement):
    make_measurement(weight_kg=9.1)
    older, newer = answer("backup_database")["backup"], answer("backup_database")["backup"]

    assert [backup["name"] for backup in answer("backup_database", "--list")] == [newer, older]
    assert answer("restore_drill")["differences"] == []
    settings.BACKUP_KEEP_ALL_HOURS = 0.0
    newest = answer("backup_database")
    assert newest["deleted"] == [older, newer]
    assert sorted(container.list_blob_names()) == sorted([file_name(newest["backup"]), manifest_name(newest["backup"])])


def test_a_dump_of_many_blocks_arrives_whole(container):
    with portal_sql() as other:
        other.execute("CREATE TABLE ballast AS SELECT sha512(n::text::bytea) FROM generate_series(1, 100000) AS n")
    try:
        made = answer("backup_database")
    finally:
        with portal_sql() as other:
            other.execute("DROP TABLE ballast")

    assert made["bytes"] > 5_000_000
    assert answer("restore_drill")["rows"] == made["rows"] > 100_000


def test_a_changed_blob_is_refused(container):
    made = answer("backup_database")["backup"]
    change_file(file_name(made), lambda content: content[:-40] + bytes(40))

    assert "[backup_tampered]" in str(refusal_of("restore_drill"))
