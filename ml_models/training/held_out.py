"""How far predictions are from held-out truth: the same figures for every model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_models.networks.reference import QUANTITIES
from ml_models.synthetic.children import zscores
from ml_models.training.told import ToldSessions

FloatArray = NDArray[np.float64]

#: Fewer rows than this have no correlation worth a number.
MIN_ROWS_FOR_R = 10


def held_out_figures(
    sessions: ToldSessions, predicted: FloatArray, lms: FloatArray
) -> dict[str, dict[str, float | None]]:
    """Figures of each quantity from `predicted`, (n, 4) in QUANTITIES, NaN where a model gave nothing.

    `n`: rows with truth and prediction; `mae` and `bias` (predicted - true) in the quantity's unit; `r2`; `z_r`:
    correlation of predicted with true z-scores. Arms count from the age at which they have a standard.
    """
    true_z = zscores(sessions.measured, sessions.is_girl, sessions.age_days, lms)
    with np.errstate(invalid="ignore"):  # a prediction that is not positive has no z-score
        found_z = zscores(predicted, sessions.is_girl, sessions.age_days, lms)
    result: dict[str, dict[str, float | None]] = {}
    for index, name in enumerate(QUANTITIES):
        known = ~np.isnan(true_z[:, index]) & ~np.isnan(predicted[:, index])
        truth, found = sessions.measured[known, index], predicted[known, index]
        result[name] = _figures(truth, found) | {"z_r": _correlation(true_z[known, index], found_z[known, index])}
    return result


def mae_and_r2(truth: FloatArray, predicted: FloatArray, names: tuple[str, ...]) -> dict[str, float]:
    """`mae_<name>` and `r2_<name>` of each column of (n, len(names)) arrays."""
    figures: dict[str, float] = {}
    for index, name in enumerate(names):
        found = _figures(truth[:, index], predicted[:, index])
        figures |= {f"{key}_{name}": float(found[key] or 0.0) for key in ("mae", "r2")}
    return figures


def _figures(truth: FloatArray, found: FloatArray) -> dict[str, float | None]:
    if not len(truth):
        return {"n": 0, "mae": None, "bias": None, "r2": None}
    error = found - truth
    spread = float(np.sum((truth - truth.mean()) ** 2))
    return {
        "n": len(truth),
        "mae": round(float(np.mean(np.abs(error))), 4),
        "bias": round(float(np.mean(error)), 4),
        "r2": round(1 - float(np.sum(error**2)) / spread, 4) if spread else None,
    }


def _correlation(truth: FloatArray, found: FloatArray) -> float | None:
    both = ~np.isnan(found)
    if both.sum() < MIN_ROWS_FOR_R or np.std(found[both]) < 1e-9:
        return None  # a constant prediction correlates with nothing
    return round(float(np.corrcoef(truth[both], found[both])[0, 1]), 4)
