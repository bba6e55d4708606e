"""What was recorded of a child, as the growth engine takes it: floats, ages in days, errors as spreads."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from children.growth import NO_SPREADS, GrowthInput, InputSpreads, NormalSpread, Position, Sex, Source
from children.measurement_models import Measurement
from children.models import Child

if TYPE_CHECKING:
    from children.services import MeasuredValues


def growth_input(values: MeasuredValues | Measurement, *, child: Child, measured_on: date) -> GrowthInput:
    """Return the values of one visit, stored or not; a length with a standard deviation is a scan's.

    The age counts as known: its error matters to z-scores, not to what is accepted (`assessments.py`).
    """
    sd = values.length_height_sd_cm
    return GrowthInput(
        sex=Sex(child.sex),
        age_days=child.age_days_on(measured_on),
        gestation_days=child.gestation_total_days,
        weight_kg=as_float(values.weight_kg),
        length_height_cm=as_float(values.length_height_cm),
        position=Position(values.position) if values.position else None,
        muac_mm=as_float(values.muac_mm),
        head_circumference_cm=as_float(values.head_circumference_cm),
        oedema=values.oedema,
        spreads=NO_SPREADS if sd is None else InputSpreads(length_height_cm=NormalSpread(float(sd))),
        source=Source.MANUAL if sd is None else Source.SCAN,
    )


def as_float(value: object) -> float | None:
    """Return a stored number as a float, None where it was not taken."""
    return None if value is None else float(value)  # type: ignore[arg-type]
