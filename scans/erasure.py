"""What of scans belongs to a child; cancels sessions and takes films and pictures from them.

Withdrawals and requests of guardians come from `analytics.erasure`, the time to keep films from `scans.retention`.
Rows go in the caller's transaction, blobs after its commit (`scans.blob_deletions`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Now

from children.erasure_rows import OfChild, Rows, delete_rows, history_of
from scans.blob_deletions import frames_prefix, promise_deletion, session_prefix
from scans.models import ACTIVE_STATES, DirectUpload, MediaRemoval, ScanSession, ScanVideo
from scans.signals import frames_removed

OF_CHILD = (
    OfChild(ScanSession, "child"),
    OfChild(ScanVideo, "session__child"),
    OfChild(DirectUpload, "session__child"),
    OfChild(MediaRemoval, "session__child"),
)
WITHDRAWN = "consent_withdrawn"


def stop_sessions(sessions: QuerySet[ScanSession]) -> None:
    """Cancel those of `sessions` that have not ended.

    A worker that holds one finds its token gone, stores nothing and ends within SCAN_STOP_SECONDS.
    """
    _cancel(sessions.filter(state__in=ACTIVE_STATES), reason=WITHDRAWN)


def erase_sessions(session_ids: Collection[UUID], *, erasure_id: UUID) -> Counter[str]:
    """Take films, pictures and uploads from these sessions; return how many rows by table.

    The sessions stay; those that had an answer, or waited for one, as cancelled. Their predictions and measurements
    are erased by the caller above.
    """
    sessions = ScanSession.objects.filter(pk__in=session_ids)
    _cancel(sessions.filter(state__in=[*ACTIVE_STATES, ScanSession.State.SUCCEEDED]), reason=WITHDRAWN)
    rows: Rows = {
        model: list(model._base_manager.filter(session__in=session_ids).values_list("pk", flat=True))
        for model in (ScanVideo, DirectUpload)
    }
    filmed = set(ScanVideo.objects.filter(pk__in=rows[ScanVideo]).values_list("session_id", flat=True))
    _note(filmed, what=MediaRemoval.What.FILMS, because=MediaRemoval.Because.WITHDRAWAL)
    history = history_of(rows)
    promise_deletion((session_prefix(*ids) for ids in _ids(session_ids)), erasure_id=erasure_id)
    return delete_rows(rows) + delete_rows(history)


def erase_frames(session_ids: Collection[UUID], *, erasure_id: UUID) -> None:
    """Delete the pictures that were taken out of the films of these sessions."""
    _note(session_ids, what=MediaRemoval.What.FRAMES, because=MediaRemoval.Because.WITHDRAWAL)
    promise_deletion((frames_prefix(*ids) for ids in _ids(session_ids)), erasure_id=erasure_id)


@transaction.atomic
def cancel_abandoned_uploads() -> int:
    """Cancel sessions not submitted within SCAN_UPLOAD_HOURS and delete their films; return how many sessions."""
    given_up = ScanSession.objects.select_for_update(skip_locked=True).filter(
        state=ScanSession.State.UPLOADING, started_at__lt=Now() - timedelta(hours=settings.SCAN_UPLOAD_HOURS)
    )
    session_ids = list(given_up.values_list("pk", flat=True))
    _cancel(ScanSession.objects.filter(pk__in=session_ids), reason="")
    films = ScanVideo.objects.filter(session__in=session_ids)
    remove_films(list(films.values_list("pk", flat=True)), because=MediaRemoval.Because.ABANDONED)
    return len(session_ids)


def remove_films(video_ids: Collection[UUID], *, because: MediaRemoval.Because) -> None:
    """Delete these films and note why at their sessions, which are cancelled if they still wait for a worker.

    The history of the rows stays.
    """
    films = ScanVideo.objects.filter(pk__in=video_ids)
    session_ids = set(films.values_list("session_id", flat=True))
    _cancel(ScanSession.objects.filter(pk__in=session_ids, state__in=ACTIVE_STATES), reason="")
    _note(session_ids, what=MediaRemoval.What.FILMS, because=because)
    promise_deletion(list(films.values_list("file", flat=True)))
    films.delete()


def remove_frames(session_ids: Collection[UUID], *, because: MediaRemoval.Because) -> None:
    """Delete the pictures that were taken out of the films of these sessions, and note why."""
    _note(session_ids, what=MediaRemoval.What.FRAMES, because=because)
    frames_removed.send(sender=ScanSession, session_ids=session_ids)
    promise_deletion(frames_prefix(*ids) for ids in _ids(session_ids))


def _cancel(sessions: QuerySet[ScanSession], *, reason: str) -> None:
    sessions.update(
        state=ScanSession.State.CANCELLED,
        reason=reason,
        stage="",
        token=None,
        lease_expires_at=None,
        finished_at=Coalesce("finished_at", Now()),
    )


def _note(session_ids: Iterable[UUID], *, what: MediaRemoval.What, because: MediaRemoval.Because) -> None:
    """Remember that films or pictures of these sessions went; what was noted first stays."""
    MediaRemoval.objects.bulk_create(
        (MediaRemoval(session_id=key, what=what, because=because) for key in session_ids), ignore_conflicts=True
    )


def _ids(session_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """Return (child, session) of each."""
    return list(ScanSession.objects.filter(pk__in=session_ids).values_list("child_id", "pk"))
