"""The yardstick of `benchmarks.growth`: WHO 2006 read from the manual, index by index, on whole NumPy columns.

Straightforward on purpose: nothing shared between indices, nothing cut into pieces. Same z-scores as the engine.
"""

from __future__ import annotations

import numpy as np

from children.growth import Columns, Index
from children.growth.tables import age_lms, weight_lms


def plain_zscores(columns: Columns) -> dict[Index, np.ndarray]:
    """Return the rounded z of each of the eight indices; every row has sex and age and an age within the standard."""
    day = np.floor(columns.age_days + 0.5).astype(int)
    standing, lying = columns.position == 2, columns.position == 1
    too_young_to_stand = standing & (columns.age_days < 9 * 30.4375)
    length = np.where(
        standing & (day < 731) & ~too_young_to_stand, columns.length_height_cm + 0.7, columns.length_height_cm
    )
    length = np.where(lying & (day >= 731), length - 0.7, length)
    bmi = columns.weight_kg / (length / 100) ** 2
    z = {
        Index.HAZ: _by_age(Index.HAZ, columns, day, length, tails=False),
        Index.WAZ: _by_age(Index.WAZ, columns, day, columns.weight_kg),
        Index.BAZ: _by_age(Index.BAZ, columns, day, bmi),
        Index.HCZ: _by_age(Index.HCZ, columns, day, columns.head_circumference_cm, tails=False),
        Index.ACZ: _by_age(Index.ACZ, columns, day, columns.muac_mm / 10),
        Index.TSZ: _by_age(Index.TSZ, columns, day, columns.triceps_mm),
        Index.SSZ: _by_age(Index.SSZ, columns, day, columns.subscapular_mm),
        Index.WHZ: _by_length(columns, day, length),
    }
    for index in (Index.WAZ, Index.BAZ, Index.WHZ):
        z[index] = np.where(columns.oedema, np.nan, z[index])
    return {index: np.round(values, 2) for index, values in z.items()}


def _by_age(index: Index, columns: Columns, day: np.ndarray, value: np.ndarray, *, tails: bool = True) -> np.ndarray:
    boys, girls = age_lms(index, sex_row=0), age_lms(index, sex_row=1)
    power, median, variation = np.where(columns.sex == 1, boys[:, day], girls[:, day])
    return _zscore(value, power, median, variation, tails=tails)


def _by_length(columns: Columns, day: np.ndarray, length: np.ndarray) -> np.ndarray:
    z = np.full(len(length), np.nan)
    for by_length, first, last in ((True, 45.0, 110.0), (False, 65.0, 120.0)):
        for sex_row in (0, 1):
            table = weight_lms(lying=by_length, sex_row=sex_row)
            here = ((day < 731) == by_length) & (columns.sex == sex_row + 1) & (length >= first) & (length <= last)
            place = (length[here] - first) * 10
            row = np.minimum(place.astype(int), table.shape[1] - 2)
            low, high = table[:, row], table[:, row + 1]
            power, median, variation = low + (place - row) * (high - low)
            z[here] = _zscore(columns.weight_kg[here], power, median, variation, tails=True)
    return z


def _zscore(
    value: np.ndarray, power: np.ndarray, median: np.ndarray, variation: np.ndarray, *, tails: bool
) -> np.ndarray:
    z = ((value / median) ** power - 1) / (power * variation)
    if not tails:
        return z
    with np.errstate(invalid="ignore"):
        sd = {k: median * (1 + power * variation * k) ** (1 / power) for k in (-3, -2, 2, 3)}
    z_above = 3 + (value - sd[3]) / (sd[3] - sd[2])
    z_below = -3 + (value - sd[-3]) / (sd[-2] - sd[-3])
    return np.where(z > 3, z_above, np.where(z < -3, z_below, z))
