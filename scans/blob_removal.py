"""Empties a part of the store: films, pictures, parts of uploads; with snapshots, versions and uncommitted blocks.

Blobs that an account keeps for a while after their deletion (soft delete) cannot be purged by anybody: the container
of films must not have it, see docs/erasure.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobLeaseClient, BlobProperties, ContainerClient
from django.core.files.storage import FileSystemStorage
from django.core.files.storage.base import Storage
from storages.backends.azure_storage import AzureStorage

STORE_ERRORS = (AzureError, OSError)
# An erasure runs in a request: it asks once and leaves the rest to beat.
ONE_QUICK_TRY: dict[str, Any] = {"retry_total": 0, "connection_timeout": 3, "read_timeout": 10}
EVERYTHING = ["snapshots", "uncommittedblobs", "versions"]
# Deleting a blob of a container with versions makes its last content one more version: the next pass takes that.
PASSES = 4


def remove_below(storage: Storage, prefix: str) -> int:
    """Delete every blob whose name begins with `prefix`; return how many names.

    Raises one of STORE_ERRORS when the store is away; call it again then.
    """
    if isinstance(storage, FileSystemStorage):
        return _remove_files(Path(storage.path(prefix)))
    if isinstance(storage, AzureStorage):
        return _remove_blobs(storage.client, prefix)
    raise TypeError(f"No way to empty a {type(storage).__name__}.")


def _remove_files(path: Path) -> int:
    """Delete the file, or everything in the folder and the folder itself."""
    if not path.is_dir():
        found = path.exists()
        path.unlink(missing_ok=True)
        return int(found)
    removed = 0
    for inside in sorted(path.rglob("*"), reverse=True):  # what is inside a folder before the folder
        if inside.is_dir() and not inside.is_symlink():
            inside.rmdir()
        else:
            inside.unlink(missing_ok=True)
            removed += 1
    path.rmdir()
    return removed


def _remove_blobs(container: ContainerClient, prefix: str) -> int:
    names: set[str] = set()
    for _pass in range(PASSES):
        listed = list(container.list_blobs(name_starts_with=prefix, include=EVERYTHING, **ONE_QUICK_TRY))
        if not listed:
            return len(names)
        for blob in listed:
            _remove(container, blob)
            names.add(blob.name)
    raise AzureError(f"{len(listed)} blobs came back while they were deleted.")


def _remove(container: ContainerClient, blob: BlobProperties) -> None:
    client = container.get_blob_client(blob.name)
    if blob.version_id and not blob.is_current_version:
        _delete(client, version_id=blob.version_id)
    elif not blob.snapshot:  # a snapshot goes with its blob
        deleted = _delete(client, delete_snapshots="include")
        if not deleted:
            # Blocks that were put and never joined: an empty blob in their place takes them along.
            client.upload_blob(b"", overwrite=True, **ONE_QUICK_TRY)
            _delete(client, delete_snapshots="include")


def _delete(client: BlobClient, **which: str) -> bool:
    try:
        client.delete_blob(**which, **ONE_QUICK_TRY)
    except ResourceNotFoundError:
        return False
    except HttpResponseError as error:
        if error.error_code != "LeaseIdMissing":
            raise
        # The mark at the end of an upload (scans.blob_azure): its lease keeps phones off, not the portal.
        BlobLeaseClient(client).break_lease(lease_break_period=0, **ONE_QUICK_TRY)
        client.delete_blob(**which, **ONE_QUICK_TRY)
    return True
