"""What a network must beat: age and sex alone, geometry alone, ridge regression on metric segments and age.

All are fitted on told training sessions and predict QUANTITIES, (n, 4), of told sessions of the same views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ml_models.features import SEGMENTS
from ml_models.networks.reference_inputs import DAYS_PER_MONTH
from ml_models.synthetic.children import values_at, zscores
from ml_models.training.dataset import View
from ml_models.training.told import ToldSessions
from ml_models.training.told_rows import told_segments

FloatArray = NDArray[np.float64]

#: Penalties that the ridge chooses from, as multiples of one standardised input's share of the rows.
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
#: Of this many children one is kept from the fit to choose the penalty.
VALIDATION_EVERY = 5
MIN_SCALE = 1e-9


class Baseline(Protocol):
    """A model of a few lines."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    def predict(self, sessions: ToldSessions) -> FloatArray:
        """QUANTITIES, (n, 4), NaN where nothing can be said."""
        ...


@dataclass(frozen=True)
class AgeAndSex:
    """The training children's mean z-score at each child's age and sex. `mean_z`: (4,); `lms`: WHO parameters."""

    mean_z: FloatArray
    lms: FloatArray
    name: str = "age + sex"

    def predict(self, sessions: ToldSessions) -> FloatArray:
        """See `Baseline`."""
        z = np.broadcast_to(self.mean_z, sessions.measured.shape)
        return values_at(z, sessions.is_girl, sessions.age_days, self.lms)


@dataclass(frozen=True)
class Geometry:
    """No age, no sex: height is the crown-soles extent times one factor, the rest are powers of extent and shoulder
    width. By view: `height_factor`, and `powers`, (3, 4), of 1, extent and width in logarithms."""

    height_factor: Mapping[View, float]
    powers: Mapping[View, FloatArray]
    name: str = "geometry"

    def predict(self, sessions: ToldSessions) -> FloatArray:
        """See `Baseline`."""
        extent, design = _size_design(told_segments(sessions))
        predicted = np.exp(design @ self.powers[sessions.view])
        predicted[:, 0] = extent * self.height_factor[sessions.view]
        return np.asarray(predicted)


@dataclass(frozen=True)
class RidgeFit:
    """One linear map with the scaling of its inputs, NaN counting as the mean. `weights`: (inputs, 4)."""

    mean: FloatArray
    scale: FloatArray
    weights: FloatArray
    intercept: FloatArray

    def predict(self, inputs: FloatArray) -> FloatArray:
        """Outputs, (n, 4), of unscaled inputs, (n, inputs)."""
        return np.asarray(_scaled(inputs, self.mean, self.scale) @ self.weights + self.intercept)


@dataclass(frozen=True)
class Ridge:
    """Ridge regression on metric segments, age, sex and their products, one fit a view."""

    fits: Mapping[View, RidgeFit]
    name: str = "ridge on segments x age"

    def predict(self, sessions: ToldSessions) -> FloatArray:
        """See `Baseline`."""
        return self.fits[sessions.view].predict(ridge_inputs(sessions))


def fit_baselines(parts: Sequence[ToldSessions], lms: FloatArray) -> list[Baseline]:
    """Fit all three on told sessions of every view that is to be predicted."""
    z = np.concatenate([zscores(part.measured, part.is_girl, part.age_days, lms) for part in parts])
    factors, powers, ridges = {}, {}, {}
    for view in {part.view: None for part in parts}:
        of_view = [part for part in parts if part.view is view]
        measured = np.concatenate([part.measured for part in of_view])
        sizes = [_size_design(told_segments(part)) for part in of_view]
        extent, design = (np.concatenate([size[index] for size in sizes]) for index in range(2))
        known = ~np.isnan(design).any(axis=1)
        factors[view] = float(np.nanmedian(measured[:, 0] / extent))
        powers[view] = np.linalg.lstsq(design[known], np.log(measured[known]), rcond=None)[0]
        inputs = np.concatenate([ridge_inputs(part) for part in of_view])
        ridges[view] = fit_ridge(inputs, measured, np.concatenate([part.child for part in of_view]))
    return [AgeAndSex(np.nanmean(z, axis=0), lms), Geometry(factors, powers), Ridge(ridges)]


def ridge_inputs(sessions: ToldSessions) -> FloatArray:
    """Segments of all films, their products with age, powers of age, sex and its product with age, (n, inputs)."""
    segments = np.concatenate(list(told_segments(sessions)), axis=1)
    years = (sessions.age_days / DAYS_PER_MONTH / 12)[:, None]
    girl = sessions.is_girl[:, None].astype(np.float64)
    return np.concatenate([segments, segments * years, years, years**2, years**3, girl, girl * years], axis=1)


def fit_ridge(inputs: FloatArray, targets: FloatArray, child: NDArray[np.int64]) -> RidgeFit:
    """Fit with the penalty that does best on every VALIDATION_EVERY-th child, then on all rows, (n, inputs)."""
    kept = child % VALIDATION_EVERY == 0
    if kept.all() or not kept.any():
        return solve_ridge(inputs, targets, PENALTIES[0])
    spread = targets.std(axis=0)
    losses = [
        np.mean(((solve_ridge(inputs[~kept], targets[~kept], p).predict(inputs[kept]) - targets[kept]) / spread) ** 2)
        for p in PENALTIES
    ]
    return solve_ridge(inputs, targets, PENALTIES[int(np.argmin(losses))])


def solve_ridge(inputs: FloatArray, targets: FloatArray, penalty: float) -> RidgeFit:
    """Least squares with `penalty` x rows x |weights|^2 on standardised inputs; the intercept is free."""
    known = ~np.isnan(inputs)
    counts = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, inputs, 0.0).sum(axis=0) / counts
    variance = np.where(known, (inputs - mean) ** 2, 0.0).sum(axis=0) / counts
    scale = np.maximum(np.sqrt(variance), MIN_SCALE)
    rows = _scaled(inputs, mean, scale)
    centre, rows_centre = targets.mean(axis=0), rows.mean(axis=0)
    rows = rows - rows_centre
    gram = rows.T @ rows + penalty * len(rows) * np.eye(rows.shape[1])
    weights = np.linalg.solve(gram, rows.T @ (targets - centre))
    return RidgeFit(mean, scale, weights, centre - rows_centre @ weights)


def _scaled(inputs: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    return np.nan_to_num((inputs - mean) / scale, nan=0.0)


def _size_design(segments: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Crown-soles extent in cm, (n,), and [1, log extent, log shoulder width], (n, 3), means over the films."""
    extent = segments[:, :, SEGMENTS.index("crown_soles")].mean(axis=0)
    width = segments[:, :, SEGMENTS.index("shoulder_width")].mean(axis=0)
    return extent, np.stack([np.ones_like(extent), np.log(extent), np.log(width)], axis=1)
