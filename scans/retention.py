"""Deletes films and pictures whose time is over, as each programme has set it; beat runs it.

A film's time begins with its upload, a picture's with its session. Nothing younger is touched; running it again or
twice at once changes nothing more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Programme
from scans.erasure import remove_films, remove_frames
from scans.models import MediaRemoval, ScanSession, ScanVideo

logger = logging.getLogger(__name__)
ROWS_PER_BATCH = 200  # one short transaction each


@dataclass(frozen=True)
class RetentionRun:
    """How many films were deleted, and of how many sessions the pictures."""

    films: int
    sessions_without_frames: int


def delete_expired(*, now: datetime | None = None) -> RetentionRun:
    """Delete every film and picture that is older than its programme keeps it; `now` is for tests that move the clock.

    A session that still waits for a worker by then is cancelled.
    """
    now = now or timezone.now()
    films = frames = 0
    for programme in Programme.objects.all():
        sessions = ScanSession.objects.filter(child__clinic__programme=programme)
        old = ScanVideo.objects.filter(session__in=sessions, uploaded_at__lte=now - video_retention(programme))
        films += _in_batches(old, remove_films)
        swept = MediaRemoval.objects.filter(session=OuterRef("pk"), what=MediaRemoval.What.FRAMES)
        old_sessions = sessions.filter(~Exists(swept), started_at__lte=now - frame_retention(programme))
        frames += _in_batches(old_sessions, remove_frames)
    if films or frames:
        logger.info("retention: %d films and the pictures of %d sessions deleted", films, frames)
    return RetentionRun(films=films, sessions_without_frames=frames)


def video_retention(programme: Programme) -> timedelta:
    """Return how long the programme keeps films."""
    return timedelta(days=programme.video_retention_days or settings.VIDEO_RETENTION_DAYS)


def frame_retention(programme: Programme) -> timedelta:
    """Return how long the programme keeps pictures taken out of films."""
    return timedelta(days=programme.frame_retention_days or settings.FRAME_RETENTION_DAYS)


def _in_batches(rows: QuerySet[Any], remove: Callable[..., None]) -> int:
    """Remove what `rows` finds until it finds nothing more; return how many rows."""
    removed = 0
    while True:
        with transaction.atomic():
            keys = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS_PER_BATCH])
            remove(keys, because=MediaRemoval.Because.RETENTION)
        removed += len(keys)
        if len(keys) < ROWS_PER_BATCH:
            return removed
