"""What tests do to the container of films, with the key of the account or with an address."""

from __future__ import annotations

from azure.storage.blob import ContainerClient

from scans.models import ScanVideo, scan_video_storage
from tests.scans.conftest import BLOCK, FILM
from tests.scans.phones import block_url, put


def send(url: str, film: bytes = FILM) -> None:
    """PUT a film of whole blocks."""
    for number in range(len(film) // BLOCK):
        assert put(block_url(url, number), film[number * BLOCK : (number + 1) * BLOCK])[0] == 201


def container() -> ContainerClient:
    """Return the container of films, opened with the key."""
    return scan_video_storage().client


def names() -> set[str]:
    """Return the names of all that lies there, uncommitted blocks too."""
    return {blob.name for blob in container().list_blobs(include=["uncommittedblobs"])}


def overwrite(video: ScanVideo, content: bytes) -> None:
    """Do to a stored film what nobody may do."""
    container().get_blob_client(video.file.name).upload_blob(content, overwrite=True)
