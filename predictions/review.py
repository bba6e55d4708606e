"""Reviews of scans: who may say good or bad, of what, with which reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_supervise
from accounts.models import User
from cgm_portal.errors import DomainError
from predictions.models import SessionReview
from scans.models import ScanSession

Reason = SessionReview.Reason
Verdict = SessionReview.Verdict
REVIEWABLE = (ScanSession.State.SUCCEEDED, ScanSession.State.UNUSABLE, ScanSession.State.FAILED)
_NOTE_CHARACTERS = 500


@dataclass(frozen=True)
class Finding:
    """What a supervisor says of a scan; `reason` and, with "other", `note` belong to a bad one."""

    verdict: str
    reason: str = ""
    note: str = ""


@transaction.atomic
def review_session(*, session: ScanSession, reviewed_by: User, finding: Finding) -> SessionReview:
    """Store the review of an ended scan; a second one takes the place of the first.

    Raises DomainError: `not_supervisor`, `scan_not_reviewable` (not ended, or its consent was withdrawn),
    `verdict_missing`, `reason_missing`, `note_missing`.
    """
    if not may_supervise(reviewed_by, session.child.clinic_id):
        raise DomainError("not_supervisor", _("Only a supervisor of the child's clinic may review a scan."))
    finding = _checked(finding)
    locked = ScanSession.objects.select_for_update().get(pk=session.pk)
    if locked.state not in REVIEWABLE:
        raise DomainError("scan_not_reviewable", _("This scan has not ended, or it was cancelled: nothing to review."))
    review, _new = SessionReview.objects.update_or_create(
        session=locked,
        defaults={
            "verdict": finding.verdict,
            "reason": finding.reason,
            "note": finding.note,
            "reviewed_by": reviewed_by,
            "reviewed_at": timezone.now(),
        },
    )
    return review


def review_of(session: ScanSession) -> SessionReview | None:
    """Return what was said of a scan, if anything."""
    return SessionReview.objects.filter(session=session).select_related("reviewed_by").first()


def _checked(finding: Finding) -> Finding:
    """Return the finding as it is stored: a good one has no reason."""
    if finding.verdict not in Verdict.values:
        raise DomainError("verdict_missing", _("Say whether the scan is good or bad."), field="verdict")
    note = finding.note.replace("\x00", "").strip()[:_NOTE_CHARACTERS]
    if finding.verdict == Verdict.GOOD:
        return Finding(Verdict.GOOD, note=note)
    if finding.reason not in Reason.values:
        raise DomainError("reason_missing", _("Say why the scan is bad."), field="reason")
    if finding.reason == Reason.OTHER and not note:
        raise DomainError("note_missing", _("Write what is wrong with the scan."), field="note")
    return Finding(Verdict.BAD, finding.reason, note)
