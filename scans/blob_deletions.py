"""Promises that blobs go, and how they are kept: after the commit, and again by beat until the store has obeyed."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from scans.blob_removal import STORE_ERRORS, remove_below
from scans.models import BlobDeletion, scan_video_storage

logger = logging.getLogger(__name__)
CLOCK_SKEW = timedelta(minutes=5)  # between this machine's clock and the store's


def child_prefix(child_id: uuid.UUID) -> str:
    """Return what the names of all blobs of a child begin with."""
    return f"children/{child_id}/"


def session_prefix(child_id: uuid.UUID, session_id: uuid.UUID) -> str:
    """Return what the names of all blobs of a scan session begin with."""
    return f"{child_prefix(child_id)}sessions/{session_id}/"


def frames_prefix(child_id: uuid.UUID, session_id: uuid.UUID) -> str:
    """Return what the names of all pictures taken out of a session's films begin with."""
    return f"{session_prefix(child_id, session_id)}frames/"


def promise_deletion(prefixes: Iterable[str], *, erasure_id: uuid.UUID | None = None) -> None:
    """Note that everything below `prefixes` goes, in the caller's transaction, and delete it after the commit.

    With `erasure_id` the places are watched for as long as a phone may hold a permission to write there.
    """
    now = timezone.now()
    watch = timedelta(0) if erasure_id is None else timedelta(seconds=settings.UPLOAD_GRANT_SECONDS) + CLOCK_SKEW
    promises = [
        BlobDeletion(prefix=prefix, erasure_id=erasure_id, requested_at=now, watch_until=now + watch)
        for prefix in prefixes
    ]
    BlobDeletion.objects.bulk_create(promises)
    keys = [promise.pk for promise in promises]
    if keys:
        transaction.on_commit(lambda: keep_promises(keys))


def keep_promises(keys: Collection[uuid.UUID] | None = None, *, now: datetime | None = None) -> int:
    """Delete what was promised, all of it or the promises `keys`; return how many promises are kept for good.

    While the store is away the rows stay and are tried again. Safe to call at any time and twice at once.
    """
    now = now or timezone.now()
    storage = scan_video_storage()
    kept = 0
    waiting = BlobDeletion.objects.all() if keys is None else BlobDeletion.objects.filter(pk__in=keys)
    for promise in waiting.order_by("attempts", "requested_at"):
        row = BlobDeletion.objects.filter(pk=promise.pk)
        row.update(attempts=F("attempts") + 1)
        try:
            remove_below(storage, promise.prefix)
        except STORE_ERRORS as error:
            logger.warning("blob deletion %s waits, the store is away: %s", promise.pk, type(error).__name__)
            break
        row.filter(emptied_at__isnull=True).update(emptied_at=now)
        kept += row.filter(watch_until__lte=now).delete()[0]
    return kept


def files_still_there(erasure_id: uuid.UUID) -> bool:
    """Return True while files of this erasure wait for the store."""
    return BlobDeletion.objects.filter(erasure_id=erasure_id, emptied_at__isnull=True).exists()
