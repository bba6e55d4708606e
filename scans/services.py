"""A scan session from the first film to the queue: consent, films, submission, re-queueing.

What a worker does with a queued session is `scans.ledger`.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in
from accounts.models import User
from cgm_portal.errors import DomainError
from cgm_portal.telemetry import current_trace_parent
from children.erased_ids import child_erased
from children.models import Child, Consent
from children.services import CLOCK_TOLERANCE
from ml_models.marker_sheet import LAYOUTS
from ml_models.types import MarkerSheet, ScanType
from scans.models import ScanSession, ScanVideo
from scans.signals import session_submitted

READ_CHUNK_BYTES = 1024 * 1024


def live_scan_consent(child: Child) -> Consent | None:
    """Return the consent that allows filming `child` now, if there is one."""
    return Consent.objects.live().filter(child=child, purpose=Consent.Purpose.SCAN).first()


@transaction.atomic
def start_session(
    *, child: Child, started_by: User, facts: Mapping[str, Any], session_id: uuid.UUID | None = None
) -> ScanSession:
    """Open a scan session for `child`; films are attached next, then it is submitted.

    `facts`: the capture facts, named as the fields of ScanSession. `session_id` makes the call repeatable: the same id
    with the same facts returns the stored session, also when both arrive at once. Raises DomainError:
    `not_your_clinic`, `no_scan_consent`, `marker_size_missing`,
    `marker_size_not_of_sheet`, `date_in_future`, `date_before_birth`, `id_taken`, `consent_withdrawn_since`.
    """
    facts = dict(facts)
    if facts.get("marker_used") and not facts.get("marker_size_mm") and not facts.get("marker_sheet"):
        raise DomainError(
            "marker_size_missing",
            _("Give the size of the marker's black square in mm, or name the sheet."),
            field="marker_size_mm",
        )
    _refuse_size_of_another_marker(facts)
    if not facts.get("marker_used"):
        facts.update(marker_id=None, marker_size_mm=None, marker_sheet="")
    stored = ScanSession.objects.filter(pk=session_id).first() if session_id is not None else None
    if stored is not None:
        return _same_session_or_refuse(stored, child, facts)
    if not may_record_in(started_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not scan for this child's clinic."))
    consent = live_scan_consent(child)
    if consent is None:
        raise DomainError(
            "no_scan_consent",
            _("There is no consent for scanning this child. Ask the guardian, record the answer, then scan."),
        )
    session = ScanSession(id=session_id or uuid.uuid4(), child=child, consent=consent, started_by=started_by, **facts)
    _refuse_impossible_instant(session.recorded_at, child)
    _refuse_filmed_before_withdrawal(session.recorded_at, child)
    try:
        with transaction.atomic():
            session.save(force_insert=True)
    except IntegrityError:
        # The same request twice at once: the other one was first, and is committed by now.
        stored = ScanSession.objects.filter(pk=session.pk).first()
        if stored is None:
            raise
        return _same_session_or_refuse(stored, child, facts)
    return session


def attach_video(*, session: ScanSession, scan_type: str, upload: File, sha256: str | None = None) -> ScanVideo:
    """Store one film of a session. The upload to storage happens outside any transaction.

    `sha256`: hex digest that the sender computed; verified. The same film sent again, also after
    the submission, returns the stored one.
    Raises DomainError: `session_closed`, `no_scan_consent` (withdrawn meanwhile), `empty_file`, `too_large`,
    `hash_mismatch`, `mixed_positions`, `video_exists`.
    """
    size = upload.size
    if not size:
        raise DomainError("empty_file", _("The video is empty (0 bytes). Record it again."), field="file")
    refuse_too_large(size, field="file")
    digest = _sha256(upload)
    if sha256 and sha256.lower() != digest:
        raise DomainError(
            "hash_mismatch", _("The video arrived damaged: its SHA-256 differs. Send it again."), field="file"
        )
    existing = session.videos.filter(scan_type=scan_type).first()
    if existing is not None:
        return same_video_or_refuse(existing, digest)
    if session.state != ScanSession.State.UPLOADING:
        raise DomainError("session_closed", _("This session was submitted already. Start a new scan."))
    refuse_mixed_positions(session, scan_type)
    video = ScanVideo(session=session, scan_type=scan_type, size_bytes=size, sha256=digest)
    video.file.save(f"{scan_type}.mp4", upload, save=False)
    try:
        store_while_open(video)
    except IntegrityError:
        # Two uploads of one scan type at once: the first row stays, this copy goes.
        video.file.storage.delete(video.file.name)
        return same_video_or_refuse(session.videos.get(scan_type=scan_type), digest)
    except DomainError:
        video.file.storage.delete(video.file.name)
        raise
    return video


def submit_session(*, session: ScanSession) -> ScanSession:
    """Queue a session for processing and announce it after the commit; submitting again changes nothing.

    Raises DomainError: `no_video`, `no_scan_consent` (withdrawn meanwhile), `session_closed`.
    """
    with transaction.atomic():
        session = ScanSession.objects.select_for_update(no_key=True).get(pk=session.pk)
        if session.state in {ScanSession.State.QUEUED, ScanSession.State.PROCESSING, ScanSession.State.SUCCEEDED}:
            return session
        if session.state != ScanSession.State.UPLOADING:
            raise DomainError("session_closed", _("This session has ended. Start a new scan."))
        if not session.videos.exists():
            raise DomainError("no_video", _("There is no video in this session yet. Add one, then submit."))
        if session.consent.withdrawn_at is not None:
            raise DomainError(
                "no_scan_consent", _("The consent for scanning was withdrawn. The scan can't be processed.")
            )
        session.state = ScanSession.State.QUEUED
        session.submitted_at = timezone.now()
        session.trace_parent = current_trace_parent()
        session.save(update_fields=["state", "submitted_at", "trace_parent"])
        announce(session.pk)
    return session


@transaction.atomic
def requeue_session(*, session: ScanSession) -> ScanSession:
    """Give a failed or quarantined session a new start: attempts from zero. Used by admins.

    Raises DomainError("not_requeueable") in any other state, ("no_scan_consent") when the consent is gone,
    ("no_video") when the films are.
    """
    session = ScanSession.objects.select_for_update(no_key=True).get(pk=session.pk)
    if session.state not in {ScanSession.State.FAILED, ScanSession.State.QUARANTINED}:
        raise DomainError("not_requeueable", _("Only failed and set-aside sessions can be queued again."))
    if session.consent.withdrawn_at is not None:
        raise DomainError("no_scan_consent", _("The consent for scanning was withdrawn. The scan can't be processed."))
    if not session.videos.exists():
        raise DomainError("no_video", _("The films of this session were deleted. A retake is a new scan."))
    session.state = ScanSession.State.QUEUED
    session.attempts = 0
    session.reason = ""
    session.stage = ""
    session.finished_at = None
    session.trace_parent = current_trace_parent()
    session.save(update_fields=["state", "attempts", "reason", "stage", "finished_at", "trace_parent"])
    announce(session.pk)
    return session


@transaction.atomic
def store_while_open(video: ScanVideo) -> None:
    """Store the row of a film whose bytes have arrived.

    An upload takes minutes on a slow link: the consent may be withdrawn or the session closed meanwhile. The lock keeps
    both out until the row is there for them to see. Raises DomainError: `no_scan_consent`, `session_closed`,
    `child_erased`.
    """
    sessions = ScanSession.objects.select_for_update(no_key=True, of=("self",)).select_related("consent")
    session = sessions.filter(pk=video.session_id).first()
    if session is None:
        raise child_erased()
    if session.consent.withdrawn_at is not None:
        raise DomainError("no_scan_consent", _("The consent for scanning was withdrawn. The film was not kept."))
    if session.state != ScanSession.State.UPLOADING:
        raise DomainError("session_closed", _("This session was submitted already. Start a new scan."))
    refuse_mixed_positions(session, video.scan_type)
    video.save(force_insert=True)


def refuse_too_large(size_bytes: int, *, field: str) -> None:
    """Raise DomainError("too_large") for a film over SCAN_MAX_BYTES."""
    if size_bytes > settings.SCAN_MAX_BYTES:
        limit_mb = settings.SCAN_MAX_BYTES // 1024**2
        raise DomainError(
            "too_large",
            _("The video has %(mb).0f MB; the limit is %(limit)d MB. Record a shorter one.")
            % {"mb": size_bytes / 1024**2, "limit": limit_mb},
            field=field,
        )


def refuse_mixed_positions(session: ScanSession, scan_type: str) -> None:
    """Raise DomainError("mixed_positions") when the session has films of the other position."""
    kinds = {ScanType(kind).is_lying for kind in session.videos.values_list("scan_type", flat=True)}
    if kinds and ScanType(scan_type).is_lying not in kinds:
        raise DomainError(
            "mixed_positions",
            _("One session films the child either standing or lying. Start a new scan."),
            field="scan_type",
        )


def announce(session_id: uuid.UUID) -> None:
    """Send `session_submitted` after the running transaction commits."""
    transaction.on_commit(lambda: session_submitted.send(sender=ScanSession, session_id=session_id))


def _refuse_size_of_another_marker(facts: Mapping[str, Any]) -> None:
    """With a sheet the size is that of its own squares as printed, or is left out."""
    if not facts.get("marker_used") or not facts.get("marker_sheet") or not facts.get("marker_size_mm"):
        return
    layout = LAYOUTS[MarkerSheet(facts["marker_sheet"])]
    if not layout.can_be_printed(float(facts["marker_size_mm"])):
        raise DomainError(
            "marker_size_not_of_sheet",
            _(
                "The squares of the %(sheet)s sheet are %(mm).0f mm wide, at most a tenth more or less. Leave the size "
                "empty, or measure one square."
            )
            % {"sheet": layout.sheet.upper(), "mm": layout.marker_mm},
            field="marker_size_mm",
        )


def _same_session_or_refuse(stored: ScanSession, child: Child, facts: Mapping[str, Any]) -> ScanSession:
    if stored.child_id == child.pk and all(getattr(stored, name) == value for name, value in facts.items()):
        return stored
    raise DomainError("id_taken", _("A different session has this id already. Send a new id."), field="id")


def _refuse_impossible_instant(recorded_at: datetime, child: Child) -> None:
    if recorded_at > timezone.now() + CLOCK_TOLERANCE:
        raise DomainError(
            "date_in_future",
            _("%(instant)s is in the future.") % {"instant": f"{recorded_at:%Y-%m-%d %H:%M}"},
            field="recorded_at",
        )
    if recorded_at.date() < child.born_on:
        raise DomainError(
            "date_before_birth",
            _("%(day)s is before the birth date %(born)s.") % {"day": f"{recorded_at:%Y-%m-%d}", "born": child.born_on},
            field="recorded_at",
        )


def _refuse_filmed_before_withdrawal(recorded_at: datetime, child: Child) -> None:
    """A phone that was offline must not bring a film in under a consent that was given anew after a withdrawal."""
    ended = Consent.objects.filter(child=child, purpose=Consent.Purpose.SCAN, withdrawn_at__isnull=False)
    if ended.filter(given_at__lte=recorded_at, withdrawn_at__gte=recorded_at).exists():
        raise DomainError(
            "consent_withdrawn_since",
            _(
                "This film was taken under a consent that was withdrawn since. Delete it, and film again if the "
                "guardian agrees."
            ),
            field="recorded_at",
        )


def same_video_or_refuse(existing: ScanVideo, digest: str) -> ScanVideo:
    """Return the stored film when it is the one with the SHA-256 `digest`. Raises DomainError("video_exists")."""
    if existing.sha256 == digest:
        return existing
    raise DomainError(
        "video_exists", _("This session has a video of that kind already. A retake is a new scan."), field="scan_type"
    )


def _sha256(upload: File) -> str:
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks(READ_CHUNK_BYTES):
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
