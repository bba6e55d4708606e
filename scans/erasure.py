"""Cancels sessions and erases their films after a consent was withdrawn."""

from __future__ import annotations

import logging

from django.db import transaction
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
    logger.info("erased %d films after a consent was withdrawn", len(names))
