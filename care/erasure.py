"""What of care belongs to a child, and what alerts and follow-ups keep when screening estimates are erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from care.models import (
    Alert,
    Delivery,
    FollowUp,
    Referral,
    ReminderAgreement,
    Tracing,
    TracingAttempt,
    TreatmentEpisode,
)
from children.erasure_rows import OfChild, Rows, delete_rows, history_of
from children.models import GrowthAssessment, Measurement

Evidence = Alert.evidence.through

OF_CHILD = (
    OfChild(Delivery, "child"),
    OfChild(Alert, "child"),
    OfChild(Evidence, "alert__child"),
    OfChild(FollowUp, "child"),
    OfChild(Referral, "child"),
    OfChild(ReminderAgreement, "child"),
    OfChild(Tracing, "child"),
    OfChild(TracingAttempt, "tracing__child"),
    OfChild(TreatmentEpisode, "child"),
)


def let_go_of_scans(measurement_ids: Collection[UUID]) -> Counter[str]:
    """Take these screening estimates out of alerts and follow-ups; return how many rows were deleted, by table.

    They were ended before, so alerts that rested on them alone are resolved. Such an alert stays as what was done for
    the child, under the manual weight that the estimate had borrowed; without one it goes. Follow-ups that an estimate
    asked for carry its probability and go, and notices of what goes.
    """
    orphans: list[UUID] = []
    for alert in Alert.objects.filter(raised_by__in=measurement_ids):
        witness = _manual_witness(alert, measurement_ids)
        if witness is None:
            orphans.append(alert.pk)
        else:
            alert.raised_by = witness
            alert.save(update_fields=["raised_by"])
    FollowUp.objects.filter(completed_with__in=measurement_ids).update(completed_with=None)
    asked = FollowUp.objects.filter(measurement__in=measurement_ids)
    told = Delivery.objects.filter(Q(alert__in=orphans) | Q(follow_up__in=asked))
    fed = Evidence.objects.filter(measurement__in=measurement_ids) | Evidence.objects.filter(alert__in=orphans)
    rows: Rows = {
        Delivery: list(told.values_list("pk", flat=True)),
        Evidence: list(fed.values_list("pk", flat=True)),
        FollowUp: list(asked.values_list("pk", flat=True)),
        Alert: orphans,
    }
    history = history_of(rows)
    return delete_rows(rows) + delete_rows(history)


def _manual_witness(alert: Alert, measurement_ids: Collection[UUID]) -> Measurement | None:
    """Return another measurement that fed the alert, else the one that lent its weight to the estimate."""
    other = alert.evidence.exclude(pk__in=measurement_ids).order_by("measured_at").first()
    if other is not None:
        return other
    raised = GrowthAssessment.objects.filter(measurement=alert.raised_by_id, borrowed_weight_from__isnull=False)
    lender = raised.order_by("-computed_at").select_related("borrowed_weight_from").first()
    return None if lender is None else lender.borrowed_weight_from
