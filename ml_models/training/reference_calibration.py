"""The reference network's intervals: split conformal on rendered films that no weight has seen.

The network gives no spread of its own. Relative errors grow with the scale's relative SD: their mean square is fitted
as floor^2 + (gain x SD)^2 for each posture, cue and quantity; quantiles of |error| over that spread, by age band, are
the factors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml_models.networks.reference import QUANTITIES
from ml_models.training.calibration import AGE_BANDS, POSTURES, conformal_quantiles
from ml_models.training.reference_rows import CUES
from ml_models.training.told import ToldSessions

FloatArray = NDArray[np.float64]

#: No quantity is known better than this share of itself.
MIN_FLOOR = 0.002


def fit_reference_calibration(
    parts: Sequence[ToldSessions], predicted: Sequence[FloatArray]
) -> list[dict[str, object]]:
    """Return the calibration groups of the manifest, one for each posture, cue and age band.

    `predicted`: QUANTITIES, (n, 4), of each part. A child may be in many rows, told anew: the conformal correction
    counts children.
    """
    groups: list[dict[str, object]] = []
    for is_lying, posture in POSTURES.items():
        for cue in CUES:
            rows = [
                (part, values)
                for part, values in zip(parts, predicted, strict=True)
                if part.is_lying == is_lying and part.cue is cue
            ]
            found = np.concatenate([values for _, values in rows])
            error = np.abs(np.concatenate([part.measured for part, _ in rows]) - found) / np.abs(found)
            relative_sd = np.concatenate([part.relative_sd for part, _ in rows])
            child, age_days = (
                np.concatenate([getattr(part, name) for part, _ in rows]) for name in ("child", "age_days")
            )
            spread = np.array([fit_spread(error[:, index], relative_sd) for index in range(len(QUANTITIES))])
            ratio = error / np.hypot(spread[:, 0], spread[:, 1] * relative_sd[:, None])
            for low, high in AGE_BANDS[is_lying]:
                members = (age_days >= low) & (age_days < high)
                children = len(np.unique(child[members]))
                groups.append(
                    {
                        "posture": posture,
                        "cue": cue.value,
                        "age_days": [low, high],
                        "children": children,
                        "spread": dict(zip(QUANTITIES, np.round(spread, 5).tolist(), strict=True)),
                        "factors": {
                            name: np.round(conformal_quantiles(ratio[members, index], children), 4).tolist()
                            for index, name in enumerate(QUANTITIES)
                        },
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
