"""Held-out figures, each beside what age and sex alone would say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_models.features import SEGMENTS
from ml_models.inference import PERCENTS, NetworkEstimator
from ml_models.networks.residual import QUANTITIES
from ml_models.synthetic.children import values_at
from ml_models.training.calibration import POSTURES
from ml_models.training.dataset import Rows
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

STUNTED_BELOW_Z, SEVERELY_STUNTED_BELOW_Z = -2.0, -3.0


def held_out_metrics(rows: Rows, estimator: NetworkEstimator, baseline_z: FloatArray) -> list[dict[str, object]]:
    """Figures by films used and scale cue; `baseline_z`: mean z-scores of the training children, shape (4,)."""
    figures: list[dict[str, object]] = []
    blocks = rows.values.reshape(len(rows.values), len(ScanType), len(SEGMENTS))
    seen = {scan_type: ~np.isnan(blocks[:, index]).all(axis=1) for index, scan_type in enumerate(ScanType)}
    views = {
        "lying_above": rows.is_lying,
        "standing_front": seen[ScanType.STANDING_FRONT] & ~seen[ScanType.STANDING_SIDE],
        "standing_side": seen[ScanType.STANDING_SIDE] & ~seen[ScanType.STANDING_FRONT],
        "standing_front_and_side": seen[ScanType.STANDING_FRONT] & seen[ScanType.STANDING_SIDE],
    }
    for view, in_view in views.items():
        for is_marker in (True, False):
            members = in_view & (rows.is_marker == is_marker)
            if members.any():
                figures.append(
                    {"view": view, "cue": "marker" if is_marker else "distance"}
                    | _figures(rows.take(members), estimator, baseline_z)
                )
    return figures


def _correlation(truth: FloatArray, predicted: FloatArray) -> float | None:
    return round(float(np.corrcoef(truth, predicted)[0, 1]), 3) if len(truth) > 2 else None


def _figures(rows: Rows, estimator: NetworkEstimator, baseline_z: FloatArray) -> dict[str, object]:
    mean, sd = estimator.predict_z(
        values=rows.values, is_girl=rows.is_girl, age_days=rows.age_days, is_lying=rows.is_lying,
        is_marker=rows.is_marker, relative_sd=rows.relative_sd,
    )  # fmt: skip
    factors = {p: estimator.factors(p, rows.is_lying, rows.is_marker, rows.age_days) for p in PERCENTS}
    lms = estimator.lms
    predicted = values_at(mean, rows.is_girl, rows.age_days, lms)
    baseline = values_at(np.broadcast_to(baseline_z, mean.shape), rows.is_girl, rows.age_days, lms)
    ratio = np.abs(rows.z - mean) / sd
    result: dict[str, object] = {
        "posture": POSTURES[bool(rows.is_lying[0])],
        "rows": len(mean),
        "children": len(np.unique(rows.child)),
        "scale_relative_sd_median": round(float(np.median(rows.relative_sd)), 4),
    }
    for index, name in enumerate(QUANTITIES):
        known = ~np.isnan(rows.z[:, index])
        error = (predicted - rows.measured)[known, index]
        covered = {
            str(percent): round(float(np.mean(ratio[known, index] <= factors[percent][known, index])), 3)
            for percent in PERCENTS
        }
        result[name] = {
            "mae": round(float(np.mean(np.abs(error))), 3),
            "baseline_mae": round(float(np.mean(np.abs((baseline - rows.measured)[known, index]))), 3),
            "bias": round(float(np.mean(error)), 3),
            "z_correlation": _correlation(rows.z[known, index], mean[known, index]),
            "coverage": covered,
        }
    stunted, called = rows.z[:, 0] < STUNTED_BELOW_Z, mean[:, 0] < STUNTED_BELOW_Z
    result["stunting"] = {
        "sensitivity": round(float(np.mean(called[stunted])), 3) if stunted.any() else None,
        "specificity": round(float(np.mean(~called[~stunted])), 3) if (~stunted).any() else None,
    }
    severe = rows.z[:, 0] < SEVERELY_STUNTED_BELOW_Z
    # Above zero: severely stunted children are pulled towards the average.
    result["severely_stunted_haz_bias"] = round(float(np.mean((mean - rows.z)[severe, 0])), 3) if severe.any() else None
    return result
