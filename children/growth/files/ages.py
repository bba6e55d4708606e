"""The age in a file: in days or months, by the name of its column, by a unit beside it, or as an option says."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH
from children.growth.files.cells import Reading, is_missing, read_codes

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class AgeUnit(StrEnum):
    """What an age counts; a month has 30.4375 days."""

    DAYS = "days"
    MONTHS = "months"


_UNITS = {
    "days": AgeUnit.DAYS,
    "day": AgeUnit.DAYS,
    "d": AgeUnit.DAYS,
    "months": AgeUnit.MONTHS,
    "month": AgeUnit.MONTHS,
    "m": AgeUnit.MONTHS,
}
_NO_UNIT, _DAYS, _MONTHS = 0, 1, 2
_CODES = {AgeUnit.DAYS: _DAYS, AgeUnit.MONTHS: _MONTHS}


def ages_in_days(ages: FloatArray, unit: AgeUnit, reading: Reading) -> FloatArray:
    """Return ages in days, NaN for negative ones, which are errors."""
    days = ages * DAYS_PER_MONTH if unit is AgeUnit.MONTHS else ages
    return _without_negative(days, reading)


def ages_by_unit_in_days(ages: FloatArray, units: Sequence[str], unit_reading: Reading, reading: Reading) -> FloatArray:
    """Return ages in days, each in the unit that stands beside it; NaN where that is missing or unknown."""
    codes = read_codes(
        units,
        unit_reading,
        codes_of=_unit_codes,
        accepted=_UNITS,
        code="unknown_age_unit",
        advice="Known are days and months. The age is taken as missing.",
    )
    for row in np.flatnonzero((codes == _NO_UNIT) & ~np.isnan(ages)).tolist():
        if is_missing(units[row]):
            unit_reading.report(row, "age_unit_missing", "The age has no unit. It is taken as missing.")
    days = np.where(codes == _MONTHS, ages * DAYS_PER_MONTH, ages)
    days[codes == _NO_UNIT] = np.nan
    return _without_negative(days, reading)


def _unit_codes(words: Sequence[str]) -> npt.NDArray[np.int8]:
    units = [_UNITS.get(word.strip().lower()) for word in words]
    return np.array([_NO_UNIT if unit is None else _CODES[unit] for unit in units], dtype=np.int8)


def _without_negative(days: FloatArray, reading: Reading) -> FloatArray:
    negative = days < 0.0
    for row in np.flatnonzero(negative).tolist():
        reading.report(
            row, "negative_age", "The age is negative: check the dates of birth and visit. It is taken as missing."
        )
    return np.where(negative, np.nan, days)
