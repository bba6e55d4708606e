"""Films in a container of Azure Blob Storage: the phone puts its blocks there itself.

What Azure enforces, and so does Azurite 3.37: a signature is for one blob and for the permissions named in it; putting
a block and listing blocks needs `write`, which also lets its holder replace the blob (with `create` alone a block is
refused). So blocks go to a `.part`, the portal copies the checked film within the account under a name that nobody
else can write to, `If-None-Match: *`, and then closes the `.part`: it becomes an empty append blob under a lease, on
which a signature that still lives fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError
from azure.storage.blob import BlobBlock, BlobClient, BlobLeaseClient, BlobSasPermissions, BlobType, ContentSettings

from cgm_portal.azure_storage import PrivateAzureStorage, store_errors
from cgm_portal.errors import DomainError, StoreUnavailableError
from scans.blob_names import read_film_name
from scans.blob_store import StoredBlob, StoredFilm, damaged, is_as_announced
from scans.upload_models import DirectUpload

COPY_GRANT = timedelta(minutes=10)  # the store reads the part itself, by a signature of ours
_TAKEN = ("BlobAlreadyExists", "TargetConditionNotMet")  # of Azurite; of Azure, by its documentation
_NO_BLOCKS = ("BlobNotFound", "InvalidBlobType")  # nothing was sent yet, or the part is closed
_LEASED = ("LeaseIdMissing", "LeaseAlreadyPresent")
_NOT_LEASED = ("LeaseNotPresentWithLeaseOperation", "LeaseAlreadyBroken", "BlobNotFound")


class AzureStore:
    """The container of one PrivateAzureStorage."""

    def __init__(self, storage: PrivateAzureStorage) -> None:
        self._storage = storage

    def block_url(self, part: str, *, until: datetime) -> str | None:
        """Return an address with a signature to create and write `part`, nothing else."""
        with store_errors():
            permission = BlobSasPermissions(create=True, write=True)
            return self._storage.public_blob_url_with_sas(part, permission=permission, until=until)

    def missing_blocks(self, upload: DirectUpload, part: str) -> list[int]:
        """Return the numbers of the blocks that are not there in their size; none when the part is a whole blob."""
        blob = self._blob(part)
        with store_errors():
            try:
                committed, waiting = blob.get_block_list("all")
            except HttpResponseError as error:
                if error.error_code not in _NO_BLOCKS:
                    raise
                return list(range(upload.block_count))
            if not committed and not waiting and blob.get_blob_properties().size == upload.size_bytes:
                return []  # sent as one blob, by a client that does not cut
        sizes = {block.id: block.size for block in [*committed, *waiting]}
        return [n for n in range(upload.block_count) if sizes.get(f"{n:06d}") != upload.block_size(n)]

    def seal(self, upload: DirectUpload, *, part: str, film: str) -> None:
        """Commit the blocks, check them as one blob, and copy exactly that to `film`."""
        with store_errors():
            try:
                etag = self._commit(upload, part)
                chunks = self._blob(part).download_blob(etag=etag, match_condition=MatchConditions.IfNotModified)
                as_announced = is_as_announced(upload, chunks.chunks())
                if as_announced:
                    self._copy(upload, part=part, film=film, etag=etag)
            except ResourceModifiedError:
                raise DomainError("upload_busy", "The upload changed while it was checked. Ask again.") from None
        if not as_announced:
            self.remove(part)
            raise damaged()

    def close(self, part: str) -> None:
        """Leave an empty append blob under a lease: blocks, block lists and blobs are refused there."""
        blob = self._blob(part)
        with store_errors():
            try:
                blob.upload_blob(b"", blob_type=BlobType.APPENDBLOB, overwrite=True)
                blob.acquire_lease(lease_duration=-1)
            except HttpResponseError as error:
                if error.error_code not in _LEASED:
                    raise

    def remove(self, part: str) -> None:
        """Delete the part, its blocks and the mark that `close` left."""
        blob = self._blob(part)
        with store_errors():
            try:
                BlobLeaseClient(blob).break_lease(lease_break_period=0)
            except HttpResponseError as error:
                if error.error_code not in _NOT_LEASED:
                    raise
            blob.upload_blob(b"", overwrite=True)  # throws blocks away, which a deletion alone would leave
            blob.delete_blob(delete_snapshots="include")

    def film_url(self, film: str, *, until: datetime) -> str | None:
        """Return an address with a signature to read `film`, nothing else."""
        with store_errors():
            return self._storage.public_blob_url_with_sas(film, permission=BlobSasPermissions(read=True), until=until)

    def read(self, film: str) -> StoredFilm:
        """Return the film and its Content-MD5."""
        with store_errors():
            stream = self._blob(film).download_blob()
        md5 = stream.properties.content_settings.content_md5
        return StoredFilm(chunks=_guarded(stream.chunks()), md5=bytes(md5).hex() if md5 else None)

    def blobs(self) -> Iterator[StoredBlob]:
        """Return films and parts, those too of which only blocks are there."""
        with store_errors():
            for blob in self._storage.client.list_blobs(include=["uncommittedblobs"]):
                yield StoredBlob(name=blob.name, changed_at=blob.last_modified or datetime.now(UTC))

    def _blob(self, name: str) -> BlobClient:
        return self._storage.client.get_blob_client(name)

    def _commit(self, upload: DirectUpload, part: str) -> str:
        """Join the blocks that wait; return the ETag of the blob that is there then."""
        blob = self._blob(part)
        _, waiting = blob.get_block_list("all")
        if not waiting:
            return str(blob.get_blob_properties().etag)
        blocks = [BlobBlock(block_id=f"{number:06d}") for number in range(upload.block_count)]
        return str(blob.commit_block_list(blocks)["etag"])

    def _copy(self, upload: DirectUpload, *, part: str, film: str, etag: str) -> None:
        named = read_film_name(film)
        assert named is not None, "films are named by scans.blob_names"
        source = self._storage.blob_url_with_sas(
            part, permission=BlobSasPermissions(read=True), until=datetime.now(UTC) + COPY_GRANT
        )
        target = self._blob(film)
        try:
            copied = target.start_copy_from_url(
                source,
                metadata=named.as_metadata(),
                requires_sync=True,
                source_etag=etag,
                source_match_condition=MatchConditions.IfNotModified,
                match_condition=MatchConditions.IfMissing,
            )
        except HttpResponseError as error:
            if error.error_code not in _TAKEN:
                raise
            raise FileExistsError("There is a film of that name already.") from error
        if copied["copy_status"] != "success":
            raise StoreUnavailableError(f"The store did not finish copying: {copied['copy_status']}.")
        md5 = bytearray.fromhex(upload.md5)
        target.set_http_headers(ContentSettings(content_type=upload.content_type, content_md5=md5))


def _guarded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    with store_errors():
        yield from chunks
