"""Computes and stores the assessment of a measurement: z-scores and classes exist once, here.

The arithmetic is `children.growth`'s. Here is decided which manual weight an assessment may borrow, which earlier
visits count for weight loss, and that an old assessment is retired, never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from children.engine_input import as_float, growth_input
from children.growth import (
    Assessment,
    Flag,
    GrowthInput,
    GrowthSettings,
    Index,
    PreviousVisit,
    Source,
    assess,
    crossed_cutoffs,
    estimated_age_spread,
)
from children.growth.age import corrected_age_days
from children.measurement_models import GrowthAssessment, Measurement

EARLIER_VISITS = 60  # compared for loss and faltering: more than four weeks, even of a child weighed every day
BORROW_WINDOW = timedelta(hours=24)  # a manual weight this near may serve a scanned length; a manual value supersedes


def assess_measurement(
    measurement: Measurement, *, predicted_probabilities: Mapping[str, float] | None = None
) -> GrowthAssessment:
    """Store a new current assessment of `measurement` and retire the one before it. Runs in the caller's transaction.

    `predicted_probabilities`: what a model's weight and MUAC add to the class probabilities (0-1); on a later
    assessment of the same scan, None keeps those of the one before.
    """
    lender = _weight_to_borrow(measurement)
    data = _growth_input(measurement, lender)
    result = assess(data, _earlier_visits(measurement))
    before = measurement.assessments.filter(is_current=True).first()
    if predicted_probabilities is None:
        predicted_probabilities = before.predicted_probabilities if before else {}
    measurement.assessments.filter(is_current=True).update(is_current=False)
    return GrowthAssessment.objects.create(
        measurement=measurement,
        borrowed_weight_from=lender,
        predicted_probabilities=dict(predicted_probabilities),
        crossed_cutoffs=_crossed(data, result),
        **_assessment_fields(result),
    )


def _growth_input(measurement: Measurement, lender: Measurement | None) -> GrowthInput:
    """Return what is assessed: with the weight that a scan borrows, and the error of an estimated birth date."""
    child = measurement.child
    data = growth_input(measurement, child=child, measured_on=measurement.measured_on)
    data = replace(data, source=Source(measurement.source))  # so that a scan without its error is refused
    if lender is not None:
        data = replace(data, weight_kg=as_float(lender.weight_kg))
    if not child.birth_date_estimated:
        return data
    # As it was estimated when the child was registered.
    age = estimated_age_spread(max(0, child.age_days_on(child.registered_at.date())))
    return replace(data, spreads=replace(data.spreads, age_days=age), birth_date_estimated=True)


def _crossed(data: GrowthInput, result: Assessment) -> list[list[object]]:
    """Return the action cut-offs that the error of a scan's length crosses: those that measuring by hand can settle.

    An estimated birth date stays as uncertain as it is, whoever measures, so its error is left out here.
    """
    if data.source is not Source.SCAN:
        return []
    if data.spreads.age_days is not None:
        result = assess(replace(data, spreads=replace(data.spreads, age_days=None)))
    return [[crossed.index.value, crossed.cutoff] for crossed in crossed_cutoffs(result)]


def _weight_to_borrow(measurement: Measurement) -> Measurement | None:
    """Return the nearest manual weight of the same child within 24 hours of a scan, if there is one."""
    if not measurement.is_scan:
        return None
    near = (measurement.measured_at - BORROW_WINDOW, measurement.measured_at + BORROW_WINDOW)
    lenders = (
        Measurement.objects.active()
        .manual()
        .filter(child_id=measurement.child_id, weight_kg__isnull=False, measured_at__range=near)
    )
    return min(lenders, key=lambda lender: abs(lender.measured_at - measurement.measured_at), default=None)


def visits_compared_with(measurement: Measurement) -> QuerySet[Measurement]:
    """Return the later weights by hand whose loss and faltering the weight of `measurement` may decide, oldest first.

    The next one, and all that have no nearer weight as long ago as the comparison needs; for a fall of weight-for-age,
    no nearer one whose z-score can be used.
    """
    settings = GrowthSettings()
    in_force = GrowthAssessment.objects.filter(measurement=OuterRef("pk"), is_current=True)
    usable_waz = Exists(in_force.filter(waz__isnull=False).exclude(flags__contains=[Flag.WAZ]))
    following = (
        Measurement.objects.active()
        .manual()
        .filter(child_id=measurement.child_id, weight_kg__isnull=False, measured_on__gt=measurement.measured_on)
        .order_by("measured_on", "recorded_at")
    )
    decided = Q()
    for nearest, days in (
        (following, settings.no_gain_interval_days),
        (following.filter(usable_waz), settings.waz_fall_interval_days),
    ):
        nearest_on = nearest.values_list("measured_on", flat=True).first()
        if nearest_on is not None:
            decided |= Q(measured_on__lt=nearest_on + timedelta(days=days))
    return following.filter(decided).select_related("child") if decided else following.none()


def _earlier_visits(measurement: Measurement) -> list[PreviousVisit]:
    """Return the manual visits with a weight before the day of `measurement`, newest first; none for a scan.

    They end where there was oedema: weight lost with it is water, no sign of faltering. A weight-for-age at a corrected
    age is left out once the correction has ended: the change of age alone lowers it.
    """
    if measurement.is_scan:
        return []
    child = measurement.child
    age_days = child.age_days_on(measurement.measured_on)
    corrects_now = corrected_age_days(age_days=age_days, gestation_days=child.gestation_total_days) is not None
    earlier = (
        Measurement.objects.active()
        .manual()
        .filter(child_id=measurement.child_id, weight_kg__isnull=False, measured_on__lt=measurement.measured_on)
        .prefetch_related("assessments")
        .order_by("-measured_on", "-recorded_at")[:EARLIER_VISITS]
    )
    found: list[PreviousVisit] = []
    for visit in earlier:
        if visit.oedema:
            break
        before = visit.assessment
        usable = before is not None and Flag.WAZ not in before.flags
        if usable and before.corrected_age_days is not None and not corrects_now:
            usable = False
        found.append(
            PreviousVisit(
                age_days=child.age_days_on(visit.measured_on),
                weight_kg=float(visit.weight_kg),
                waz=as_float(before.waz) if usable else None,
            )
        )
    return found


def _assessment_fields(result: Assessment) -> dict[str, object]:
    """Return the columns of GrowthAssessment for the engine's answer."""
    zscores = {
        index.value: result.zscores[index].value if index in result.zscores else None
        for index in (Index.HAZ, Index.WAZ, Index.WHZ, Index.BAZ, Index.ACZ, Index.HCZ)
    }
    intervals = {index.value: [z.low80, z.high80] for index, z in result.zscores.items() if z.low80 is not None}
    return {
        **zscores,
        "standard": result.standard,
        "engine_version": result.engine_version,
        "age_days": result.age_days,
        "corrected_age_days": result.corrected_age_days,
        "zscore_intervals": intervals,
        "class_probabilities": {str(k): round(v, 4) for k, v in (result.class_probabilities or {}).items()},
        "flags": sorted(str(flag) for flag in result.flags),
        "missing": [str(item) for item in result.missing],
        "acute": str(result.acute or ""),
        "criteria": [str(criterion) for criterion in result.criteria],
        "stunting": str(result.stunting or ""),
        "wasting": str(result.wasting or ""),
        "underweight": str(result.underweight or ""),
        "overweight": str(result.overweight or ""),
        "thinness": str(result.thinness or ""),
        "infant_at_risk": result.infant_at_risk,
        "rows": [
            {
                "code": str(row.code),
                "risk_level": str(row.risk_level),
                "action": str(row.action),
                "follow_up_days": row.follow_up_days,
                "criteria": [str(criterion) for criterion in row.criteria],
            }
            for row in result.rows
        ],
        "risk_level": str(result.risk_level),
    }
