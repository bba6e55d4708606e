"""Blobs go from the real blob server with snapshots and unjoined blocks, and wait for a server that is away."""

from __future__ import annotations

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient
from django.core.files.storage import storages
from django.utils import timezone

from analytics.erasure.ledger import copy_missing
from children.models import ErasureRecord
from scans.blob_deletions import files_still_there, keep_promises
from scans.blob_removal import remove_below
from scans.models import BlobDeletion
from tests.stand_ins.azurite import Azurite

EVERYTHING = ["snapshots", "uncommittedblobs", "deleted"]


@pytest.fixture
def container(azurite: Azurite, azure_films: str) -> ContainerClient:
    """A new container of the blob server, in which the films are kept."""
    return BlobServiceClient.from_connection_string(azurite.connection_string).get_container_client(azure_films)


def names_in(container: ContainerClient) -> set[str]:
    return {blob.name for blob in container.list_blobs(include=EVERYTHING)}


def test_snapshots_and_unjoined_blocks_go_and_the_neighbour_stays(container):
    film = container.upload_blob("children/a/sessions/s/standing_front.mp4", b"first")
    film.create_snapshot()
    film.upload_blob(b"second", overwrite=True)
    container.get_blob_client("children/a/sessions/s/u.part").stage_block("AAAA", b"block")
    container.upload_blob("children/ab/sessions/s/standing_front.mp4", b"neighbour")

    removed = remove_below(storages["scan_videos"], "children/a/")

    assert removed == 2
    assert names_in(container) == {"children/ab/sessions/s/standing_front.mp4"}
    assert container.get_blob_client("children/a/sessions/s/u.part").exists() is False


def test_where_nothing_is_left_nothing_is_removed(container):
    assert remove_below(storages["scan_videos"], "children/nobody/") == 0


@pytest.mark.django_db
def test_an_erasure_waits_for_a_store_that_is_away_and_is_finished_later(container, child, erase, azurite_server):
    container.upload_blob(f"children/{child.pk}/sessions/s/standing_front.mp4", b"film")
    azurite_server.terminate()

    record = erase(child)

    assert files_still_there(record.pk)
    assert ErasureRecord.objects.get(pk=record.pk).mirrored_at is None
    azurite_server.start()
    keep_promises()
    assert copy_missing() == ErasureRecord.objects.count()
    assert not files_still_there(record.pk)
    assert names_in(container) == set()


@pytest.mark.django_db
def test_a_promise_outlives_what_it_empties_until_no_phone_may_write_there(container, child, erase):
    record = erase(child)
    container.upload_blob(f"children/{child.pk}/sessions/s/late.part", b"late")

    keep_promises()

    promise = BlobDeletion.objects.get(erasure_id=record.pk)
    assert promise.watch_until > timezone.now()
    assert names_in(container) == set()
