"""Saves films that come through the portal to Azure: with ids and content type beside them, and checked on the way."""

from __future__ import annotations

import hashlib
from typing import Any

from azure.storage.blob import ContentSettings
from django.core.files.base import File
from django.utils.deconstruct import deconstructible

from cgm_portal.azure_storage import PrivateAzureStorage, store_errors
from scans.blob_names import read_film_name
from scans.upload_models import DirectUpload

READ_CHUNK_BYTES = 1024 * 1024


@deconstructible
class FilmStorage(PrivateAzureStorage):
    """The container of films."""

    def _save(self, name: str, content: File) -> str:
        """Upload one film; every piece carries its MD5, the blob that of the whole."""
        source = content.file if isinstance(content, File) else content
        settings = ContentSettings(content_type=_content_type(content), content_md5=_md5(source))
        while True:
            named = read_film_name(name)
            source.seek(0)
            try:
                with store_errors():
                    self.client.upload_blob(
                        name,
                        source,
                        content_settings=settings,
                        metadata=named.as_metadata() if named else None,
                        validate_content=True,
                        max_concurrency=self.upload_max_conn,
                    )
            except FileExistsError:
                name = self.get_available_name(name)  # another upload was faster
            else:
                return name


def _content_type(content: Any) -> str:
    """Return what the sender says that it is, if that is a film; the decoder finds out for itself."""
    said = getattr(content, "content_type", None)
    return said if said in DirectUpload.ContentType.values else DirectUpload.ContentType.MP4.value


def _md5(source: Any) -> bytearray:
    digest = hashlib.md5(usedforsecurity=False)
    source.seek(0)
    while chunk := source.read(READ_CHUNK_BYTES):
        digest.update(chunk)
    return bytearray(digest.digest())
