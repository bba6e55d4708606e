"""Figures of the queue and of the day's sessions, for whoever watches the portal: no child's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from scans.models import ScanSession

WINDOW = timedelta(hours=24)
_State = ScanSession.State


@dataclass(frozen=True)
class QueueFigures:
    """How the ledger stands now; seconds and counts. None where there is nothing to tell of.

    `oldest_queued_seconds`: since the submission. `oldest_lease_seconds`: since the lease that was renewed longest ago
    was renewed; beyond SCAN_LEASE_SECONDS its worker is gone and nobody has swept. `ended`, `succeeded`, `failed`: of
    the sessions that were started in the last 24 hours; failed ones include those set aside.
    """

    queued: int
    processing: int
    quarantined: int
    oldest_queued_seconds: float | None
    oldest_lease_seconds: float | None
    ended: int
    succeeded: int
    failed: int

    @property
    def usable_share(self) -> float | None:
        """The yield: sessions with a usable estimate among those that ended, 0-1."""
        return self.succeeded / self.ended if self.ended else None

    @property
    def failed_share(self) -> float | None:
        """Sessions that failed among those that ended, 0-1."""
        return self.failed / self.ended if self.ended else None


def queue_figures() -> QueueFigures:
    """Return the figures; two queries, whatever the number of sessions."""
    waiting, held = Q(state=_State.QUEUED), Q(state=_State.PROCESSING)
    now = ScanSession.objects.filter(state__in=[_State.QUEUED, _State.PROCESSING, _State.QUARANTINED]).aggregate(
        queued=Count("pk", filter=waiting),
        processing=Count("pk", filter=held),
        quarantined=Count("pk", filter=Q(state=_State.QUARANTINED)),
        waited=Now() - Min("submitted_at", filter=waiting),
        lease_overdue=Now() - Min("lease_expires_at", filter=held),
    )
    failures = [_State.FAILED, _State.QUARANTINED]
    day = ScanSession.objects.filter(started_at__gte=Now() - WINDOW, finished_at__isnull=False).aggregate(
        ended=Count("pk"),
        succeeded=Count("pk", filter=Q(state=_State.SUCCEEDED)),
        failed=Count("pk", filter=Q(state__in=failures)),
    )
    overdue = _seconds(now["lease_overdue"])
    return QueueFigures(
        queued=now["queued"],
        processing=now["processing"],
        quarantined=now["quarantined"],
        oldest_queued_seconds=_seconds(now["waited"]),
        oldest_lease_seconds=None if overdue is None else max(0.0, settings.SCAN_LEASE_SECONDS + overdue),
        **day,
    )


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()
