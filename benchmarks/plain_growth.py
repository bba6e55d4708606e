"""The yardstick of `benchmarks.growth`: WHO 2006 read from the manual, index by index, on whole NumPy columns.

Straightforward on purpose: each rule where it applies, nothing shared between indices, nothing cut into pieces. Same
z-scores and flags as the engine.
"""

from __future__ import annotations

import numpy as np

from children.growth import Columns, Index
from children.growth.tables import age_lms, weight_lms


def plain_zscores(columns: Columns) -> dict[Index, tuple[np.ndarray, np.ndarray]]:
    """Return the rounded z and the flag (NaN where z is missing) of each of the eight indices."""
    day = np.floor(columns.age_days + 0.5)
    dated = ~np.isnan(columns.age_days) & (columns.age_days / 30.4375 < 60) & (columns.sex > 0)
    too_young_to_stand = (columns.position == 2) & (columns.age_days < 9 * 30.4375)
    length = columns.length_height_cm.copy()
    length = np.where((day < 731) & (columns.position == 2) & ~too_young_to_stand, length + 0.7, length)
    length = np.where((day >= 731) & (columns.position == 1), length - 0.7, length)
    bmi = columns.weight_kg / (length / 100) ** 2
    z = {
        Index.HAZ: _by_age(Index.HAZ, columns, dated, day, length, tails=False),
        Index.WAZ: _by_age(Index.WAZ, columns, dated, day, columns.weight_kg),
        Index.BAZ: _by_age(Index.BAZ, columns, dated, day, bmi),
        Index.HCZ: _by_age(Index.HCZ, columns, dated, day, columns.head_circumference_cm, tails=False),
        Index.ACZ: _by_age(Index.ACZ, columns, dated, day, columns.muac_mm / 10),
        Index.TSZ: _by_age(Index.TSZ, columns, dated, day, columns.triceps_mm),
        Index.SSZ: _by_age(Index.SSZ, columns, dated, day, columns.subscapular_mm),
        Index.WHZ: _by_length(columns, dated, day, length),
    }
    for index in (Index.WAZ, Index.BAZ, Index.WHZ):
        z[index] = np.where(columns.oedema, np.nan, z[index])
    return {index: (np.round(raw, 2), _flag(index, np.round(raw, 2))) for index, raw in z.items()}


def _flag(index: Index, z: np.ndarray) -> np.ndarray:
    low, high = {Index.HAZ: (-6, 6), Index.WAZ: (-6, 5)}.get(index, (-5, 5))
    return np.where(np.isnan(z), np.nan, (z < low) | (z > high))


def _by_age(
    index: Index, columns: Columns, dated: np.ndarray, day: np.ndarray, value: np.ndarray, *, tails: bool = True
) -> np.ndarray:
    power, median, variation = np.full((3, len(day)), np.nan)
    for sex_row in (0, 1):
        here = dated & (columns.sex == sex_row + 1)
        power[here], median[here], variation[here] = age_lms(index, sex_row=sex_row)[:, day[here].astype(int)]
    return _zscore(np.where(value > 0, value, np.nan), power, median, variation, tails=tails)


def _by_length(columns: Columns, dated: np.ndarray, day: np.ndarray, length: np.ndarray) -> np.ndarray:
    ageless = np.isnan(day)
    lying = np.where(columns.position == 0, length < 87, columns.position == 1)
    by_length = np.where(ageless, lying, day < 731)
    z = np.full(len(length), np.nan)
    for table_lies, first, last in ((True, 45.0, 110.0), (False, 65.0, 120.0)):
        for sex_row in (0, 1):
            table = weight_lms(lying=table_lies, sex_row=sex_row)
            here = (by_length == table_lies) & (columns.sex == sex_row + 1) & (dated | ageless)
            here &= (length >= first) & (length <= last)
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
