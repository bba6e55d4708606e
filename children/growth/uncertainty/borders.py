"""The measurements at the borders of classes, by day of age and by 0.1 cm, worked out once per process.

The inverse of the core costs powers; the borders are always the same few z, so one visit only looks them up.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH, REFERENCE_LAST_MONTHS, STANDARD_ENDS_MONTHS
from children.growth.curves import measurement_at_z
from children.growth.indices import INDICES_OF
from children.growth.lookup import LYING_BELOW_CM
from children.growth.plausibility import FLAG_LIMITS
from children.growth.tables import HEIGHT_TABLE_CM, LENGTH_TABLE_CM, ROWS_PER_CM
from children.growth.types import Index, Position, Sex, Standard

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

# Classes act on z rounded to 2 decimals: below -2 means a raw z below -2.005, above 2 one above 2.005.
HALF_STEP = 0.005

# Where a standard has no measurement at a z: below every truth, so that no share of it lies between two borders.
OUTSIDE = -1e6

# 8 tables serve the two sexes; more are needed only by programmes whose infant cut-offs differ.
KEPT_TABLES = 64

_FIRST_DAY_OF_2007 = int(STANDARD_ENDS_MONTHS * DAYS_PER_MONTH) + 1
_LAST_DAY = int(REFERENCE_LAST_MONTHS * DAYS_PER_MONTH)


@cache
def class_borders(index: Index, *, below: tuple[float, ...], above: tuple[float, ...] = ()) -> tuple[float, ...]:
    """Return the raw z at the borders of classes of rounded z, between the two that bound what is plausible."""
    lowest, highest = FLAG_LIMITS[index]
    return (*(z - HALF_STEP for z in (lowest, *below)), *(z + HALF_STEP for z in (*above, highest)))


def measurement_by_day(index: Index, *, sex: Sex, z: tuple[float, ...], day: FloatArray) -> FloatArray:
    """Return the measurements that have each z at each whole day of age, shape (len(z), n).

    WHO 2006 below 60 months, WHO 2007 from there on; outside them OUTSIDE. In the unit of `measurement_at_z`.
    """
    known = (day >= 0.0) & (day <= _LAST_DAY)
    column = np.where(known, day, _LAST_DAY + 1).astype(np.intp)
    return _by_day(index, sex, z).take(column, axis=1)


def weight_by_length(*, sex: Sex, position: Position | None, z: tuple[float, ...], length_cm: FloatArray) -> FloatArray:
    """Return the weights, kg, that have each WHZ at each length or height, shape (len(z), n).

    position: the table; None reads that of length under 87 cm. Straight between rows of 0.1 cm: within 1e-5 kg.
    Beyond the table that of its end: no answer, but no gap either for a cell of lengths that ends there.
    """
    if position is None:
        lying = weight_by_length(sex=sex, position=Position.LENGTH, z=z, length_cm=length_cm)
        standing = weight_by_length(sex=sex, position=Position.HEIGHT, z=z, length_cm=length_cm)
        return np.where(length_cm < LYING_BELOW_CM, lying, standing)
    weights = _by_length(sex, position, z)
    first_cm = (LENGTH_TABLE_CM if position is Position.LENGTH else HEIGHT_TABLE_CM)[0]
    place = np.clip((length_cm - first_cm) * ROWS_PER_CM, 0.0, weights.shape[1] - 1.0)
    row = np.minimum(place.astype(np.intp), weights.shape[1] - 2)
    below = weights.take(row, axis=1)
    mixed: FloatArray = below + (place - row) * (weights.take(row + 1, axis=1) - below)
    return mixed


@lru_cache(maxsize=KEPT_TABLES)
def _by_day(index: Index, sex: Sex, z: tuple[float, ...]) -> FloatArray:
    """Return shape (len(z), days + 1); the last column has no standard."""
    table = np.full((len(z), _LAST_DAY + 2), OUTSIDE)
    for standard, first, last in (
        (Standard.WHO2006, 0, _FIRST_DAY_OF_2007 - 1),
        (Standard.WHO2007, _FIRST_DAY_OF_2007, _LAST_DAY),
    ):
        if index in INDICES_OF[standard]:
            days = np.arange(first, last + 1.0)
            for row, score in enumerate(z):
                found = measurement_at_z(index, sex=sex, at=days, z=score, standard=standard)
                table[row, first : last + 1] = np.where(np.isnan(found), OUTSIDE, found)
    return table


@lru_cache(maxsize=KEPT_TABLES)
def _by_length(sex: Sex, position: Position, z: tuple[float, ...]) -> FloatArray:
    """Return shape (len(z), rows of 0.1 cm)."""
    first, last = LENGTH_TABLE_CM if position is Position.LENGTH else HEIGHT_TABLE_CM
    lengths = np.round(np.linspace(first, last, round((last - first) * ROWS_PER_CM) + 1), 1)
    rows = [measurement_at_z(Index.WHZ, sex=sex, at=lengths, z=score, position=position) for score in z]
    return np.stack(rows)
