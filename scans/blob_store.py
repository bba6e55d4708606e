"""What the portal needs of the place where films are kept, the same for a folder and for Azure Blob Storage.

A phone may write to the `.part` of its upload alone. The film itself is written by the portal, once, under another
name: in Azure a permission to put blocks is also one to replace what they made, so no such permission is ever given
for the name of a film.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from django.core.files.storage import FileSystemStorage
from django.core.files.storage.base import Storage
from django.utils.translation import gettext as _

from cgm_portal.errors import DomainError
from scans.upload_models import DirectUpload

CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class StoredBlob:
    """One thing in the container. `changed_at`: when it was last written."""

    name: str
    changed_at: datetime


@dataclass(frozen=True)
class StoredFilm:
    """The bytes of a film as they come; `md5`: hex digest that the store keeps with them, where it keeps one."""

    chunks: Iterator[bytes]
    md5: str | None


class BlobStore(Protocol):
    """One container or folder of films. Every method may raise StoreUnavailableError."""

    def block_url(self, part: str, *, until: datetime) -> str | None:
        """Return the address that takes blocks for `part` until `until`; None where the portal itself takes them."""

    def missing_blocks(self, upload: DirectUpload, part: str) -> list[int]:
        """Return the numbers of the blocks that are not there, or not in their size; from 0."""

    def seal(self, upload: DirectUpload, *, part: str, film: str) -> None:
        """Join the blocks, check size and hashes, and keep the film under `film`, which must be free.

        Raises DomainError: `hash_mismatch`, `upload_busy` (it changed meanwhile); FileExistsError for a taken name.
        """

    def close(self, part: str) -> None:
        """Throw away what waits under `part`; an address that was handed out for it takes nothing any more."""

    def remove(self, part: str) -> None:
        """Throw away what waits under `part`, with the trace that `close` leaves."""

    def film_url(self, film: str, *, until: datetime) -> str | None:
        """Return the address to read the film at until `until`; None where the portal itself serves it."""

    def read(self, film: str) -> StoredFilm:
        """Return the film. Raises FileNotFoundError."""

    def blobs(self) -> Iterator[StoredBlob]:
        """Return everything in the container."""


def is_as_announced(upload: DirectUpload, chunks: Iterable[bytes]) -> bool:
    """Return True when `chunks` have the size, the SHA-256 and the MD5 that the phone announced."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    for chunk in chunks:
        sha256.update(chunk)
        md5.update(chunk)
        size += len(chunk)
    return (size, sha256.hexdigest(), md5.hexdigest()) == (upload.size_bytes, upload.sha256, upload.md5)


def damaged() -> DomainError:
    """Return the refusal of a film that is not the announced one."""
    return DomainError(
        "hash_mismatch",
        _("The video arrived damaged: its size, SHA-256 or MD5 differs from what was announced. Send it again."),
        field="sha256",
    )


@cache
def store_of(storage: Storage) -> BlobStore:
    """Return the container or folder that `storage` keeps films in."""
    # Imported here: the SDK of Azure is loaded only by a portal that uses it.
    if isinstance(storage, FileSystemStorage):
        from scans.blob_folder import FolderStore

        return FolderStore(storage)
    from scans.blob_azure import AzureStore

    return AzureStore(storage)
