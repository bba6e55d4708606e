"""The reference network's intervals: split conformal on rendered films that no weight has seen.

The network gives no spread of its own. Relative errors grow with the scale's relative SD: their mean square is fitted
as floor^2 + (gain x SD)^2 for each posture, cue and quantity; quantiles of |error| over that spread are the factors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml_models.networks.reference import QUANTITIES
from ml_models.training.told import ToldFilms
from ml_models.types import ScaleCue

FloatArray = NDArray[np.float64]

#: Probabilities at which |error| / spread is kept.
LEVELS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.68, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)
#: No quantity is known better than this share of itself.
MIN_FLOOR = 0.002


def fit_reference_calibration(
    parts: Sequence[ToldFilms], predicted: Sequence[FloatArray], repeats: int
) -> list[dict[str, object]]:
    """Return the calibration groups of the manifest, one for each posture and cue.

    `predicted`: QUANTITIES, (n, 4), of each part; `repeats`: how many rows share a film, for the conformal correction
    counts films, not rows.
    """
    groups: list[dict[str, object]] = []
    for is_lying in (True, False):
        for cue in (ScaleCue.MARKER, ScaleCue.DISTANCE):
            rows = [
                (part, values)
                for part, values in zip(parts, predicted, strict=True)
                if part.scan_type.is_lying == is_lying and part.cue is cue
            ]
            found = np.concatenate([values for _, values in rows])
            error = np.abs(np.concatenate([part.measured for part, _ in rows]) - found)
            relative_sd = np.concatenate([part.relative_sd for part, _ in rows])
            films = len(found) // repeats
            spread, factors = {}, {}
            for index, name in enumerate(QUANTITIES):
                floor, gain = fit_spread(error[:, index] / np.abs(found[:, index]), relative_sd)
                share = np.hypot(floor, gain * relative_sd)
                ratio = error[:, index] / (np.abs(found[:, index]) * share)
                spread[name] = [round(floor, 5), round(gain, 4)]
                factors[name] = [round(float(q), 4) for q in conformal_quantiles(ratio, films)]
            groups.append(
                {
                    "posture": "lying" if is_lying else "standing",
                    "cue": cue.value,
                    "films": films,
                    "spread": spread,
                    "factors": factors,
                }
            )
    return groups


def fit_spread(relative_error: FloatArray, relative_sd: FloatArray) -> tuple[float, float]:
    """Least squares of squared relative errors, (n,), on the scale's squared relative SD; returns floor and gain."""
    design = np.stack([np.ones_like(relative_sd), relative_sd**2], axis=1)
    constant, slope = np.linalg.lstsq(design, relative_error**2, rcond=None)[0]
    if slope < 0:
        constant, slope = float(np.mean(relative_error**2)), 0.0
    return max(float(np.sqrt(max(constant, 0.0))), MIN_FLOOR), float(np.sqrt(slope))


def conformal_quantiles(ratio: FloatArray, films: int) -> FloatArray:
    """Quantiles of `ratio`, (n,), at LEVELS raised by (films + 1) / films."""
    return np.asarray(np.quantile(ratio, np.minimum(np.array(LEVELS) * (films + 1) / films, 1.0)))
