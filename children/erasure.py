"""What of the health record belongs to a child, and how screening estimates leave it.

`analytics.erasure` asks each app and is the only caller.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from children.erasure_rows import OfChild, Rows
from children.models import (
    Child,
    ConfirmedQuestion,
    Consent,
    ErasureRequest,
    GrowthAssessment,
    Guardian,
    Measurement,
    StatusChange,
)
from children.search_models import SearchEntry
from children.signals import measurement_recorded

OF_CHILD = (
    OfChild(Child, "id"),
    OfChild(Guardian, "child"),
    OfChild(Consent, "child"),
    OfChild(ErasureRequest, "child"),
    OfChild(StatusChange, "child"),
    OfChild(SearchEntry, "child"),
    OfChild(Measurement, "child"),
    OfChild(GrowthAssessment, "measurement__child"),
    OfChild(ConfirmedQuestion, "measurement__child"),
)


def end_scan_values(measurement_ids: Collection[UUID], *, ended_by: User) -> None:
    """Take screening estimates out of classes, alerts and counts, as if they were voided, before they are deleted.

    Runs in the caller's transaction, which holds the child's lock.
    """
    active = Measurement.objects.active().filter(pk__in=measurement_ids, source=Measurement.Source.SCAN)
    for measurement in active.select_related("child__clinic__programme"):
        measurement.state = Measurement.State.VOID
        measurement.ended_at = timezone.now()
        measurement.ended_by = ended_by
        measurement.end_reason = "The consent for scanning was withdrawn."
        measurement.superseded_by = None
        measurement.save(update_fields=["state", "ended_at", "ended_by", "end_reason", "superseded_by"])
        measurement_recorded.send(sender=Measurement, measurement=measurement)


def scan_rows(measurement_ids: Collection[UUID]) -> Rows:
    """Return those of the measurements that are screening estimates, with their assessments."""
    scans = Measurement.objects.filter(pk__in=measurement_ids, source=Measurement.Source.SCAN)
    assessments = GrowthAssessment.objects.filter(measurement__in=scans)
    return {
        Measurement: list(scans.values_list("pk", flat=True)),
        GrowthAssessment: list(assessments.values_list("pk", flat=True)),
    }


def scan_ids(estimates: Rows) -> list[UUID]:
    """Return the ids of the measurements in what `scan_rows` gave."""
    return estimates[Measurement]
