"""Intervals that hold: quantiles of the standardised error on rendered films that no weight has seen.

Split conformal by posture, scale cue and age band: the error of each held-out session divided by the estimate's own SD
gives the factor that an interval needs. The quantiles themselves go to the manifest; `ml_models.inference` reads them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_models.networks.proportions import QUANTITIES
from ml_models.training.dataset import Rows

FloatArray = NDArray[np.float64]

#: Probabilities at which |error| / SD is kept.
LEVELS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.68, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)
#: Age bands in days by posture (lying or not): few, because each needs enough children.
AGE_BANDS = {True: ((0, 183), (183, 426), (426, 1827)), False: ((0, 1005), (1005, 1400), (1400, 1827))}
POSTURES = {True: "lying", False: "standing"}


def fit_calibration(rows: Rows, log_mean: FloatArray, log_sd: FloatArray) -> list[dict[str, object]]:
    """Return the calibration groups of the manifest from predicted log sizes and their SDs, each (n, 4).

    A child may be in many rows, told anew: the conformal correction counts children.
    """
    ratio = np.abs(np.log(rows.measured) - log_mean) / log_sd
    groups: list[dict[str, object]] = []
    for is_lying, bands in AGE_BANDS.items():
        for is_marker in (True, False):
            for low, high in bands:
                members = (rows.is_lying == is_lying) & (rows.is_marker == is_marker)
                members &= (rows.age_days >= low) & (rows.age_days < high)
                children = len(np.unique(rows.child[members]))
                groups.append(
                    {
                        "posture": POSTURES[is_lying],
                        "cue": "marker" if is_marker else "distance",
                        "age_days": [low, high],
                        "children": children,
                        "factors": {
                            name: [
                                round(float(factor), 4)
                                for factor in conformal_quantiles(ratio[members, index], children)
                            ]
                            for index, name in enumerate(QUANTITIES)
                        },
                    }
                )
    return groups


def conformal_quantiles(ratio: FloatArray, children: int) -> FloatArray:
    """Quantiles of `ratio`, shape (n,), at LEVELS, raised by (children + 1) / children; NaN rows do not count."""
    known = ratio[~np.isnan(ratio)]
    if not children or not known.size:
        return np.full(len(LEVELS), np.nan)
    levels = np.minimum(np.array(LEVELS) * (children + 1) / children, 1.0)
    return np.asarray(np.quantile(known, levels))
