"""Lying or standing: WHO's conversion between length and height, and the position that cannot be true.

Source: WHO Anthro; a child is 0.7 cm longer lying than standing (WHO 2006, Methods and development, ch. 3).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH, FIRST_HEIGHT_DAY, standard_at
from children.growth.columns import HEIGHT_CODE, POSITION_CODES
from children.growth.types import Position, Standard

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LENGTH_MINUS_HEIGHT_CM = 0.7

# No child is taken to stand for a measurement before 9 months. Source: WHO Anthro 3.2.2 / R package anthro 1.1.
STANDING_IMPLAUSIBLE_BELOW_MONTHS = 9.0

# Stages of a rounded day: lying, standing, and NaN, which sorts last. What is added, by position (none, lying,
# standing) and stage.
_STAGES = 3
_STAGE_ENDS = np.array([FIRST_HEIGHT_DAY, np.inf])
_SHIFT_CM = np.array(
    [
        *(0.0, 0.0, 0.0),
        *(0.0, -LENGTH_MINUS_HEIGHT_CM, 0.0),
        *(LENGTH_MINUS_HEIGHT_CM, 0.0, 0.0),
    ]
)


def implausible_position(*, age_days: FloatArray, position: npt.NDArray[np.int8]) -> BoolArray:
    """Tell who was measured standing before 9 months (unrounded); False where age or position is missing."""
    young = age_days < STANDING_IMPLAUSIBLE_BELOW_MONTHS * DAYS_PER_MONTH
    implausible: BoolArray = young & (position == HEIGHT_CODE)
    return implausible


def convert_length_height(
    *, length_height_cm: FloatArray, day: FloatArray, position: npt.NDArray[np.int8], implausible: BoolArray
) -> FloatArray:
    """Return length below day 731 and height from day 731 on, in cm.

    `day` is the rounded age, NaN if missing. A value whose age or position is missing, or whose position is
    implausible, is returned as it is.
    """
    stage = np.searchsorted(_STAGE_ENDS, day, side="right")
    shift = _SHIFT_CM.take(position * _STAGES + stage)
    if implausible.any():
        shift[implausible] = 0.0
    converted: FloatArray = length_height_cm + shift
    return converted


def length_for_age_cm(length_height_cm: float, *, age_days: int, position: Position | None) -> float:
    """Return what a length or height is compared as at an age: lying below 24 months, standing to 60, then as it is."""
    if standard_at(age_days) is not Standard.WHO2006:
        return length_height_cm
    age = np.array([float(age_days)])
    codes = np.array([POSITION_CODES[position]], dtype=np.int8)
    converted = convert_length_height(
        length_height_cm=np.array([length_height_cm]),
        day=age,
        position=codes,
        implausible=implausible_position(age_days=age, position=codes),
    )
    return float(converted[0])
