"""The events of a screening; sent once for each measurement, when it is recorded, after its commit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.utils import timezone

from cgm_portal.telemetry import CriticalMalnutritionCase, Event, MalnutritionScreening, age_group, send_events
from children.measurement_models import GrowthAssessment, Measurement

Z_FIELDS = ("haz", "waz", "whz", "baz", "acz", "hcz")


def report_screening(measurement: Measurement, assessment: GrowthAssessment) -> None:
    """Send MalnutritionScreening, and CriticalMalnutritionCase for a child at critical risk by a measurement by hand.

    A scan alone makes no case: its value is a screening estimate. Assessing the same measurement again, by a newer
    engine or because a neighbour changed, is no new screening and does not come here.
    """
    send_events(partial(_screened, measurement, assessment))


def _screened(measurement: Measurement, assessment: GrowthAssessment) -> Iterator[Event]:
    child, clinic = measurement.child, measurement.child.clinic
    group = age_group(child.age_days_on(measurement.measured_on))
    days = max(0, (clinic.programme.day_of(timezone.now()) - measurement.measured_on).days)
    zscores = {name: getattr(assessment, name) for name in Z_FIELDS}
    yield MalnutritionScreening(
        risk_level=assessment.risk_level,
        age_group=group,
        sex=child.sex,
        country=clinic.programme.country,
        source=measurement.source,
        days_since_measured=days,
        stunting=assessment.stunting,
        wasting=assessment.wasting,
        underweight=assessment.underweight,
        acute=assessment.acute,
        **{name: None if value is None else float(value) for name, value in zscores.items()},
    )
    if assessment.risk_level == GrowthAssessment.RiskLevel.CRITICAL and not measurement.is_scan:
        yield CriticalMalnutritionCase(
            area=clinic.area,
            facility=clinic.name,
            country=clinic.programme.country,
            age_group=group,
            criteria=",".join(assessment.criteria),
            days_since_measured=days,
        )
