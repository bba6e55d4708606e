"""Children drawn from WHO's standards, with wide tails: who the simulated children are, not what they look like.

The draw is wider than any real population on purpose: a model that has seen mostly average children pulls stunted ones
towards the average.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LMS_FILE = Path(__file__).parent / "data" / "who2006_lms.npz"
#: Order of the last axis of targets everywhere in synthetic/, networks/ and training/.
QUANTITIES = ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
HEIGHT, WEIGHT, MUAC, HEAD = range(4)
#: WHO 2006 serves ages of 0-1826 days; arm circumference from day 91.
MAX_AGE_DAYS = 1826
MUAC_FROM_DAY = 91

#: Share of children drawn uniformly over TAIL_HAZ instead of around MEAN_HAZ.
TAIL_SHARE = 0.4
TAIL_HAZ = (-5.0, 3.5)
MEAN_HAZ, SD_HAZ = -0.7, 1.4
#: Plausible slopes and residual SDs of z-scores on one another. Their sizes are this project's choice: they only
#: shape the draw; shape of the body, not this table, ties what a camera sees to weight and arm.
WEIGHT_ON_HEIGHT, SD_WEIGHT = 0.65, 1.0
ARM_ON_WEIGHT, SD_ARM = 0.75, 0.6
HEAD_ON_HEIGHT, SD_HEAD = 0.4, 0.9
#: Share of children drawn WASTED_BY z lighter than their height suggests.
WASTED_SHARE, WASTED_BY = 0.2, 1.8


@dataclass(frozen=True)
class ChildDraw:
    """Drawn children. `is_girl`: bool, shape (n,); `age_days`: int, (n,); `targets`: QUANTITIES, shape (n, 4)."""

    is_girl: NDArray[np.bool_]
    age_days: NDArray[np.int64]
    targets: FloatArray


def load_lms() -> FloatArray:
    """Return WHO 2006 L, M, S: shape (4 QUANTITIES, 2 boy girl, 1827 days, 3); NaN for arms before day 91."""
    with np.load(LMS_FILE) as archive:
        return np.asarray(archive["lms"], dtype=np.float64)


def zscores(values: FloatArray, is_girl: NDArray[np.bool_], age_days: NDArray[np.int64], lms: FloatArray) -> FloatArray:
    """Plain LMS z-scores of `values`, both QUANTITIES of shape (n, 4), without WHO's restriction beyond 3 SD."""
    power, median, spread = _parameters(is_girl, age_days, lms)
    ratio = values / median
    near_zero = np.abs(power) < 1e-6
    safe = np.where(near_zero, 1.0, power)
    return np.asarray(np.where(near_zero, np.log(ratio) / spread, (ratio**safe - 1) / (safe * spread)))


def values_at(z: FloatArray, is_girl: NDArray[np.bool_], age_days: NDArray[np.int64], lms: FloatArray) -> FloatArray:
    """Inverse of `zscores`; NaN where the LMS curve does not reach that z."""
    power, median, spread = _parameters(is_girl, age_days, lms)
    near_zero = np.abs(power) < 1e-6
    safe = np.where(near_zero, 1.0, power)
    base = 1 + safe * spread * z
    curved = np.where(base > 0, base, np.nan) ** (1 / safe)
    return np.asarray(median * np.where(near_zero, np.exp(spread * z), curved))


def draw_children(count: int, rng: np.random.Generator) -> ChildDraw:
    """Draw `count` children of 0-1826 days, evenly over age and sex."""
    lms = load_lms()
    lms[MUAC, :, :MUAC_FROM_DAY] = lms[MUAC, :, MUAC_FROM_DAY : MUAC_FROM_DAY + 1]
    is_girl = rng.random(count) < 0.5
    age_days = rng.integers(0, MAX_AGE_DAYS + 1, count)
    tail = rng.random(count) < TAIL_SHARE
    haz = np.where(tail, rng.uniform(*TAIL_HAZ, count), rng.normal(MEAN_HAZ, SD_HAZ, count))
    waz = WEIGHT_ON_HEIGHT * haz + SD_WEIGHT * rng.normal(size=count)
    waz -= WASTED_BY * (rng.random(count) < WASTED_SHARE)
    acz = ARM_ON_WEIGHT * waz + SD_ARM * rng.normal(size=count)
    hcz = HEAD_ON_HEIGHT * haz + SD_HEAD * rng.normal(size=count)
    z = np.clip(np.stack([haz, waz, acz, hcz], axis=1), -5.5, 4.5)
    return ChildDraw(is_girl, age_days, values_at(z, is_girl, age_days, lms))


def _parameters(
    is_girl: NDArray[np.bool_], age_days: NDArray[np.int64], lms: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    rows = lms[:, is_girl.astype(int), age_days]  # (4, n, 3)
    return rows[..., 0].T, rows[..., 1].T, rows[..., 2].T
