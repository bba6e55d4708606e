"""The estimator that serves: weights from a directory, one feature row in, one estimate with honest intervals out.

Decides which interval is given and when no value is given. Needs torch and safetensors; knows nothing of how the
weights were trained. Nothing is clipped: an implausible estimate is for its reader to flag, an impossible one is
refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.estimator import CONFIDENCE_WITHIN_CM, ONE_SD_LEVEL, PERCENTS, Estimator, WeightsError, read_weights
from ml_models.familiarity import strangeness
from ml_models.features import feature_names
from ml_models.networks.proportions import (
    QUANTITIES,
    ProportionsNetwork,
    ensemble,
    log_extent,
    network_inputs,
    views_seen,
)
from ml_models.pose import is_same_pose_model
from ml_models.posterior import prior, update
from ml_models.reasons import ReasonCode
from ml_models.reference_estimator import KIND as REFERENCE
from ml_models.reference_estimator import ReferenceEstimator
from ml_models.types import AnthropometryEstimate, QuantityEstimate, ScaleCue, SessionFeatures

FloatArray = NDArray[np.float64]

KIND = "proportions"
DEFAULT_WEIGHTS = Path(__file__).parent / "weights" / "proportions-0.2.0"
#: z-scores of length or height that no living child has: WHO flags beyond 6, and the model's own error comes on top.
POSSIBLE_HAZ = (-8.0, 8.0)


@dataclass(frozen=True)
class CalibrationGroup:
    """Where one set of factors holds. `factors`: quantity -> quantiles of |error| / SD at the manifest's levels."""

    is_lying: bool
    is_marker: bool
    age_days: tuple[int, int]
    factors: Mapping[str, FloatArray]


class NetworkEstimator:
    """The ensemble of `networks.proportions` with its calibration."""

    def __init__(self, manifest: Mapping[str, Any], tensors: Mapping[str, Any]) -> None:
        """Build from a parsed manifest and loaded tensors; raises WeightsError if they do not fit this code."""
        if tuple(manifest["feature_names"]) != feature_names() or tuple(manifest["quantities"]) != QUANTITIES:
            raise WeightsError("features_differ", "These weights were trained on other features than this code makes.")
        self.version = f"{manifest['name']}-{manifest['version']}"
        self.lms: FloatArray = tensors["lms"].numpy().astype(np.float64)
        self._pose_backend: str = manifest["pose_backend"]
        self._muac_from_day: int = manifest["muac_from_day"]
        self._covariances = {views: np.array(matrix) for views, matrix in manifest["ratio_covariance"].items()}
        self._familiar: Mapping[str, Any] = manifest["familiarity"]
        self._age_days: tuple[int, int] = tuple(manifest["age_days"])
        self._levels = np.array(manifest["calibration"]["levels"])
        self._groups = [
            CalibrationGroup(
                is_lying=group["posture"] == "lying",
                is_marker=group["cue"] == "marker",
                age_days=tuple(group["age_days"]),
                factors={name: np.array(factors, dtype=np.float64) for name, factors in group["factors"].items()},
            )
            for group in manifest["calibration"]["groups"]
        ]
        self._members = []
        for index in range(manifest["members"]):
            prefix = f"member{index}."
            member = ProportionsNetwork(manifest["inputs"], manifest["hidden"])
            member.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
            self._members.append(member.eval())

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Estimate one session; every quantity is None without a scale, without both ends of the body in any film, or
        outside the trained ages.

        A body unlike those of the training, or a size that no child has, is refused with its reason.
        """
        told = features.pose_backend
        if told is not None and not is_same_pose_model(told, self._pose_backend):
            return self._nothing(features, ReasonCode.POSE_MODEL_DIFFERS)
        age, low, high = features.subject.age_days, *self._age_days
        scale_sd = features.scale_relative_sd
        values = np.asarray(features.values, dtype=np.float64)[None]
        seen = views_seen(values)[0] in self._covariances
        if features.cue is ScaleCue.NONE or not scale_sd or not seen or not low <= age <= high:
            return self._nothing(features)
        if (strangeness(values[0], self._familiar) or 0.0) > 1:
            return self._nothing(features, ReasonCode.UNFAMILIAR_BODY)
        is_marker = features.cue is ScaleCue.MARKER
        log_mean, log_sd = self.predict(
            values=values,
            is_girl=np.array([features.subject.sex == "F"]),
            age_days=np.array([age]),
            is_lying=np.array([features.is_lying]),
            relative_sd=np.array([scale_sd]),
        )
        if not self._is_possible(float(log_mean[0, 0]), features.subject.sex == "F", age):
            return self._nothing(features, ReasonCode.IMPLAUSIBLE_SIZE)
        group = self._group(features.is_lying, is_marker, age)
        found = {
            name: self._quantity(float(log_mean[0, index]), float(log_sd[0, index]), group.factors[name])
            for index, name in enumerate(QUANTITIES)
            if name != "muac_mm" or age >= self._muac_from_day
        }
        within = np.log1p(CONFIDENCE_WITHIN_CM / found["height_cm"].mean) / log_sd[0, 0]
        return AnthropometryEstimate(
            height_cm=found["height_cm"],
            weight_kg=found["weight_kg"],
            muac_mm=found.get("muac_mm"),
            head_circumference_cm=found["head_circumference_cm"],
            cue=features.cue,
            confidence=float(np.interp(within, group.factors["height_cm"], self._levels)),
            model_version=self.version,
        )

    def predict(
        self,
        *,
        values: FloatArray,
        is_girl: NDArray[np.bool_],
        age_days: NDArray[np.int64],
        is_lying: NDArray[np.bool_],
        relative_sd: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Mean and uncalibrated SD of the log sizes (cm, kg, mm, cm), each (n, 4), of a batch of feature rows."""
        return update(
            *prior(self.lms, is_girl, age_days),
            log_extent=log_extent(values),
            ratio_mean=ensemble(self._members, network_inputs(values, is_girl, age_days, is_lying)),
            ratio_covariance=np.stack([self._covariances[views] for views in views_seen(values)]),
            scale_sd=relative_sd,
        )

    def factors(
        self, percent: int, is_lying: NDArray[np.bool_], is_marker: NDArray[np.bool_], age_days: NDArray[np.int64]
    ) -> FloatArray:
        """How many SDs wide, either way, the calibrated interval of a batch is, (n, 4)."""
        rows = [self._group(*facts) for facts in zip(is_lying, is_marker, age_days, strict=True)]
        return np.array([[self._at(group.factors[name], percent / 100) for name in QUANTITIES] for group in rows])

    def _nothing(self, features: SessionFeatures, refused: ReasonCode | None = None) -> AnthropometryEstimate:
        return AnthropometryEstimate(None, None, None, None, features.cue, None, self.version, refused)

    def _is_possible(self, log_height: float, girl: bool, age_days: int) -> bool:
        _, median, spread = self.lms[0, int(girl), age_days]  # lengths are linear in z (L = 1)
        return bool(POSSIBLE_HAZ[0] <= (np.exp(log_height) / median - 1) / spread <= POSSIBLE_HAZ[1])

    def _group(self, is_lying: bool, is_marker: bool, age_days: int) -> CalibrationGroup:
        return next(
            group
            for group in self._groups
            if group.is_lying == is_lying
            and group.is_marker == is_marker
            and group.age_days[0] <= age_days < group.age_days[1]
        )

    def _at(self, factors: FloatArray, level: float) -> float:
        return float(np.interp(level, self._levels, factors))

    def _quantity(self, log_mean: float, log_sd: float, factors: FloatArray) -> QuantityEstimate:
        def at(sds: float) -> float:
            return float(np.exp(log_mean + sds * log_sd))

        one_sd = self._at(factors, ONE_SD_LEVEL)
        reach = {percent: self._at(factors, percent / 100) for percent in PERCENTS}
        return QuantityEstimate(
            mean=at(0.0),
            sd=(at(one_sd) - at(-one_sd)) / 2,
            intervals={percent: (at(-sds), at(sds)) for percent, sds in reach.items()},
        )


def load_estimator(directory: Path = DEFAULT_WEIGHTS) -> Estimator:
    """Load the model of `directory`, of whatever kind it is.

    Raises WeightsError as `estimator.read_weights` does, and WeightsError("kind_unknown") for a kind that this code
    does not know.
    """
    manifest, tensors = read_weights(directory)
    if manifest.get("kind") == REFERENCE:
        return ReferenceEstimator(manifest, tensors)
    if manifest.get("kind") == KIND:
        return NetworkEstimator(manifest, tensors)
    raise WeightsError("kind_unknown", f"The weights in {directory} are of no kind that this code knows.")
