"""Cancels sessions and erases their films: after a consent was withdrawn, or when an upload was given up."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from children.models import Consent
from scans.models import ACTIVE_STATES, ScanSession, ScanVideo, scan_video_storage

logger = logging.getLogger(__name__)


@transaction.atomic
def erase_films_of(consent: Consent) -> int:
    """Cancel running sessions of the consent's child and delete every film filmed under it; return how many films.

    Rows of films go in this transaction, their blobs after its commit. A worker that still holds such a session finds
    its token gone and stores nothing.
    """
    sessions = ScanSession.objects.filter(child_id=consent.child_id, consent=consent)
    sessions.filter(state__in=ACTIVE_STATES).update(
        state=ScanSession.State.CANCELLED,
        reason="consent_withdrawn",
        stage="",
        token=None,
        lease_expires_at=None,
        finished_at=Now(),
    )
    return _erase_films(sessions)


@transaction.atomic
def cancel_abandoned_uploads() -> int:
    """Cancel sessions not submitted within SCAN_UPLOAD_HOURS and delete their films; return how many sessions."""
    given_up = ScanSession.objects.select_for_update(skip_locked=True).filter(
        state=ScanSession.State.UPLOADING, started_at__lt=Now() - timedelta(hours=settings.SCAN_UPLOAD_HOURS)
    )
    ids = list(given_up.values_list("pk", flat=True))
    sessions = ScanSession.objects.filter(pk__in=ids)
    sessions.update(state=ScanSession.State.CANCELLED, finished_at=Now())
    _erase_films(sessions)
    return len(ids)


def _erase_films(sessions: QuerySet[ScanSession]) -> int:
    """Delete the rows of films now and their blobs after the commit; return how many films."""
    videos = ScanVideo.objects.filter(session__in=sessions)
    names = list(videos.values_list("file", flat=True))
    videos.delete()
    if names:
        transaction.on_commit(lambda: _delete_blobs(names))
    return len(names)


def _delete_blobs(names: list[str]) -> None:
    storage = scan_video_storage()
    for name in names:
        storage.delete(name)
    logger.info("erased %d films", len(names))
