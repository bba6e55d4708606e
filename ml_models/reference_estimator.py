"""The reference network as an estimator: its inputs in, one estimate with calibrated intervals out.

Decides which interval is given and when no value is given. The network says nothing of its own error: an estimate's
spread is a share of its size that grows with the scale's, and the factors on it come from rendered films that the
network has not seen (split conformal by posture and cue). Nothing is clipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ml_models.estimator import CONFIDENCE_WITHIN_CM, ONE_SD_LEVEL, PERCENTS, WeightsError
from ml_models.networks.reference import KEYPOINT_INPUTS, METADATA, QUANTITIES, ReferenceNetwork, predict_quantities
from ml_models.networks.reference_inputs import input_names
from ml_models.pose import is_same_pose_model
from ml_models.reasons import ReasonCode
from ml_models.types import AnthropometryEstimate, QuantityEstimate, ScaleCue, SessionFeatures

FloatArray = NDArray[np.float64]

KIND = "reference"
_DISTANCE_INPUT = KEYPOINT_INPUTS + METADATA.index("distance_cm")
_HEIGHT, _MUAC = QUANTITIES.index("height_cm"), QUANTITIES.index("muac_mm")


@dataclass(frozen=True)
class ReferenceGroup:
    """Where one calibration holds. `spread`: (4, 2), relative error of a quantity at an exact scale, and how much of
    the scale's relative SD comes to it; `factors`: (4, levels), quantiles of |error| / spread."""

    is_lying: bool
    is_marker: bool
    age_days: tuple[int, int]
    spread: FloatArray
    factors: FloatArray

    def spreads(self, predicted: FloatArray, relative_sd: FloatArray) -> FloatArray:
        """Uncalibrated spread, (n, 4), of predicted quantities, (n, 4), at the scale's relative SD, (n,)."""
        share = np.hypot(self.spread[:, 0], self.spread[:, 1] * relative_sd[:, None])
        return np.asarray(np.abs(predicted) * share)


class ReferenceEstimator:
    """`networks.reference` with its calibration."""

    def __init__(self, manifest: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
        """Build from a parsed manifest and loaded tensors; raises WeightsError if they do not fit this code."""
        if manifest.get("kind") != KIND or tuple(manifest["input_names"]) != input_names():
            raise WeightsError("features_differ", "These weights were trained on other inputs than this code makes.")
        if tuple(manifest["quantities"]) != QUANTITIES:
            raise WeightsError("features_differ", "These weights give other quantities than this code reads.")
        self.version = f"{manifest['name']}-{manifest['version']}"
        self._age_days: tuple[int, int] = tuple(manifest["age_days"])
        self._pose_backend = str(manifest["pose_backend"])
        self._muac_from_day = int(manifest["muac_from_day"])
        self.levels = np.array(manifest["calibration"]["levels"])
        self._groups = [
            ReferenceGroup(
                is_lying=group["posture"] == "lying",
                is_marker=group["cue"] == ScaleCue.MARKER.value,
                age_days=tuple(group["age_days"]),
                spread=np.array([group["spread"][name] for name in QUANTITIES]),
                factors=np.array([group["factors"][name] for name in QUANTITIES]),
            )
            for group in manifest["calibration"]["groups"]
        ]
        self._network = ReferenceNetwork()
        self._network.load_state_dict(dict(tensors))
        self._network.eval()

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Estimate one session; every quantity is None without a scale, without inputs or outside the trained ages.

        Landmarks of another pose model than the one of the training are refused with their reason.
        """
        age, low, high = features.subject.age_days, *self._age_days
        inputs, relative_sd = features.reference_inputs, features.scale_relative_sd
        nothing = AnthropometryEstimate(None, None, None, None, features.cue, None, self.version)
        if features.cue is ScaleCue.NONE or not relative_sd or inputs is None or not low <= age <= high:
            return nothing
        if np.isnan(inputs[_DISTANCE_INPUT]) or np.isnan(inputs[:KEYPOINT_INPUTS]).all():
            return nothing
        if features.pose_backend is not None and not is_same_pose_model(features.pose_backend, self._pose_backend):
            return replace(nothing, refused=ReasonCode.POSE_MODEL_DIFFERS)
        group = self._group(features.is_lying, features.cue is ScaleCue.MARKER, age)
        predicted = self.predict(np.asarray(inputs, dtype=np.float64)[None])
        spreads = group.spreads(predicted, np.array([relative_sd]))[0]
        found = {
            name: self._quantity(float(predicted[0, index]), float(spreads[index]), group.factors[index])
            for index, name in enumerate(QUANTITIES)
            if index != _MUAC or age >= self._muac_from_day  # arms have no standard before that day
        }
        confidence = float(np.interp(CONFIDENCE_WITHIN_CM / spreads[_HEIGHT], group.factors[_HEIGHT], self.levels))
        return AnthropometryEstimate(
            height_cm=found["height_cm"],
            weight_kg=found["weight_kg"],
            muac_mm=found.get("muac_mm"),
            head_circumference_cm=found["head_circumference_cm"],
            cue=features.cue,
            confidence=confidence,
            model_version=self.version,
        )

    def predict(self, inputs: FloatArray) -> FloatArray:
        """QUANTITIES, (n, 4), of rows of inputs, (n, 75)."""
        return predict_quantities(self._network, inputs)

    def half_widths(
        self,
        predicted: FloatArray,
        *,
        is_lying: bool,
        is_marker: bool,
        age_days: NDArray[np.int64],
        relative_sd: FloatArray,
    ) -> FloatArray:
        """How far the PERCENTS intervals reach either way, (percents, n, 4), of predicted quantities, (n, 4)."""
        reach = np.full((len(PERCENTS), *predicted.shape), np.nan)
        for group in (g for g in self._groups if g.is_lying == is_lying and g.is_marker == is_marker):
            rows = (age_days >= group.age_days[0]) & (age_days < group.age_days[1])
            factors = np.array([[np.interp(p / 100, self.levels, row) for row in group.factors] for p in PERCENTS])
            reach[:, rows] = factors[:, None] * group.spreads(predicted[rows], relative_sd[rows])
        return reach

    def _group(self, is_lying: bool, is_marker: bool, age_days: int) -> ReferenceGroup:
        return next(
            group
            for group in self._groups
            if group.is_lying == is_lying
            and group.is_marker == is_marker
            and group.age_days[0] <= age_days < group.age_days[1]
        )

    def _quantity(self, mean: float, spread: float, factors: FloatArray) -> QuantityEstimate:
        reach = {percent: float(np.interp(percent / 100, self.levels, factors)) * spread for percent in PERCENTS}
        return QuantityEstimate(
            mean=mean,
            sd=float(np.interp(ONE_SD_LEVEL, self.levels, factors)) * spread,
            intervals={percent: (mean - width, mean + width) for percent, width in reach.items()},
        )
