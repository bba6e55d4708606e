"""Who may look at the pictures of a scan: a supervisor of the clinic, while the guardian's consents live."""

from __future__ import annotations

from accounts.access import may_supervise
from accounts.models import User
from children.models import Consent
from predictions.models import ReviewFrame
from scans.film_access import REQUIRED_PURPOSES
from scans.models import ScanSession


def agrees_to_pictures(session: ScanSession) -> bool:
    """Tell whether the session's own consent for scanning and one for image review live now."""
    live = Consent.objects.live().filter(child_id=session.child_id, purpose__in=REQUIRED_PURPOSES)
    purposes = set(live.values_list("purpose", flat=True))
    return purposes == set(REQUIRED_PURPOSES) and live.filter(pk=session.consent_id).exists()


def may_see_pictures(user: User, session: ScanSession) -> bool:
    """Tell whether `user` may look at pictures of this session now."""
    return may_supervise(user, session.child.clinic_id) and agrees_to_pictures(session)


def frames_for(user: User, session: ScanSession) -> list[ReviewFrame]:
    """Return the pictures that `user` may look at; none for anybody else."""
    return list(session.review_frames.all()) if may_see_pictures(user, session) else []
