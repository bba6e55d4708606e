"""The standards as lines: the measurement at a given z, and whole curves for charts.

A curve keeps the standards' own breaks, at 24 months, where lying becomes standing, and at 60 months, where WHO 2007
follows WHO 2006: segments, never smoothed into one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH, FIRST_HEIGHT_DAY, months, standard_at
from children.growth.columns import SEX_CODES, UNKNOWN_CODE
from children.growth.indices import INDICES_OF, LAST_MONTHS, MM_PER_CM, UNRESTRICTED
from children.growth.lms import value_at_z
from children.growth.lookup import (
    LYING_BELOW_CM,
    age_offset,
    look_up_by_age,
    look_up_by_length,
    look_up_by_month,
    month_offset,
)
from children.growth.tables import FIRST_MONTH, HEIGHT_TABLE_CM, LAST_DAY, LENGTH_TABLE_CM, ROWS_PER_CM
from children.growth.types import Index, Position, Sex, Standard

FloatArray = npt.NDArray[np.float64]
Numbers = FloatArray | Sequence[float] | float
XUnit = Literal["days", "cm"]
YUnit = Literal["cm", "kg", "kg/m2", "mm"]

STANDARD_Z_LINES = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)

# Arm circumference and skinfolds begin at day 91. Source: WHO 2007, the tables themselves.
FIRST_ARM_DAY = 91

# Length/height and BMI use the length below 24 months and the height from then on.
BROKEN_AT_24_MONTHS = frozenset({Index.HAZ, Index.BAZ})

Y_UNITS: dict[Index, YUnit] = {
    Index.HAZ: "cm",
    Index.WAZ: "kg",
    Index.WHZ: "kg",
    Index.BAZ: "kg/m2",
    Index.HCZ: "cm",
    Index.ACZ: "mm",
    Index.TSZ: "mm",
    Index.SSZ: "mm",
}


@dataclass(frozen=True, slots=True)
class CurveSegment:
    """One unbroken piece of a chart.

    position: how children were measured for it; None where that plays no part. x: shape (n,), days or cm.
    y: shape (len(z_lines), n), one line per z, in y_unit.
    """

    standard: Standard
    index: Index
    sex: Sex
    position: Position | None
    x_unit: XUnit
    y_unit: YUnit
    x: FloatArray
    z_lines: tuple[float, ...]
    y: FloatArray


def measurement_at_z(
    index: Index,
    *,
    sex: Sex | npt.NDArray[np.int8],
    at: Numbers,
    z: Numbers,
    position: Position | None = None,
    standard: Standard = Standard.WHO2006,
) -> FloatArray:
    """Return the measurement that has the z-score `z`, the inverse of the core; NaN outside the standard.

    sex: one Sex, or codes as in `columns.py` (1 boy, 2 girl). at: age in days, 0-1826 for WHO 2006, 60-228 months for
    WHO 2007; for WHZ length or height in cm. position: for WHZ, which table; None reads the length table under 87 cm.
    sex, at and z broadcast to shape (n,). In cm, kg, kg/m2, or mm for arm and skinfolds; of the length or height that
    the age expects (see `position.py`). Beyond +-3 with WHO's straight tails, except HAZ and HCZ.
    Raises ValueError when shapes do not broadcast or the standard does not have the index.
    """
    if index not in INDICES_OF[standard]:
        raise ValueError(f"{standard} has no {index}.")
    code = np.asarray(SEX_CODES[sex] if isinstance(sex, Sex) else sex)
    codes, places, scores = (
        np.atleast_1d(part)
        for part in np.broadcast_arrays(code, np.asarray(at, dtype=np.float64), np.asarray(z, dtype=np.float64))
    )
    known = codes != UNKNOWN_CODE
    sex_row = codes.astype(np.intp) - 1
    if standard is Standard.WHO2007:
        lms = look_up_by_month(
            np.array([[month_offset(index)]]),
            np.array([[LAST_MONTHS[index]]]),
            sex_known=known,
            sex_row=sex_row,
            month=places / DAYS_PER_MONTH,
        )[:, 0]
    elif index is Index.WHZ:
        lying = places < LYING_BELOW_CM
        if position is not None:
            lying = np.full(len(places), position is Position.LENGTH)
        lms = look_up_by_length(lying=lying, usable=known, sex_row=sex_row, length=places)
    else:
        day = np.floor(places + 0.5)
        usable = known & (day >= 0) & (day <= LAST_DAY)
        lms = look_up_by_age(np.array([[age_offset(index)]]), usable=usable, sex_row=sex_row, day=day)[:, 0]
    value = value_at_z(scores, *lms, restricted=index not in UNRESTRICTED)
    return value * MM_PER_CM if index is Index.ACZ else value


def curves(
    index: Index,
    sex: Sex,
    z_lines: Sequence[float] = STANDARD_Z_LINES,
    *,
    standard: Standard = Standard.WHO2006,
) -> tuple[CurveSegment, ...]:
    """Return the lines of one chart, day by day, by 0.1 cm or, for WHO 2007, by month (in days).

    HAZ and BAZ come in two segments, lying to day 730 and standing from day 731; WHZ in two, weight-for-length
    45-110 cm (lying) and weight-for-height 65-120 cm (standing), which overlap; the others, and WHO 2007, in one.
    Empty where the standard does not have the index.
    """
    if index not in INDICES_OF[standard]:
        return ()
    if standard is Standard.WHO2007:
        x = np.arange(FIRST_MONTH, LAST_MONTHS[index] + 1.0) * DAYS_PER_MONTH
        position = None if index is Index.WAZ else Position.HEIGHT
        return (_segment(index, sex, position, x, z_lines, standard),)
    if index is Index.WHZ:
        return (
            _segment(index, sex, Position.LENGTH, _cm(*LENGTH_TABLE_CM), z_lines, standard),
            _segment(index, sex, Position.HEIGHT, _cm(*HEIGHT_TABLE_CM), z_lines, standard),
        )
    if index in BROKEN_AT_24_MONTHS:
        return (
            _segment(index, sex, Position.LENGTH, np.arange(0.0, FIRST_HEIGHT_DAY), z_lines, standard),
            _segment(index, sex, Position.HEIGHT, np.arange(FIRST_HEIGHT_DAY, LAST_DAY + 1.0), z_lines, standard),
        )
    first = FIRST_ARM_DAY if index in (Index.ACZ, Index.TSZ, Index.SSZ) else 0
    return (_segment(index, sex, None, np.arange(first, LAST_DAY + 1.0), z_lines, standard),)


def has_curve(index: Index, age_days: int) -> bool:
    """Tell whether a chart of `index` has lines at an age; weight-for-length/height wherever WHO 2006 serves."""
    standard = standard_at(age_days)
    if standard is None or index not in INDICES_OF[standard]:
        return False
    return standard is Standard.WHO2006 or months(age_days) <= LAST_MONTHS[index]


def curves_through(
    index: Index, sex: Sex, ages_days: Iterable[int], z_lines: Sequence[float] = STANDARD_Z_LINES
) -> tuple[CurveSegment, ...]:
    """Return the lines of every standard that serves one of the ages; those of WHO 2006 when none does."""
    served = {standard_at(age_days) for age_days in ages_days}
    segments = [
        part for standard in Standard if standard in served for part in curves(index, sex, z_lines, standard=standard)
    ]
    return tuple(segments) or curves(index, sex, z_lines)


def _cm(low: float, high: float) -> FloatArray:
    return np.round(np.linspace(low, high, round((high - low) * ROWS_PER_CM) + 1), 1)


def _segment(
    index: Index,
    sex: Sex,
    position: Position | None,
    x: FloatArray,
    z_lines: Sequence[float],
    standard: Standard,
) -> CurveSegment:
    lines = [measurement_at_z(index, sex=sex, at=x, z=z, position=position, standard=standard) for z in z_lines]
    return CurveSegment(
        standard=standard,
        index=index,
        sex=sex,
        position=position,
        x_unit="cm" if index is Index.WHZ else "days",
        y_unit=Y_UNITS[index],
        x=x,
        z_lines=tuple(z_lines),
        y=np.stack(lines),
    )
