"""Which scans wait for a supervisor's review, and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Cast, Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from children.models import Measurement
from predictions.pairs import WINDOW
from scans.models import ScanSession

#: Older films are near the end of their time; who did not look by then will not.
REVIEW_DAYS = 30
#: Less sure than this to be within 1.4 cm of the truth: more likely off than not.
LOW_CONFIDENCE = 0.5
#: A scan that differs more from the board than this, cm: beyond twice the error that makes scans useful (1.4 cm).
FAR_CM = 3.0
# Two hex digits of a random id below this: 13 of 256, 5 %.
_SAMPLED_BELOW = "0d"

State = ScanSession.State


class Why(TextChoices):
    """Why a scan is looked at; the first that holds."""

    FAR_FROM_MANUAL = "far_from_manual", _("Far from the value by hand")
    UNUSABLE = "unusable", _("Not usable")
    LOW_CONFIDENCE = "low_confidence", _("Low confidence")
    SAMPLED = "sampled", _("Drawn at random (5 %)")


def sessions_to_review(clinic_ids: Collection[UUID], *, now: datetime | None = None) -> QuerySet[ScanSession]:
    """Return the scans of these clinics that wait for a review, each with `why`, the newest first."""
    since = (now or timezone.now()) - timedelta(days=REVIEW_DAYS)
    ended = ScanSession.objects.filter(
        child__clinic__in=clinic_ids,
        state__in=[State.SUCCEEDED, State.UNUSABLE],
        finished_at__gte=since,
        review__isnull=True,
    )
    why = Case(
        When(_far_from_manual(), then=Value(Why.FAR_FROM_MANUAL.value)),
        When(state=State.UNUSABLE, then=Value(Why.UNUSABLE.value)),
        When(prediction__confidence__lt=LOW_CONFIDENCE, then=Value(Why.LOW_CONFIDENCE.value)),
        When(first_digits__lt=_SAMPLED_BELOW, then=Value(Why.SAMPLED.value)),
        output_field=CharField(),
    )
    drawn = Substr(Cast("pk", CharField()), 1, len(_SAMPLED_BELOW))
    waiting = ended.annotate(first_digits=drawn).annotate(why=why).filter(why__isnull=False)
    return waiting.select_related("child__clinic", "started_by", "prediction").order_by("-finished_at", "pk")


def count_by_reason(waiting: QuerySet[ScanSession]) -> dict[str, int]:
    """Return how many scans wait for each reason."""
    return dict(waiting.order_by().values_list("why").annotate(Count("pk")))


def _far_from_manual() -> Exists:
    """Say whether a manual length or height of the same position, within a day of the film, is far from the scan's."""
    apart = ExpressionWrapper(F("length_height_cm") - OuterRef("prediction__height_cm"), output_field=FloatField())
    at = OuterRef("recorded_at")
    manual = (
        Measurement.objects.active()
        .manual()
        .filter(
            child=OuterRef("child"),
            position=OuterRef("prediction__measurement__position"),
            measured_at__gte=ExpressionWrapper(at - Value(WINDOW), output_field=DateTimeField()),
            measured_at__lte=ExpressionWrapper(at + Value(WINDOW), output_field=DateTimeField()),
        )
    )
    return Exists(manual.annotate(apart=apart).filter(Q(apart__gt=FAR_CM) | Q(apart__lt=-FAR_CM)))
