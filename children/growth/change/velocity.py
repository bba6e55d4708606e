"""Weight velocity: what a child gained between two visits, as a z-score of WHO's weight increments (2009).

Which window of the standard serves a pair of visits is decided here: the nearest one within a stated tolerance, else
none. A gain is never scaled to another interval, because increments do not grow in proportion to time. What a gain
means for the child is decided in `weight_change.py`; the first 60 days by birth weight are in `newborn_gain.py`.
Source: WHO Child Growth Standards: Growth velocity based on weight, length and head circumference: Methods and
development (2009).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH
from children.growth.columns import BOY_CODE, GIRL_CODE, SEX_CODES
from children.growth.lms import TAIL_START_Z, TAIL_STEP_FROM_Z, centile, value_at_sd, value_at_z, zscore
from children.growth.tables import DATA_FOLDER, read_manifest, read_verified
from children.growth.types import Sex

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Numbers = FloatArray | Sequence[float] | float
SexCodes = Sex | npt.NDArray[np.int8] | Sequence[int]

VELOCITY_TABLE_FILE = "who2009_weight_velocity.csv"
INTERVALS_MONTHS = (1, 2, 3, 4, 6)

# An interval serves when it is within a tenth of the standard's, a starting age when it is within the days below, by
# the month in which the window starts: growth slows so fast in the first months that a window a fortnight away is
# another standard. Either moves the z of a median child by less than 0.5. A judgement.
INTERVAL_TOLERANCE = 0.10
START_TOLERANCE_DAYS = ((0.5, 3.0), (5.0, 7.0), (24.0, DAYS_PER_MONTH / 2.0))  # (window starts before month, days)

GRAMS_PER_KG = 1000.0
DAYS_PER_WEEK = 7.0
Z_DECIMALS = 2
NO_WINDOW = -1


@dataclass(frozen=True, slots=True)
class VelocityStandard:
    """The windows of the standard, by interval and start: 97 of them, the same for boys and girls.

    interval_months: int8, shape (97,). start_day, length_days: float64, shape (97,).
    lms_delta: float64, shape (4, 2, 97): L, M (g), S and delta (g) by sex (boy, girl) and window.
    """

    interval_months: npt.NDArray[np.int8]
    start_day: FloatArray
    length_days: FloatArray
    lms_delta: FloatArray


@dataclass(frozen=True, slots=True)
class VelocityTable:
    """Velocities of n pairs of visits; every array has shape (n,).

    z: rounded to 2 decimals, NaN where no window serves or a value is missing. raw: the same before rounding.
    interval_months: int8, the standard's interval that served, 0 where none. start_day: where its window starts, NaN
    where none.
    """

    z: FloatArray
    raw: FloatArray
    interval_months: npt.NDArray[np.int8]
    start_day: FloatArray


@dataclass(frozen=True, slots=True)
class Velocity:
    """One child's weight velocity. centile: 0-100. interval_months, start_months: the window of the standard."""

    z: float
    centile: float
    interval_months: int
    start_months: float


@cache
def velocity_standard() -> VelocityStandard:
    """Return WHO's table, read and verified at the first call. Raises TablesError when the file is not as tested."""
    content = read_verified(DATA_FOLDER, VELOCITY_TABLE_FILE, read_manifest(DATA_FOLDER))
    rows = list(csv.DictReader(content.decode("ascii").splitlines()))
    boys = [row for row in rows if int(row["sex"]) == BOY_CODE]
    girls = [row for row in rows if int(row["sex"]) == GIRL_CODE]
    windows = np.array([_window_days(row["interval"]) for row in boys])
    lms_delta = np.array([[[float(row[name]) for row in rows] for rows in (boys, girls)] for name in _PARAMETERS])
    return VelocityStandard(
        interval_months=np.array([int(row["interval_months"]) for row in boys], dtype=np.int8),
        start_day=windows[:, 0],
        length_days=windows[:, 1] - windows[:, 0],
        lms_delta=lms_delta,
    )


_PARAMETERS = ("l", "m", "s", "delta_g")
_DAYS_OF_UNIT = {"wks": DAYS_PER_WEEK, "mo": DAYS_PER_MONTH}
_WINDOW = re.compile(r"(\d+) ?(wks)? ?- ?(\d+) (wks|mo)")


def _window_days(words: str) -> tuple[float, float]:
    """Return first and last day of "4 wks - 2 mo", "0 - 4 wks" or "2-4 mo"."""
    match = _WINDOW.fullmatch(words)
    if match is None:
        raise ValueError(f"No window: {words!r}")
    start, start_unit, end, end_unit = match.groups()
    return int(start) * _DAYS_OF_UNIT[start_unit or end_unit], int(end) * _DAYS_OF_UNIT[end_unit]


def velocity_zscores(
    *,
    sex: SexCodes,
    start_age_days: Numbers,
    end_age_days: Numbers,
    start_weight_kg: Numbers,
    end_weight_kg: Numbers,
) -> VelocityTable:
    """Return the z-score of each gain in weight; arguments broadcast to shape (n,).

    sex: one Sex, or codes as in `columns.py` (1 boy, 2 girl, 0 missing). Ages of preterm children: corrected at the
    start, and the end by the same number of days. Weights > 0; NaN is missing.
    Beyond +-3 in straight steps of SD3 - SD2, as for attained weight: the plain formula has no answer for a loss
    beyond delta. That the tails are straight is this project's choice.
    """
    codes, start, end, before_kg, after_kg = _broadcast(
        sex, start_age_days, end_age_days, start_weight_kg, end_weight_kg
    )
    window = _nearest_window(start, end - start)
    measured = (before_kg > 0.0) & (after_kg > 0.0) & (codes > 0)
    window = np.where(measured, window, NO_WINDOW)
    power, median, variation, delta = _parameters(codes, window)
    raw = _restricted(delta + (after_kg - before_kg) * GRAMS_PER_KG, power, median, variation)
    standard = velocity_standard()
    served = window != NO_WINDOW
    return VelocityTable(
        z=np.round(raw, Z_DECIMALS),
        raw=raw,
        interval_months=np.where(served, standard.interval_months[window], 0).astype(np.int8),
        start_day=np.where(served, standard.start_day[window], np.nan),
    )


def velocity_zscore(
    *,
    sex: Sex,
    start_age_days: float,
    end_age_days: float,
    start_weight_kg: float,
    end_weight_kg: float,
) -> Velocity | None:
    """Return one child's velocity by the same code, or None where no window of the standard serves."""
    table = velocity_zscores(
        sex=sex,
        start_age_days=start_age_days,
        end_age_days=end_age_days,
        start_weight_kg=start_weight_kg,
        end_weight_kg=end_weight_kg,
    )
    if table.interval_months[0] == 0:
        return None
    z = float(table.z[0]) + 0.0  # never -0.0
    return Velocity(z, centile(z), int(table.interval_months[0]), float(table.start_day[0]) / DAYS_PER_MONTH)


def gain_at_velocity_z(*, sex: SexCodes, start_age_days: Numbers, end_age_days: Numbers, z: Numbers) -> FloatArray:
    """Return the gain, g, that has the velocity z-score `z`: the inverse of `velocity_zscores`; NaN without a window.

    Negative is a loss. Arguments broadcast to shape (n,).
    """
    codes, start, end, scores = _broadcast(sex, start_age_days, end_age_days, z)
    power, median, variation, delta = _parameters(codes, _nearest_window(start, end - start))
    return value_at_z(scores, power, median, variation, restricted=True) - delta


def _broadcast(sex: SexCodes, *numbers: Numbers) -> tuple[FloatArray, ...]:
    """Return sex codes and numbers as float arrays of one shape (n,)."""
    codes = SEX_CODES[sex] if isinstance(sex, Sex) else sex
    arrays = [np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (codes, *numbers)]
    return tuple(np.broadcast_arrays(*arrays))


def _nearest_window(start: FloatArray, length: FloatArray) -> IntArray:
    """Return the window with the nearest start among those of a fitting interval, NO_WINDOW where none serves."""
    standard = velocity_standard()
    months, tolerances = np.array(START_TOLERANCE_DAYS).T
    found: IntArray = np.full(start.shape, NO_WINDOW, dtype=np.intp)
    for interval in INTERVALS_MONTHS:
        first, last = np.flatnonzero(standard.interval_months == interval)[[0, -1]]
        starts = standard.start_day[first : last + 1]
        window = first + np.searchsorted((starts[1:] + starts[:-1]) / 2.0, start)
        window_start, window_length = standard.start_day[window], standard.length_days[window]
        start_tolerance = tolerances[np.searchsorted(months, window_start / DAYS_PER_MONTH, side="right")]
        # A missing age is NaN and fails the comparisons.
        fits = (start >= 0.0) & (np.abs(start - window_start) <= start_tolerance)
        fits &= np.abs(length - window_length) <= INTERVAL_TOLERANCE * window_length
        found[fits] = window[fits]
    return found


def _parameters(codes: FloatArray, window: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return L, M, S, delta of each row, shape (n,); NaN where sex or window is missing."""
    known = (window != NO_WINDOW) & (codes > 0)
    sex_row = np.where(known, codes, BOY_CODE).astype(np.intp) - BOY_CODE
    rows = velocity_standard().lms_delta[:, sex_row, window]
    power, median, variation, delta = np.where(known, rows, np.nan)
    return power, median, variation, delta


def _restricted(value: FloatArray, power: FloatArray, median: FloatArray, variation: FloatArray) -> FloatArray:
    """Return the LMS z of `value`, straight beyond +-3; `value` may be negative, where the plain formula has no z."""
    low3, low2 = (value_at_sd(-z, power, median, variation) for z in (TAIL_START_Z, TAIL_STEP_FROM_Z))
    high3, high2 = (value_at_sd(z, power, median, variation) for z in (TAIL_START_Z, TAIL_STEP_FROM_Z))
    within = zscore(np.clip(value, low3, high3), power, median, variation)
    above = np.maximum(value - high3, 0.0) / (high3 - high2)
    below = np.maximum(low3 - value, 0.0) / (low2 - low3)
    z: FloatArray = within + above - below
    return z
