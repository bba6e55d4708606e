"""Keeps pictures of a processed film for review; runs on the gpu worker alone, after the answer is stored.

Nothing is kept without live consents for the scan and for image review, and no picture leaves memory before heads are
hidden (`ml_models.review_pictures`). Whatever goes wrong here costs pictures, never an answer.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.db import transaction

from ml_models.pose import PoseEstimator
from ml_models.review_pictures import ReviewPicture, review_pictures
from ml_models.types import SampledFrames
from predictions.frame_access import agrees_to_pictures
from predictions.models import ReviewFrame
from predictions.review import REVIEWABLE
from scans.models import MediaRemoval, ScanSession

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FilmedFrames:
    """The frames of one film as the pipeline read them."""

    scan_type: str
    frames: SampledFrames


def keep_review_frames(
    session_id: uuid.UUID, films: Sequence[FilmedFrames], load_estimator: Callable[[], PoseEstimator]
) -> int:
    """Store what may be shown of these films; return how many pictures. Raises nothing."""
    try:
        return _keep(session_id, films, load_estimator)
    except Exception:
        # The boundary of a task: the answer is stored already.
        logger.exception("session %s keeps no pictures", session_id)
        return 0


def _keep(session_id: uuid.UUID, films: Sequence[FilmedFrames], load_estimator: Callable[[], PoseEstimator]) -> int:
    session = ScanSession.objects.get(pk=session_id)
    if not films or not _may_be_kept(session):
        return 0
    estimator = load_estimator()
    made = [
        (film.scan_type, picture)
        for film in films
        for picture in review_pictures(film.frames, estimator, shows_marker=session.marker_used)
    ]
    stored: list[ReviewFrame] = []
    try:
        with transaction.atomic():
            # Erasures lock the session first: either they see these rows, or this sees the withdrawn consent.
            locked = ScanSession.objects.select_for_update().get(pk=session_id)
            if not _may_be_kept(locked) or locked.review_frames.exists():
                return 0
            for scan_type, picture in made:
                stored.append(_stored(locked, scan_type, picture))
    except BaseException:
        for frame in stored:  # the rows are gone with the transaction
            frame.image.delete(save=False)
        raise
    logger.info("session %s keeps %d pictures", session_id, len(stored))
    return len(stored)


def _may_be_kept(session: ScanSession) -> bool:
    """Tell whether the session ended with something to review, its guardian agrees, and its pictures' time is not
    over."""
    swept = MediaRemoval.objects.filter(session=session, what=MediaRemoval.What.FRAMES)
    return session.state in REVIEWABLE and agrees_to_pictures(session) and not swept.exists()


def _stored(session: ScanSession, scan_type: str, picture: ReviewPicture) -> ReviewFrame:
    frame = ReviewFrame(
        session=session,
        scan_type=scan_type,
        time_s=picture.time_s,
        width=picture.width,
        height=picture.height,
        points=picture.points,
        marker=picture.markers,
    )
    frame.image.save("frame.jpg", ContentFile(picture.jpeg), save=False)
    frame.save(force_insert=True)
    return frame
