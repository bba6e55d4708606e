"""The ledger: who may process a session, for how long, and what becomes of it.

PostgreSQL's clock decides, never a worker's. A claim is one conditional UPDATE; the token it writes fences every later
write of that attempt, so an attempt that lost its lease can change nothing. Celery's message is only a hint.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from children.models import Consent
from children.signals import manual_measurement_needed
from ml_models.quality import ReasonCode
from scans.models import ScanSession
from scans.services import announce
from scans.session_events import report_completed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """One attempt's right to a session."""

    session_id: uuid.UUID
    token: uuid.UUID
    attempt: int


def claim_session(session_id: uuid.UUID) -> Claim | None:
    """Claim a queued session, or one whose lease ran out; None when there is nothing to claim.

    The consent is checked again here, and an attempt beyond SCAN_MAX_ATTEMPTS quarantines instead.
    """
    _quarantine(ScanSession.objects.filter(pk=session_id))
    token = uuid.uuid4()
    live_consent = Consent.objects.live().filter(purpose=Consent.Purpose.SCAN)
    claimed = (
        ScanSession.objects.filter(_claimable(), pk=session_id, consent__in=live_consent)
        .filter(attempts__lt=settings.SCAN_MAX_ATTEMPTS)
        .update(
            state=ScanSession.State.PROCESSING,
            token=token,
            lease_expires_at=_lease_end(),
            attempts=F("attempts") + 1,
            stage="",
        )
    )
    if not claimed:
        return None
    attempt = ScanSession.objects.values_list("attempts", flat=True).get(pk=session_id)
    return Claim(session_id=session_id, token=token, attempt=attempt)


def renew_lease(claim: Claim) -> bool:
    """Extend the lease of `claim`; False when another attempt or a cancellation has taken the session."""
    return bool(_owned(claim).update(lease_expires_at=_lease_end()))


def report_stage(claim: Claim, stage: ScanSession.Stage) -> bool:
    """Show where the work stands, and renew the lease; False when the session is no longer ours."""
    return bool(_owned(claim).update(stage=stage, stage_at=Now(), lease_expires_at=_lease_end()))


def finish_session(claim: Claim, *, state: ScanSession.State, reason: str = "") -> bool:
    """End the session for the attempt that owns it; False (and nothing changed) for any other.

    Call it first in the transaction that stores the result: the row it locks keeps rivals out until the commit.
    """
    finished = _owned(claim).update(
        state=state, reason=reason, stage="", token=None, lease_expires_at=None, finished_at=Now()
    )
    if finished and state != ScanSession.State.SUCCEEDED:
        _ask_for_manual_measurement(ScanSession.objects.filter(pk=claim.session_id))
    return bool(finished)


def release_session(claim: Claim) -> bool:
    """Give a session back to the queue before its time; the attempt stays counted. The sweeper announces it."""
    return bool(
        _owned(claim).update(
            state=ScanSession.State.QUEUED, token=None, lease_expires_at=None, stage="", published_at=None
        )
    )


def postpone_session(claim: Claim) -> bool:
    """Give a session back that could not be tried at all, its film being out of reach: the attempt does not count.

    The sweeper announces it after SCAN_REPUBLISH_SECONDS, for as long as the store is away.
    """
    return bool(
        _owned(claim).update(
            state=ScanSession.State.QUEUED,
            token=None,
            lease_expires_at=None,
            stage="",
            attempts=F("attempts") - 1,
            published_at=Now(),
        )
    )


@transaction.atomic
def end_without_estimate(claim: Claim, *, state: ScanSession.State, reason: ReasonCode) -> bool:
    """End a session as unusable or failed, and ask for a measurement by hand, in one transaction."""
    ended = finish_session(claim, state=state, reason=reason)
    if ended and state == ScanSession.State.UNUSABLE:
        report_completed(claim.session_id)
    return ended


def sweep_sessions() -> int:
    """Bring back what fell through: expired leases, lost messages, used-up attempts. Return how many were announced."""
    expired = ScanSession.objects.filter(state=ScanSession.State.PROCESSING, lease_expires_at__lt=Now())
    _quarantine(expired)
    expired.update(state=ScanSession.State.QUEUED, token=None, lease_expires_at=None, stage="", published_at=None)
    waited = Now() - timedelta(seconds=settings.SCAN_REPUBLISH_SECONDS)
    with transaction.atomic():
        waiting = list(
            ScanSession.objects.filter(state=ScanSession.State.QUEUED)
            .filter(Q(published_at__isnull=True, submitted_at__lt=Now()) | Q(published_at__lt=waited))
            .select_for_update(skip_locked=True)
            .order_by("submitted_at")
            .values_list("pk", flat=True)
        )
        for session_id in waiting:
            announce(session_id)
    return len(waiting)


def mark_published(session_id: uuid.UUID) -> None:
    """Note that a message for the session reached the broker, so that the sweeper waits before the next."""
    ScanSession.objects.filter(pk=session_id).update(published_at=Now())


def trace_parent_of(session_id: uuid.UUID) -> str:
    """Return the trace of the request that submitted the session; empty where nothing was traced."""
    return ScanSession.objects.filter(pk=session_id).values_list("trace_parent", flat=True).first() or ""


def _claimable() -> Q:
    return Q(state=ScanSession.State.QUEUED) | Q(state=ScanSession.State.PROCESSING, lease_expires_at__lt=Now())


def _owned(claim: Claim) -> QuerySet[ScanSession]:
    return ScanSession.objects.filter(pk=claim.session_id, token=claim.token, state=ScanSession.State.PROCESSING)


def _lease_end() -> Now:
    return Now() + timedelta(seconds=settings.SCAN_LEASE_SECONDS)


def _quarantine(sessions: QuerySet[ScanSession]) -> None:
    """Set aside those of `sessions` that nobody holds and whose attempts are used up."""
    with transaction.atomic():
        used_up = list(
            sessions.filter(_claimable(), attempts__gte=settings.SCAN_MAX_ATTEMPTS)
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)
        )
        if not used_up:
            return
        rows = ScanSession.objects.filter(pk__in=used_up)
        rows.update(
            state=ScanSession.State.QUARANTINED,
            reason=ReasonCode.WORKER_LOST,
            stage="",
            token=None,
            lease_expires_at=None,
            finished_at=Now(),
        )
        _ask_for_manual_measurement(rows)
    logger.error("scan sessions quarantined: %s", used_up)


def _ask_for_manual_measurement(sessions: QuerySet[ScanSession]) -> None:
    for session in sessions.select_related("child"):
        manual_measurement_needed.send(sender=ScanSession, child=session.child, reason=session.reason)
