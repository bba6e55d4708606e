"""Light tasks of the `default` queue."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from scans.blob_deletions import keep_promises
from scans.blob_sweep import sweep_blobs
from scans.erasure import cancel_abandoned_uploads
from scans.ledger import sweep_sessions
from scans.retention import delete_expired
from scans.storage import purge_scratch


@shared_task(ignore_result=True)
def sweep_sessions_task() -> int:
    """Bring back scan sessions that fell through; beat runs it."""
    return sweep_sessions()


@shared_task(ignore_result=True)
def cancel_abandoned_uploads_task() -> int:
    """Cancel sessions that were never submitted, and erase their films; beat runs it."""
    return cancel_abandoned_uploads()


@shared_task(ignore_result=True)
def purge_scratch_task() -> int:
    """Delete copies of films that killed workers left on this machine; beat runs it."""
    return purge_scratch(older_than_seconds=settings.SCAN_DEADLINE_SECONDS * 2)


@shared_task(ignore_result=True)
def sweep_blobs_task() -> int:
    """Delete blocks of ended uploads and films without a row; beat runs it."""
    return sweep_blobs()


@shared_task(ignore_result=True)
def delete_blobs_task() -> int:
    """Delete what erasures and retention have promised, until the store has obeyed; beat runs it."""
    return keep_promises()


@shared_task(ignore_result=True)
def delete_expired_media_task() -> None:
    """Delete films and pictures whose time is over; beat runs it."""
    delete_expired()
