"""Who may see a film: a supervisor of the child's clinic while the guardian's consent to image review lives.

Every link is for one film and a few minutes, and is written down before it is given.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_supervise
from accounts.models import User
from cgm_portal.errors import DomainError
from children.models import Consent
from scans.blob_store import store_of
from scans.models import FilmView, ScanVideo

logger = logging.getLogger(__name__)

REQUIRED_PURPOSES = (Consent.Purpose.SCAN, Consent.Purpose.IMAGE_REVIEW)


@dataclass(frozen=True)
class FilmLink:
    """The right to read one film: `url` is None where the portal itself serves it."""

    view: FilmView
    url: str | None


def open_film(*, video: ScanVideo, opened_by: User) -> FilmLink:
    """Write down who sees the film and return the link. Raises DomainError: as `refuse_viewer`."""
    refuse_viewer(video, opened_by)
    until = timezone.now() + timedelta(seconds=settings.FILM_GRANT_SECONDS)
    view = FilmView.objects.create(
        video_id=video.pk, session_id=video.session_id, opened_by=opened_by, expires_at=until
    )
    link = FilmLink(view=view, url=store_of(video.file.storage).film_url(video.file.name, until=until))
    logger.info("user %s opened film %s of session %s", opened_by.pk, video.pk, video.session_id)
    return link


def refuse_viewer(video: ScanVideo, user: User) -> None:
    """Raise DomainError("not_supervisor") or ("no_image_review_consent") unless `user` may see the film now."""
    child = video.session.child
    if not may_supervise(user, child.clinic_id):
        raise DomainError("not_supervisor", _("Only a supervisor of the child's clinic may see a film."))
    live = Consent.objects.live().filter(child=child, purpose__in=REQUIRED_PURPOSES)
    if set(live.values_list("purpose", flat=True)) != set(REQUIRED_PURPOSES):
        raise DomainError(
            "no_image_review_consent", _("The guardian has not agreed that staff look at this child's pictures.")
        )
