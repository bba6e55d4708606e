"""Few pairs: take the bias of each posture out of our network and fit its intervals anew.

The bias is a shift of the log ratios by posture; it goes into the network's straight path, so the served model needs no
further step. Intervals: the widths of the base between its groups are kept, their level follows the pairs, pooled by
posture. What has too few children stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_models.features import feature_names
from ml_models.inference import NetworkEstimator
from ml_models.networks.proportions import (
    POWERS,
    QUANTITIES,
    ProportionsNetwork,
    log_extent,
    network_inputs,
    views_seen,
)
from ml_models.training.calibration import LEVELS, POSTURES, conformal_quantiles
from ml_models.training.pairs import PairRows

FloatArray = NDArray[np.float64]

#: Children with a quantity measured by hand in one posture below which nothing is changed there.
FEWEST_CHILDREN = 20
#: The level at which groups are compared in width.
REFERENCE_LEVEL = 0.9
#: Each round leaves a small part of the bias that it found, a tenth or less with a usual scale.
ROUNDS = 4


@dataclass(frozen=True)
class Weights:
    """A model in memory: its manifest and tensors."""

    manifest: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    def estimator(self) -> NetworkEstimator:
        """Return the model as it would serve."""
        return NetworkEstimator(self.manifest, self.tensors)

    def members(self) -> list[ProportionsNetwork]:
        """Return the networks of the ensemble."""
        members = []
        for index in range(self.manifest["members"]):
            prefix = f"member{index}."
            member = ProportionsNetwork(self.manifest["inputs"], self.manifest["hidden"])
            own = {name.removeprefix(prefix): t for name, t in self.tensors.items() if name.startswith(prefix)}
            member.load_state_dict(own)
            members.append(member.eval())
        return members

    def with_members(self, members: list[ProportionsNetwork]) -> Weights:
        """Return the same model with other networks."""
        states = {
            f"member{index}.{name}": tensor.detach().clone().contiguous()
            for index, member in enumerate(members)
            for name, tensor in member.state_dict().items()
        }
        return Weights(self.manifest, {**self.tensors, **states})


def recalibrated(weights: Weights, rows: PairRows) -> Weights:
    """Return `weights` without the bias that `rows` show, with intervals that hold on them."""
    moved = _without_bias(weights, rows)
    groups = _factors(moved, rows)
    calibration = {**weights.manifest["calibration"], "groups": groups}
    return Weights({**moved.manifest, "calibration": calibration}, moved.tensors)


def true_ratios(rows: PairRows) -> FloatArray:
    """Return the log sizes measured by hand over the crown-soles distance as the film told it, (n, 4)."""
    return np.asarray(np.log(rows.measured) - POWERS * log_extent(rows.values)[:, None])


def ratio_variance(manifest: Mapping[str, Any], rows: PairRows) -> FloatArray:
    """Return how far true and estimated log ratios should be apart, squared, (n, 4): the network's error and that of
    the scale, which a pair shows together."""
    own = {views: np.diag(np.array(matrix)) for views, matrix in manifest["ratio_covariance"].items()}
    network = np.stack([own[views] for views in views_seen(rows.values)])
    return np.asarray(network + (POWERS * rows.relative_sd[:, None]) ** 2)


def _without_bias(weights: Weights, rows: PairRows) -> Weights:
    """Shift the log ratios by posture until the estimates are right on average.

    Several rounds, because what age and sex alone say takes a part of each shift back.
    """
    for _round in range(ROUNDS):
        weights = _shifted(weights, _posture_bias(weights, rows))
    return weights


def _posture_bias(weights: Weights, rows: PairRows) -> dict[bool, FloatArray]:
    """Return by posture (lying or not) how much larger the true log sizes are than the estimates on average, (4,)."""
    missing = np.log(rows.measured) - _estimates(weights.estimator(), rows)[0]
    bias = {}
    for is_lying in POSTURES:
        bias[is_lying] = np.zeros(len(QUANTITIES))
        for index in range(len(QUANTITIES)):
            known = (rows.is_lying == is_lying) & ~np.isnan(missing[:, index])
            if len(np.unique(rows.child[known])) >= FEWEST_CHILDREN:
                bias[is_lying][index] = np.mean(missing[known, index])
    return bias


def _shifted(weights: Weights, shifts: Mapping[bool, FloatArray]) -> Weights:
    """Add shifts of the log ratios, (4,) by posture, to the straight path of every network."""
    column = _posture_column()
    members = weights.members()
    for member in members:
        with torch.no_grad():
            standing, lying = (float((told - member.mean[column]) / member.scale[column]) for told in (0.0, 1.0))
            by_lying = torch.as_tensor(shifts[True], dtype=torch.float32) / member.output_scale
            by_standing = torch.as_tensor(shifts[False], dtype=torch.float32) / member.output_scale
            slope = (by_lying - by_standing) / (lying - standing)
            member.straight.weight[:, column].add_(slope)
            member.straight.bias.add_(by_standing - slope * standing)
    return weights.with_members(members)


def _posture_column() -> int:
    """Return which input says whether the child lies: the one that changes with it."""
    nothing = np.full((1, len(feature_names())), np.nan)
    girl, newborn = np.array([True]), np.array([0])
    standing, lying = (network_inputs(nothing, girl, newborn, np.array([told]))[0] for told in (False, True))
    (column,) = np.flatnonzero(np.nan_to_num(standing) != np.nan_to_num(lying))
    return int(column)


def _factors(weights: Weights, rows: PairRows) -> list[dict[str, Any]]:
    """Return the calibration groups with factors at which the intervals of `weights` hold on `rows`."""
    estimator = weights.estimator()
    log_mean, log_sd = _estimates(estimator, rows)
    width = estimator.factors(round(100 * REFERENCE_LEVEL), rows.is_lying, rows.is_marker, rows.age_days)
    ratio = np.abs(np.log(rows.measured) - log_mean) / (log_sd * width)  # 1 at the end of the base's 90 % interval
    groups = []
    for group in weights.manifest["calibration"]["groups"]:
        factors = dict(group["factors"])
        for index, name in enumerate(QUANTITIES):
            known = (rows.is_lying == (group["posture"] == POSTURES[True])) & ~np.isnan(ratio[:, index])
            children = len(np.unique(rows.child[known]))
            if children >= FEWEST_CHILDREN:
                reference = float(np.interp(REFERENCE_LEVEL, LEVELS, factors[name]))
                quantiles = conformal_quantiles(ratio[known, index], children)
                factors[name] = [round(reference * float(quantile), 4) for quantile in quantiles]
        groups.append({**group, "factors": factors})
    return groups


def _estimates(estimator: NetworkEstimator, rows: PairRows) -> tuple[FloatArray, FloatArray]:
    return estimator.predict(
        values=rows.values,
        is_girl=rows.is_girl,
        age_days=rows.age_days,
        is_lying=rows.is_lying,
        relative_sd=rows.relative_sd,
    )
