"""API of growth charts: the standard's lines and a child's measurements, as numbers.

The points stand where the engine put them: length and height converted to the position that the age expects, ages
corrected for gestation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from rest_framework import serializers

from children.growth import Index, Position, Sex, Standard, curves_through, has_curve
from children.growth.age import FIRST_HEIGHT_DAY
from children.growth.curves import Y_UNITS, CurveSegment
from children.growth.position import length_for_age_cm
from children.growth.uncertainty.spread import INTERVAL80_SD
from children.models import Child, Measurement

CHART_INDICES = (Index.HAZ, Index.WAZ, Index.WHZ, Index.BAZ, Index.ACZ, Index.HCZ)
EVERY_DAYS = 7  # a line has 1827 days; one point a week draws the same line and fits a slow link
EVERY_TABLE_ROWS = 5  # of 0.1 cm


@dataclass(frozen=True)
class GrowthPoint:
    """One measurement on a chart; x in days or cm, y in the unit of the index."""

    measurement: UUID
    measured_on: date
    source: str
    position: str
    age_days: int
    x: float
    y: float
    y_low80: float | None
    y_high80: float | None
    z: float | None
    z_low80: float | None
    z_high80: float | None
    flagged: bool
    superseded: bool


class GrowthLineSerializer(serializers.Serializer):
    """One line of the standard."""

    z = serializers.FloatField()
    y = serializers.ListField(child=serializers.FloatField())


class GrowthSegmentSerializer(serializers.Serializer):
    """An unbroken piece of the chart: `y` of each line stands at `x`. Never join two pieces."""

    standard = serializers.CharField(help_text="WHO2006 below 60 months, WHO2007 from there on.")
    position = serializers.CharField(allow_null=True, help_text="length (lying), height (standing), or null.")
    x = serializers.ListField(child=serializers.FloatField())
    lines = GrowthLineSerializer(many=True)


class GrowthPointSerializer(serializers.Serializer):
    """One measurement on the chart."""

    measurement = serializers.UUIDField()
    measured_on = serializers.DateField()
    source = serializers.CharField(help_text="manual: draw a triangle; scan: a circle with its interval.")
    position = serializers.CharField(help_text="The segment that it belongs to: length (lying) or height (standing).")
    age_days = serializers.IntegerField(help_text="Corrected for gestation where that applies.")
    x = serializers.FloatField()
    y = serializers.FloatField()
    y_low80 = serializers.FloatField(allow_null=True, help_text="80 % interval of a scan.")
    y_high80 = serializers.FloatField(allow_null=True)
    z = serializers.FloatField(allow_null=True)
    z_low80 = serializers.FloatField(allow_null=True)
    z_high80 = serializers.FloatField(allow_null=True)
    flagged = serializers.BooleanField(help_text="Implausible by WHO's limits: measure again.")
    superseded = serializers.BooleanField(help_text="A scan in whose place a manual value counts.")


class GrowthChartSerializer(serializers.Serializer):
    """A growth chart as numbers."""

    child = serializers.UUIDField()
    index = serializers.CharField()
    x_unit = serializers.CharField()
    y_unit = serializers.CharField()
    segments = GrowthSegmentSerializer(many=True)
    points = GrowthPointSerializer(many=True)


class GrowthChartQuerySerializer(serializers.Serializer):
    """Which chart."""

    index = serializers.ChoiceField(choices=[index.value for index in CHART_INDICES], default=Index.WHZ.value)


def growth_chart(child: Child, measurements: Sequence[Measurement], index: Index) -> dict[str, object]:
    """Return the chart of one index; `measurements` come with their assessments, and those with what they borrowed."""
    ages = [child.age_days_on(measurement.measured_on) for measurement in measurements]
    segments = curves_through(index, Sex(child.sex), ages)
    points = (_point(measurement, index) for measurement in measurements)
    return {
        "child": child.pk,
        "index": index.value,
        "x_unit": "cm" if index is Index.WHZ else "days",
        "y_unit": Y_UNITS[index],
        "segments": [_thinned(segment) for segment in segments],
        "points": [point for point in points if point is not None],
    }


def _thinned(segment: CurveSegment) -> dict[str, object]:
    step = EVERY_TABLE_ROWS if segment.x_unit == "cm" else EVERY_DAYS if segment.standard is Standard.WHO2006 else 1
    kept = np.unique(np.append(np.arange(0, len(segment.x), step), len(segment.x) - 1))
    return {
        "standard": segment.standard.value,
        "position": segment.position and segment.position.value,
        "x": segment.x[kept].round(1).tolist(),
        "lines": [{"z": z, "y": y[kept].round(3).tolist()} for z, y in zip(segment.z_lines, segment.y, strict=True)],
    }


def _point(measurement: Measurement, index: Index) -> GrowthPoint | None:
    """Return the point of one measurement, None when it holds nothing that this chart shows."""
    assessment = measurement.assessment
    if assessment is None or not has_curve(index, assessment.age_days):
        return None
    age_days = assessment.age_days if assessment.corrected_age_days is None else assessment.corrected_age_days
    length_cm = _expected_length_cm(measurement, age_days)
    lender = assessment.borrowed_weight_from or measurement
    weight_kg = None if lender.weight_kg is None else float(lender.weight_kg)
    x, y = _place(index, age_days, length_cm, weight_kg, measurement)
    if x is None or y is None:
        return None
    low, high = assessment.zscore_intervals.get(index.value, [None, None])
    z = getattr(assessment, index.value)
    spread = None
    if index is Index.HAZ and measurement.length_height_sd_cm is not None:
        spread = INTERVAL80_SD * float(measurement.length_height_sd_cm)
    return GrowthPoint(
        measurement=measurement.pk,
        measured_on=measurement.measured_on,
        source=measurement.source,
        position=(Position.LENGTH if age_days < FIRST_HEIGHT_DAY else Position.HEIGHT).value,
        age_days=age_days,
        x=x,
        y=round(y, 3),
        y_low80=None if spread is None else round(y - spread, 2),
        y_high80=None if spread is None else round(y + spread, 2),
        z=None if z is None else float(z),
        z_low80=low,
        z_high80=high,
        flagged=index.value in assessment.flags,
        superseded=measurement.superseded_by_id is not None,
    )


def _place(
    index: Index, age_days: int, length_cm: float | None, weight_kg: float | None, measurement: Measurement
) -> tuple[float | None, float | None]:
    if index is Index.WHZ:
        return length_cm, weight_kg
    values = {
        Index.HAZ: length_cm,
        Index.WAZ: weight_kg,
        Index.BAZ: weight_kg / (length_cm / 100) ** 2 if weight_kg and length_cm else None,
        Index.ACZ: measurement.muac_mm,
        Index.HCZ: measurement.head_circumference_cm,
    }
    value = values[index]
    return float(age_days), None if value is None else float(value)


def _expected_length_cm(measurement: Measurement, age_days: int) -> float | None:
    """Return the length or height as the standard wants it."""
    if measurement.length_height_cm is None:
        return None
    position = Position(measurement.position)
    length = length_for_age_cm(float(measurement.length_height_cm), age_days=age_days, position=position)
    return round(length, 2)
