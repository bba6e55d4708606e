"""What a growth record refuses: values that no child aged 0-19 years can have.

The limits are wide, so that a real child is never refused; an implausible but possible value is stored and flagged.
They are judgements of this project with a margin around known extremes, not WHO's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from children.growth.errors import MeasurementError
from children.growth.types import GrowthInput, Source
from children.growth.uncertainty.spread import NO_SPREADS, SPREAD_FIELDS


@dataclass(frozen=True, slots=True)
class HardLimits:
    """Lowest and highest value that a record accepts, both included."""

    name: str
    low: float
    high: float
    unit: str


# The smallest newborns who lived weighed about 0.25-0.3 kg and measured 22-27 cm; the heaviest adolescents known in
# clinics weigh about 200 kg; the tallest are below 220 cm. Hydrocephalus reaches 70 cm and more.
HARD_LIMITS: dict[str, HardLimits] = {
    "weight_kg": HardLimits("weight", 0.3, 200.0, "kg"),
    "length_height_cm": HardLimits("length or height", 20.0, 220.0, "cm"),
    "muac_mm": HardLimits("arm circumference", 40.0, 600.0, "mm"),
    "head_circumference_cm": HardLimits("head circumference", 15.0, 80.0, "cm"),
}

# A wider error says nothing; standard deviations. Of an age: five years.
WIDEST_SD: dict[str, HardLimits] = {
    "length_height_cm": HardLimits("error of the length or height", 0.0, 30.0, "cm"),
    "weight_kg": HardLimits("error of the weight", 0.0, 50.0, "kg"),
    "muac_mm": HardLimits("error of the arm circumference", 0.0, 100.0, "mm"),
    "head_circumference_cm": HardLimits("error of the head circumference", 0.0, 20.0, "cm"),
    "age_days": HardLimits("error of the age", 0.0, 1826.25, "days"),
}

# Twenty years, days.
AGE_LIMIT_DAYS = 7305
# 22 weeks, the usual limit of viability, to 45 weeks, days.
GESTATION_LIMITS_DAYS = (154, 315)


def validate_input(data: GrowthInput) -> None:
    """Raise the first MeasurementError of `input_errors`, if any."""
    errors = input_errors(data)
    if errors:
        raise errors[0]


def input_errors(data: GrowthInput) -> tuple[MeasurementError, ...]:
    """Return everything for which a record refuses `data`; empty when it is accepted.

    Codes: not_finite, not_positive, out_of_limits, negative_age, age_out_of_limits, gestation_out_of_limits,
    sd_missing (a scan without its error).
    """
    errors: list[MeasurementError] = []
    for field, limits in HARD_LIMITS.items():
        value: float | None = getattr(data, field)
        if value is not None and not limits.low <= value <= limits.high:  # NaN fails, too
            errors.append(_value_error(field, value, limits))
    if data.age_days is not None and data.age_days < 0:
        errors.append(
            MeasurementError(
                "negative_age",
                "The measurement is dated before the birth. Check both dates.",
                field="age_days",
            )
        )
    elif data.age_days is not None and data.age_days > AGE_LIMIT_DAYS:
        errors.append(
            MeasurementError(
                "age_out_of_limits",
                f"The age is {data.age_days} days; the limit is {AGE_LIMIT_DAYS} (20 years). Check the date of birth.",
                field="age_days",
            )
        )
    low, high = GESTATION_LIMITS_DAYS
    if data.gestation_days is not None and not low <= data.gestation_days <= high:
        errors.append(
            MeasurementError(
                "gestation_out_of_limits",
                f"The pregnancy lasted {data.gestation_days} days; accepted are {low}-{high} (22-45 weeks). Check it.",
                field="gestation_days",
            )
        )
    if data.source is Source.SCAN and data.length_height_cm is not None and data.spreads.length_height_cm is None:
        errors.append(
            MeasurementError(
                "sd_missing",
                "A length or height from a scan came without its error. Give its standard deviation in cm.",
                field="spreads",
            )
        )
    for name in SPREAD_FIELDS if data.spreads is not NO_SPREADS else ():
        spread, limits = getattr(data.spreads, name), WIDEST_SD[name]
        if spread is not None and not spread.sd <= limits.high:
            errors.append(_value_error("spreads", spread.sd, limits))
    return tuple(errors)


def _value_error(field: str, value: float, limits: HardLimits) -> MeasurementError:
    """Say what is wrong with one value that lies outside its limits."""
    if not math.isfinite(value):
        return MeasurementError("not_finite", f"The {limits.name} is not a number. Enter it again.", field=field)
    if value <= 0:
        return MeasurementError(
            "not_positive",
            f"The {limits.name} is {value:g} {limits.unit}; it must be above 0. Leave it empty if not measured.",
            field=field,
        )
    return MeasurementError(
        "out_of_limits",
        f"The {limits.name} is {value:g} {limits.unit}; accepted are {limits.low:g}-{limits.high:g} {limits.unit}. "
        "Check the unit and measure again.",
        field=field,
    )
