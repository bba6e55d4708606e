"""Key figures of scans: how long a video takes, and whether a scan calls the children whom a tape then confirms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from accounts.models import Clinic
from care.rules import scan_needs_hand
from children.growth.survey import Share, share_of
from children.models import GrowthAssessment, Measurement

#: A child counts as found early when a measurement by hand within this after the scan confirms the condition.
CONFIRMED_WITHIN_DAYS = 14
PROCESSING_LIMIT_S = 30.0

# The stages' seconds are of a whole session; it has as many films as its quality has entries.
_PROCESSING: Final = """
WITH session AS (
    SELECT (SELECT sum(value::float) FROM jsonb_each_text(p.stage_seconds))
        / greatest(1, (SELECT count(*) FROM jsonb_object_keys(p.quality))) AS seconds
    FROM predictions_prediction p
    JOIN scans_scansession s ON s.id = p.session_id
    JOIN children_child c ON c.id = s.child_id
    WHERE p.created_at >= %(since)s AND c.clinic_id = ANY (%(clinics)s) AND p.stage_seconds <> '{}'
)
SELECT count(*), count(*) FILTER (WHERE seconds <= %(limit)s),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds)
FROM session
"""


@dataclass(frozen=True)
class ProcessingTimes:
    """Seconds per video of sessions with an answer; `within`: sessions within PROCESSING_LIMIT_S per video."""

    sessions: int
    within: int
    p50_s: float | None
    p95_s: float | None


def processing_times(clinics: QuerySet[Clinic], *, since: datetime) -> ProcessingTimes:
    """Return how long videos of the clinics' children took to be processed, waiting left out; one query."""
    values = {"since": since, "clinics": list(clinics.values_list("pk", flat=True)), "limit": PROCESSING_LIMIT_S}
    with connection.cursor() as cursor:
        cursor.execute(_PROCESSING, values)
        sessions, within, p50_s, p95_s = cursor.fetchone()
    return ProcessingTimes(sessions=sessions, within=within, p50_s=p50_s, p95_s=p95_s)


def early_detection(clinics: QuerySet[Clinic], *, since: datetime) -> Share:
    """Return how many of the children whom a measurement by hand confirmed had been called by their scan before.

    Denominator: children of the clinics with a scan from `since` on, in force, and with SAM, MAM or severe stunting
    by a measurement by hand in the CONFIRMED_WITHIN_DAYS after it. Numerator: those whose first such scan had asked
    for a measurement by hand (`care.rules.scan_needs_hand`). Each child counts once.
    """
    confirming = GrowthAssessment.objects.filter(
        is_current=True,
        measurement__child=OuterRef("child"),
        measurement__source=Measurement.Source.MANUAL,
        measurement__state=Measurement.State.ACTIVE,
        measurement__measured_at__gte=OuterRef("measured_at"),
        measurement__measured_at__lte=OuterRef("measured_at") + timedelta(days=CONFIRMED_WITHIN_DAYS),
    )
    acute, stunted = confirming.filter(acute__in=("sam", "mam")), confirming.filter(stunting="severe")
    current = Prefetch("assessments", queryset=GrowthAssessment.objects.filter(is_current=True))
    scans = (
        Measurement.objects.active()
        .filter(source=Measurement.Source.SCAN, clinic__in=clinics, measured_at__gte=since)
        .filter(Exists(acute) | Exists(stunted))
        .order_by("measured_at", "recorded_at", "pk")
        .prefetch_related(current)
    )
    called: dict[object, bool] = {}
    for scan in scans:
        assessment = scan.assessment
        called.setdefault(scan.child_id, assessment is not None and scan_needs_hand(assessment))
    return share_of(sum(called.values()), len(called))
