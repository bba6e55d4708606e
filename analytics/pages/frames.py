"""Pictures of a scan for its supervisor: heads hidden, with what the portal saw drawn over them on request."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts.access import may_supervise
from accounts.models import User
from accounts.views import PrivatePage
from analytics.selectors import session_for
from predictions.frame_access import agrees_to_pictures, frames_for, may_see_pictures
from predictions.models import ReviewFrame
from predictions.review import REVIEWABLE
from scans.models import ScanSession

logger = logging.getLogger(__name__)

# Numbers of the pose's body points that are joined by a line (`ml_models.pose.landmarks`, which pages do not load):
# shoulders, hips, sides, arms, legs with feet.
_JOINED = (
    *((11, 12), (23, 24), (11, 23), (12, 24)),
    *((11, 13), (13, 15), (12, 14), (14, 16)),
    *((23, 25), (25, 27), (27, 29), (29, 31)),
    *((24, 26), (26, 28), (28, 30), (30, 32)),
)


@dataclass(frozen=True)
class ShownFrame:
    """A picture and what is drawn over it, in px of the picture, as SVG wants it."""

    frame: ReviewFrame
    points: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str, str, str], ...]
    markers: tuple[str, ...]


class FrameImage(PrivatePage):
    """One picture. 404 for whoever may not look at it now."""

    def get(self, request: HttpRequest, session_id: UUID, frame_id: UUID) -> FileResponse:
        """The JPEG; no browser keeps it."""
        session = session_for(request.user, session_id)
        if not may_see_pictures(request.user, session):
            raise Http404
        frame = get_object_or_404(ReviewFrame, session=session, pk=frame_id)
        logger.info("user %s looked at picture %s of session %s", request.user.pk, frame.pk, session.pk)
        return FileResponse(frame.image.open("rb"), content_type="image/jpeg")


def frames_context(user: User, session: ScanSession) -> dict[str, Any]:
    """Return what the page of a scan shows of its pictures; nothing for those who are no supervisors."""
    if session.state not in REVIEWABLE or not may_supervise(user, session.child.clinic_id):
        return {}
    return {
        "frames": [_shown(frame) for frame in frames_for(user, session)],
        "frames_agreed": agrees_to_pictures(session),
        "frames_card": True,
    }


def _shown(frame: ReviewFrame) -> ShownFrame:
    places = {int(number): (x * frame.width, y * frame.height) for number, (x, y) in frame.points.items()}
    return ShownFrame(
        frame=frame,
        points=tuple((f"{x:.1f}", f"{y:.1f}") for x, y in places.values()),
        lines=tuple(
            (f"{places[a][0]:.1f}", f"{places[a][1]:.1f}", f"{places[b][0]:.1f}", f"{places[b][1]:.1f}")
            for a, b in _JOINED
            if a in places and b in places
        ),
        markers=tuple(
            " ".join(f"{x * frame.width:.1f},{y * frame.height:.1f}" for x, y in quad) for quad in frame.marker
        ),
    )
