"""What the pages over several apps read; each begins with what the user's clinics allow."""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Prefetch, QuerySet, Value, When
from django.shortcuts import get_object_or_404

from accounts.access import clinics_counted_for, clinics_of, clinics_under_codes_for
from accounts.models import User
from care.models import Alert, FollowUp
from care.selectors import alerts_grouped
from children.models import Child, ConfirmedQuestion, GrowthAssessment, Measurement
from predictions.models import Prediction
from scans.models import ScanSession

WORST_FIRST = Case(
    *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Alert.Severity.values)),
    output_field=IntegerField(),
)


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child of the user's clinics; 404 otherwise."""
    mine = Child.objects.visible_to(user).select_related("clinic__programme").prefetch_related("guardians")
    return get_object_or_404(mine, pk=child_id)


def visits_of(child: Child) -> list[Measurement]:
    """Return every measurement of `child`, newest first, with its current assessment and, for a scan, its model."""
    current = GrowthAssessment.objects.filter(is_current=True).select_related("borrowed_weight_from")
    confirmed = ConfirmedQuestion.objects.select_related("confirmed_by")
    return list(
        Measurement.objects.filter(child=child)
        .select_related("recorded_by", "ended_by", "prediction__model_version", "prediction__session")
        .prefetch_related(
            Prefetch("assessments", queryset=current, to_attr="current_assessments"),
            Prefetch("confirmed_questions", queryset=confirmed),
        )
        .order_by("-measured_on", "-measured_at", "-recorded_at")
    )


def due_follow_ups_of(user: User, *, today: date) -> QuerySet[FollowUp]:
    """Return the open follow-ups of the user's clinics that are due today or overdue, oldest first."""
    follow_ups = FollowUp.objects.visible_to(user).open().filter(due_on__lte=today)
    return follow_ups.select_related("child__clinic").order_by("due_on", "created_at", "id")


def children_by_worst_alert(user: User) -> list[tuple[Alert.Severity, int]]:
    """Return how many children of the user's clinics have open alerts, by the worst of each."""
    worst = Counter(row["worst"] for row in alerts_grouped(Alert.objects.visible_to(user).open()))
    return [(severity, worst[rank]) for rank, severity in enumerate(Alert.Severity) if worst[rank]]


def running_sessions_of(user: User) -> QuerySet[ScanSession]:
    """Return the scan sessions of the user's clinics that have not ended."""
    return ScanSession.objects.visible_to(user).in_progress().select_related("child__clinic")


def session_for(user: User, session_id: UUID) -> ScanSession:
    """Return a scan session of the user's clinics; 404 otherwise."""
    mine = ScanSession.objects.visible_to(user).select_related("child__clinic__programme").prefetch_related("videos")
    return get_object_or_404(mine, pk=session_id)


def prediction_of(session: ScanSession) -> Prediction | None:
    """Return what the model said of `session`, if it said anything."""
    predictions = Prediction.objects.filter(session=session).select_related("model_version", "measurement")
    return predictions.prefetch_related("measurement__assessments").first()


def works_with_children(user: User) -> bool:
    """Return True for people who have a clinic; the others see totals."""
    return clinics_of(user).exists()


def counted_by_risk_level(user: User) -> dict[str, int]:
    """Return how many counted manual measurements of the user's programmes have each risk level; no child is named."""
    rows = (
        GrowthAssessment.objects.filter(is_current=True)
        .filter(
            measurement__state=Measurement.State.ACTIVE,
            measurement__source=Measurement.Source.MANUAL,
            measurement__clinic__in=clinics_counted_for(user),
        )
        .values("risk_level")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return {row["risk_level"]: row["n"] for row in rows}


def open_alerts_under_codes(user: User) -> QuerySet[Alert]:
    """Return the unresolved alerts that a programme manager sees under the children's codes, worst first."""
    alerts = Alert.objects.open().filter(child__clinic__in=clinics_under_codes_for(user))
    return (
        alerts.select_related("child__clinic")
        .only("criterion", "severity", "state", "opened_at", "resolved_at", "child__code", "child__clinic__name")
        .order_by(WORST_FIRST, "opened_at", "id")
    )
