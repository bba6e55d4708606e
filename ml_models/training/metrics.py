"""Held-out figures of told sessions, each beside what age and sex alone would say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_models.estimator import PERCENTS
from ml_models.inference import NetworkEstimator
from ml_models.networks.proportions import QUANTITIES
from ml_models.synthetic.children import load_lms, values_at, zscores
from ml_models.training.calibration import AGE_BANDS
from ml_models.training.dataset import Rows, View

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

STUNTED_BELOW_Z, SEVERELY_STUNTED_BELOW_Z = -2.0, -3.0
#: A marker behind the body plane by this much stands where it should; by this much, clearly elsewhere (cm).
IN_PLACE_CM, OFF_CM = (-3.0, 3.0), (10.0, 15.0)
WITHIN_CM = (1.0, 1.4)
#: True HAZ bands in which a bias would show that children are pulled to the average.
HAZ_BANDS = {"HAZ < -2": (-99.0, -2.0), "HAZ -2 to +1": (-2.0, 1.0), "HAZ > +1": (1.0, 99.0)}
_FEWEST = 20  # children below which a row of figures says nothing


def held_out_metrics(rows: Rows, estimator: NetworkEstimator, baseline_z: FloatArray) -> list[dict[str, object]]:
    """Figures by view, scale cue and part of the children; `baseline_z`: mean z-scores of the training children, (4,).

    A part with fewer than 20 children is left out.
    """
    figures: list[dict[str, object]] = []
    for view in View:
        for is_marker in (True, False):
            members = rows.take((rows.view == view.value) & (rows.is_marker == is_marker))
            for part, belongs in _parts(is_marker, view is View.LYING_ABOVE).items():
                chosen = members.take(belongs(members))
                if len(np.unique(chosen.child)) >= _FEWEST:
                    cue = "marker" if is_marker else "distance"
                    figures.append(
                        {"view": view.value, "cue": cue, "part": part} | _figures(chosen, estimator, baseline_z)
                    )
    return figures


def _parts(is_marker: bool, is_lying: bool) -> dict[str, Callable[[Rows], BoolArray]]:
    """Names of the parts that a table shows, and who belongs to each."""

    def between(name: str, low: float, high: float) -> Callable[[Rows], BoolArray]:
        column: Callable[[Rows], FloatArray] = {
            "marker": lambda rows: rows.marker_behind_cm,
            "haz": lambda rows: rows.z[:, 0],
            "days": lambda rows: rows.age_days.astype(np.float64),
        }[name]
        return lambda rows: np.asarray((column(rows) >= low) & (column(rows) < high))

    parts: dict[str, Callable[[Rows], BoolArray]] = {"all": lambda rows: np.ones(len(rows.z), dtype=bool)}
    if is_marker:
        parts["marker within 3 cm"] = between("marker", *IN_PLACE_CM)
        parts["marker 10-15 cm behind"] = between("marker", *OFF_CM)
    parts |= {name: between("haz", *band) for name, band in HAZ_BANDS.items()}
    parts |= {f"{low}-{high - 1} days": between("days", low, high) for low, high in AGE_BANDS[is_lying]}
    parts |= {f"skin tone {tone}": lambda rows, tone=tone: rows.skin_tone == tone for tone in range(6)}  # type: ignore[misc]
    return parts


def _figures(rows: Rows, estimator: NetworkEstimator, baseline_z: FloatArray) -> dict[str, object]:
    log_mean, log_sd = estimator.predict(
        values=rows.values, is_girl=rows.is_girl, age_days=rows.age_days, is_lying=rows.is_lying,
        relative_sd=rows.relative_sd,
    )  # fmt: skip
    factors = {p: estimator.factors(p, rows.is_lying, rows.is_marker, rows.age_days) for p in PERCENTS}
    predicted = np.exp(log_mean)
    mean = zscores(predicted, rows.is_girl, rows.age_days, load_lms())
    baseline = values_at(np.broadcast_to(baseline_z, mean.shape), rows.is_girl, rows.age_days, load_lms())
    ratio = np.abs(np.log(rows.measured) - log_mean) / log_sd
    result: dict[str, object] = {
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
    error = np.abs(predicted - rows.measured)[:, 0]
    result["within_cm"] = {str(limit): round(float(np.mean(error <= limit)), 3) for limit in WITHIN_CM}
    result["haz_slope"] = round(float(np.polyfit(rows.z[:, 0], mean[:, 0], 1)[0]), 3)
    stunted, called = rows.z[:, 0] < STUNTED_BELOW_Z, mean[:, 0] < STUNTED_BELOW_Z
    result["stunting"] = {
        "sensitivity": round(float(np.mean(called[stunted])), 3) if stunted.any() else None,
        "specificity": round(float(np.mean(~called[~stunted])), 3) if (~stunted).any() else None,
    }
    severe = rows.z[:, 0] < SEVERELY_STUNTED_BELOW_Z
    # Above zero: severely stunted children are pulled towards the average.
    result["severely_stunted_haz_bias"] = round(float(np.mean((mean - rows.z)[severe, 0])), 3) if severe.any() else None
    return result


def _correlation(truth: FloatArray, predicted: FloatArray) -> float | None:
    return round(float(np.corrcoef(truth, predicted)[0, 1]), 3) if len(truth) > 2 else None
