"""The estimator that serves: weights from a directory, one feature row in, one estimate with honest intervals out.

Decides how z-scores become centimetres, which interval is given and when no value is given. Needs torch and
safetensors; knows nothing of how the weights were trained. Nothing is clipped: an implausible estimate is for its
reader to flag.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load

from ml_models.features import feature_names
from ml_models.networks.residual import QUANTITIES, ResidualNetwork, ensemble, network_inputs
from ml_models.types import AnthropometryEstimate, QuantityEstimate, ScaleCue, SessionFeatures

FloatArray = NDArray[np.float64]

MANIFEST = "manifest.json"
PERCENTS = (50, 80, 90)
#: Half width of the band that `confidence` speaks of, cm.
CONFIDENCE_WITHIN_CM = 1.4
#: Share of a Gaussian within one SD: the factor at this level turns a network's SD into the SD that is reported.
ONE_SD_LEVEL = 0.68
DEFAULT_WEIGHTS = Path(__file__).parent / "weights" / "segments-0.1.0"


class WeightsError(Exception):
    """Weights that must not be used; `code` for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Estimator(Protocol):
    """What the pipeline needs of any model."""

    @property
    def version(self) -> str:
        """Name and version, stored with every estimate."""
        ...

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Estimate one session."""
        ...


@dataclass(frozen=True)
class CalibrationGroup:
    """Where one set of factors holds. `factors`: quantity -> quantiles of |error| / SD at the manifest's levels."""

    is_lying: bool
    is_marker: bool
    age_days: tuple[int, int]
    factors: Mapping[str, FloatArray]


class NetworkEstimator:
    """The ensemble of `networks.residual` with its calibration."""

    def __init__(self, manifest: Mapping[str, Any], tensors: Mapping[str, Any]) -> None:
        """Build from a parsed manifest and loaded tensors; raises WeightsError if they do not fit this code."""
        if tuple(manifest["feature_names"]) != feature_names() or tuple(manifest["quantities"]) != QUANTITIES:
            raise WeightsError("features_differ", "These weights were trained on other features than this code makes.")
        self.version = f"{manifest['name']}-{manifest['version']}"
        self.lms: FloatArray = tensors["lms"].numpy().astype(np.float64)
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
            member = ResidualNetwork(manifest["inputs"], manifest["hidden"])
            member.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
            self._members.append(member.eval())

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Estimate one session; every quantity is None without a scale, without a film or outside the trained ages."""
        age, low, high = features.subject.age_days, *self._age_days
        scale_sd = features.scale_relative_sd
        values = np.asarray(features.values, dtype=np.float64)[None]
        if features.cue is ScaleCue.NONE or not scale_sd or np.isnan(values).all() or not low <= age <= high:
            return AnthropometryEstimate(None, None, None, None, features.cue, None, self.version)
        girl = features.subject.sex == "F"
        mean, sd = self.predict_z(
            values=values,
            is_girl=np.array([girl]),
            age_days=np.array([age]),
            is_lying=np.array([features.is_lying]),
            is_marker=np.array([features.cue is ScaleCue.MARKER]),
            relative_sd=np.array([scale_sd]),
        )
        group = self._group(features.is_lying, features.cue is ScaleCue.MARKER, age)
        found = {
            name: self._quantity(index, mean[0, index], sd[0, index], group.factors[name], girl, age)
            for index, name in enumerate(QUANTITIES)
        }
        median, spread = self.lms[0, int(girl), age, 1:]
        within = CONFIDENCE_WITHIN_CM / (sd[0, 0] * median * spread)  # lengths are linear in z (L = 1)
        confidence = float(np.interp(within, group.factors["height_cm"], self._levels))
        return AnthropometryEstimate(**found, cue=features.cue, confidence=confidence, model_version=self.version)

    def predict_z(
        self,
        *,
        values: FloatArray,
        is_girl: NDArray[np.bool_],
        age_days: NDArray[np.int64],
        is_lying: NDArray[np.bool_],
        is_marker: NDArray[np.bool_],
        relative_sd: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Mean and uncalibrated SD of the z-scores, each (n, 4), of a batch of feature rows."""
        rows = network_inputs(values, is_girl, age_days, is_lying, is_marker, relative_sd, self.lms)
        return ensemble(self._members, rows)

    def factors(
        self, percent: int, is_lying: NDArray[np.bool_], is_marker: NDArray[np.bool_], age_days: NDArray[np.int64]
    ) -> FloatArray:
        """How many SDs wide, either way, the calibrated interval of a batch is, (n, 4)."""
        rows = [self._group(*facts) for facts in zip(is_lying, is_marker, age_days, strict=True)]
        return np.array([[self._at(group.factors[name], percent / 100) for name in QUANTITIES] for group in rows])

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

    def _quantity(
        self, index: int, mean_z: float, sd_z: float, factors: FloatArray, girl: bool, age_days: int
    ) -> QuantityEstimate | None:
        if np.isnan(self.lms[index, int(girl), age_days, 1]):
            return None  # arm circumference has no standard, and no training target, before day 91
        reach = {percent: self._at(factors, percent / 100) * sd_z for percent in PERCENTS}
        one_sd = self._at(factors, ONE_SD_LEVEL) * sd_z
        below, above = (self._value(index, mean_z + sign * one_sd, girl, age_days) for sign in (-1, 1))
        return QuantityEstimate(
            mean=self._value(index, mean_z, girl, age_days),
            sd=(above - below) / 2,
            intervals={
                percent: (
                    self._value(index, mean_z - width, girl, age_days),
                    self._value(index, mean_z + width, girl, age_days),
                )
                for percent, width in reach.items()
            },
        )

    def _value(self, index: int, z: float, girl: bool, age_days: int) -> float:
        power, median, spread = self.lms[index, int(girl), age_days]
        if abs(power) < 1e-6:
            return float(median * np.exp(spread * z))
        return float(median * (1 + power * spread * z) ** (1 / power))


def load_estimator(directory: Path = DEFAULT_WEIGHTS) -> NetworkEstimator:
    """Load weights and manifest of `directory`.

    Raises WeightsError("weights_missing") when a file is absent and WeightsError("sha256_mismatch") when the weights
    are not the ones that the manifest was written for.
    """
    try:
        manifest = json.loads((directory / MANIFEST).read_text())
        payload = (directory / manifest["weights_file"]).read_bytes()
    except FileNotFoundError as error:
        raise WeightsError("weights_missing", f"There are no weights in {directory}: {error.filename}.") from error
    if hashlib.sha256(payload).hexdigest() != manifest["sha256"]:
        raise WeightsError("sha256_mismatch", f"The weights in {directory} are not those of its manifest.")
    return NetworkEstimator(manifest, load(payload))
