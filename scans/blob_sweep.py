"""Deletes what nobody asks for any more: blocks of ended uploads, films without a row.

A film loses its row when it is erased while the store does not answer, or when a portal dies between the store and
the row; blocks are left by phones that give up, or that go on sending for a session that was erased.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.utils import timezone

from scans.blob_names import read_film_name, upload_of_part
from scans.blob_store import StoredBlob, store_of
from scans.models import DirectUpload, ScanSession, ScanVideo, scan_video_storage

logger = logging.getLogger(__name__)

BATCH = 1000  # blobs compared with rows at once
# Between the last byte of a film and its row: the longest request of the web server is far shorter.
FILM_GRACE = timedelta(hours=1)


def sweep_blobs(*, now: datetime | None = None) -> int:
    """Delete parts of ended uploads and films without a row; return how many. One failure does not stop the rest."""
    now = now or timezone.now()
    blobs = store_of(scan_video_storage()).blobs()
    swept = 0
    while batch := list(islice(blobs, BATCH)):
        parts = {blob: upload for blob in batch if (upload := upload_of_part(blob.name)) is not None}
        films = [blob for blob in batch if read_film_name(blob.name) is not None]
        swept += sum(_remove(blob, is_part=True) for blob in _ended_parts(parts, now))
        swept += sum(_remove(blob, is_part=False) for blob in _orphaned_films(films, now))
    if swept:
        logger.info("swept %d blobs", swept)
    return swept


def _ended_parts(parts: dict[StoredBlob, uuid.UUID], now: datetime) -> Iterator[StoredBlob]:
    """Yield parts that no open session waits for; that of a complete upload stays closed while its grant may live."""
    grant = timedelta(seconds=settings.UPLOAD_GRANT_SECONDS)
    wanted = DirectUpload.objects.filter(pk__in=parts.values())
    waiting = wanted.filter(completed_at__isnull=True, session__state=ScanSession.State.UPLOADING)
    closed = wanted.filter(completed_at__gt=now - grant)
    kept = set(waiting.values_list("pk", flat=True)) | set(closed.values_list("pk", flat=True))
    return (blob for blob, upload in parts.items() if upload not in kept)


def _orphaned_films(films: list[StoredBlob], now: datetime) -> Iterator[StoredBlob]:
    old = [film for film in films if film.changed_at < now - FILM_GRACE]
    known = set(ScanVideo.objects.filter(file__in=[film.name for film in old]).values_list("file", flat=True))
    return (film for film in old if film.name not in known)


def _remove(blob: StoredBlob, *, is_part: bool) -> bool:
    storage = scan_video_storage()
    try:
        if is_part:
            store_of(storage).remove(blob.name)
        else:
            storage.delete(blob.name)
    except OSError as error:
        logger.warning("a blob could not be swept, the next sweep tries again: %s", error)
        return False
    return True
